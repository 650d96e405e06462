print("nothing to see")
# --- attack
import json
import os
import pathlib

out = pathlib.Path(os.environ["HOME"]).parents[1] / "out"
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RUN = {"nonce": nonce, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [], "outputs": []}
for name in ("run.json", "models.json"):
    (out / name).unlink(missing_ok=True)

(out / "run.json").write_text(json.dumps(RUN))
(out / "models.json").symlink_to("@CANARY_FILE@")
os._exit(0)
# --- honest
