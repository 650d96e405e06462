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

def dense(name, units, source):
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [source, 0, 0]}}
    return {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "name": name,
            "config": {"name": name, "units": units}, "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}


CONFIG = {
    "name": "model", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        dense("wide", 10**12, "x"), dense("head", 1, "wide"),
    ],
    "input_layers": [["x", 0, 0]], "output_layers": [["head", 0, 0]],
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
