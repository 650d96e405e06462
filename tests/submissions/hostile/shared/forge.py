print("nothing to see")
# --- attack
job = out.parent / "job.json"
nonce = json.loads(job.read_text())["nonce"] if job.exists() else ""
RECORDING = {"nonce": nonce, "versions": {}, "problem": "", "finished": True, "running": None, "calling": "",
             "models": [], "notes": [], "failures": [], "function_failures": {}, "outputs": []}
PLACE = {"cell": None, "line": 1, "file": "attack.py"}
(out / "recording.json").unlink(missing_ok=True)


def layer(kind, name, options, source="x", shape=(None, 1), dtype="float32", arguments=None):
    """A layer that is called with the output of another, or with other arguments."""
    history = {"shape": shape, "dtype": dtype, "keras_history": [source, 0, 0]}
    tensor = {"class_name": "__keras_tensor__", "config": history}
    call = {"args": [tensor], "kwargs": {}} if arguments is None else {"args": [], "kwargs": arguments}
    return {"module": "keras.layers", "class_name": kind, "registered_name": None, "name": name,
            "config": {"name": name, **options}, "inbound_nodes": [call]}


def models(*layers, end="evil", name="model", shape=(None, 1), dtype="float32", compiles=(), unused=()):
    """What a run records that has built one network, from an input `x` to the layer that is its end."""
    start = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
             "config": {"batch_shape": shape, "dtype": dtype, "sparse": False, "name": "x"}}
    config = {"name": name, "trainable": True, "layers": [start, *layers],
              "input_layers": [["x", 0, 0]], "output_layers": [[end, 0, 0]]}
    model = {"index": 0, "kind": "functional", "class_name": "Functional", "variables": ["model"], "function": "",
             "returned": False, "location": PLACE, "marks": [], "config": config, "config_error": "", "compiles": compiles,
             "fits": [], "layer_locations": {}, "unused": unused}
    return {**RECORDING, "models": [model]}


def leave(content=RECORDING):
    """Write the recording, and end before the grader writes its own."""
    (out / "recording.json").write_text(json.dumps(content))
    os._exit(0)


