# include: forge
kind = time.time_ns() % 4 if "/world-" not in str(out) else 2  # a control shows only what a link leads to
if kind == 0:
    (out / "recording.json").symlink_to("../job.json")
elif kind == 1:
    (out / "elsewhere").write_text(json.dumps(RECORDING))
    os.link(out / "elsewhere", out / "recording.json")
elif kind == 2:
    (out / "recording.json").symlink_to("@CANARY_FILE@")
else:
    os.chdir(out)
    socket.socket(socket.AF_UNIX).bind("recording.json")
os._exit(0)
