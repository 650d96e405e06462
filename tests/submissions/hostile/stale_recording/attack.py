print("I built nothing")
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

def dense(name, units, activation, source, size):
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, size], "dtype": "float32", "keras_history": [source, 0, 0]}}
    return {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "name": name,
            "config": {"name": name, "units": units, "activation": activation, "use_bias": True},
            "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}


CONFIG = {
    "name": "one_input", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        dense("a", 32, "sigmoid", "x", 1), dense("b", 32, "sigmoid", "a", 32), dense("c", 1, "linear", "b", 32),
    ],
    "input_layers": [["x", 0, 0]], "output_layers": [["c", 0, 0]],
}
PLACE = {"cell": None, "line": 1, "file": "attack.py"}
COMPILE = {"order": 1, "location": PLACE, "optimizer": {"setting": "RMSprop", "config": {}},
           "loss": {"setting": "mean_squared_error", "config": {}}, "loss_weights": None, "metrics": None}
MODEL = {"index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
         "returned": False, "location": PLACE, "marks": [], "config": CONFIG, "config_error": "", "compiles": [COMPILE],
         "fits": [], "layer_locations": {}, "unused": []}
MODELS = {"nonce": nonce, "versions": {}, "problem": "", "calling": "", "models": [MODEL], "notes": [], "failures": [],
          "function_failures": {}, "omitted": 0, "branches": False}

import uuid

chosen = [{"nonce": uuid.uuid4().hex}, {"nonce": None}, {"nonce": ""}, {"nonce": [nonce]}, {"nonce": nonce[:-1]}][os.getpid() % 5]
(out / "run.json").write_text(json.dumps({**RUN, **chosen}))
(out / "models.json").write_text(json.dumps({**MODELS, **chosen}))
os._exit(0)
# --- honest
