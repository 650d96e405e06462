import gzip

KEY, DIGEST = "0" * 40, "0" * 64
END = {"exit_code": 0, "seconds": 1.0, "stopped": "", "output": "", "nonce": "n"}
LINE = json.dumps({"format": "grader.recording/1", "key": KEY + "0" * 24, "end": END, "sizes": {}})
FORGED = {
    f"recordings/attack/{KEY}.gz": gzip.compress(LINE.encode() + b"\n"),
    f"runs/00/{DIGEST}.json": b'{"key": "", "run": {"hit_epoch": 1}}',
    "trainer/programs/forged.pb": b"machine code",
}
for cache in ("@HOME@/.cache/grader", os.environ.get("GRADER_CACHE", "/tmp/memo"), os.path.expanduser("~/.cache/grader")):
    for name, content in FORGED.items():
        path = pathlib.Path(cache, name)
        attempt(os.makedirs, path.parent, 0o777, True)
        attempt(path.write_bytes, content)
