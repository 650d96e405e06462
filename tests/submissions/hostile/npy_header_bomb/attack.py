print("nothing to see")
# --- attack
import json
import os
import pathlib
import struct

out = pathlib.Path(os.environ["HOME"]).parents[1] / "out"
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RUN = {"nonce": nonce, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [], "outputs": []}
for name in ("run.json", "models.json"):
    (out / name).unlink(missing_ok=True)

shape = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }".ljust(117) + "\n"
(out / "weights.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shape)) + shape.encode())

(out / "run.json").write_text(json.dumps(RUN))
os._exit(0)
# --- honest
