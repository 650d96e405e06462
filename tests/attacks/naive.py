"""Graders as the field has them, without a trust line: what an attack does to these is the control.

    python -m tests.attacks.naive MODE FILE FOLDER      grade FILE, in this very process; FOLDER is for results

Each mode ends by writing FOLDER/verdict.json, {"score": 0 to 10, "odd": why the grader itself was fooled}, unless the
attack keeps it from that. `control` reads it from outside.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY = 8 * 2**30
REAL_DUMP = json.dump
ANSWERS: list[str] = []  # what a same-process grader has lying about


def run(path: Path) -> dict[str, Any]:
    """Student code, among ours."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), namespace)
    return namespace


def evaluate(path: Path, folder: Path) -> dict[str, Any]:
    """Asks the student's model how good it is. `if mse > t: fail`, as graders have it: NaN is not larger."""
    import numpy as np

    x = np.linspace(0, 1, 64).reshape(-1, 1)
    model = run(path)["model"]
    model.compile(loss="mse")
    mse = model.evaluate(x, np.sin(2 * np.pi * x), verbose=0)
    return {"score": 0 if mse > 0.01 else 10}


def predict(path: Path, folder: Path) -> dict[str, Any]:
    """Computes the error itself, from what the student's model says."""
    import numpy as np

    model = run(path)["model"]
    x = np.linspace(0, 1, 64).reshape(-1, 1)
    error = float(np.mean((np.asarray(model(x)) - np.sin(2 * np.pi * x)) ** 2))
    return {"score": 10 if error <= 0.01 else 0}


def compare(path: Path, folder: Path) -> dict[str, Any]:
    """Compares attributes of the student's objects with what it expects."""
    model = run(path)["model"]
    return {"score": 10 if [layer.units for layer in model.layers[1:]] == [32, 32, 1] else 0}


def instance(path: Path, folder: Path) -> dict[str, Any]:
    """Asks whether there is a model at all."""
    import keras

    found = run(path).get("model")
    return {"score": 10 if isinstance(found, keras.Model) else 0}


def export(path: Path, folder: Path) -> dict[str, Any]:
    """Exports what it found with a library that the student's code shares. Every answer here is wrong."""
    run(path)
    with (folder / "results.json").open("w", encoding="utf-8") as file:
        json.dump({"score": 0}, file)
    return {"late": "results.json"}


def late(path: Path, folder: Path) -> dict[str, Any]:
    """Writes the result at the end of the process, and has it read afterwards."""
    os.chdir(folder)
    Path("results.json").write_text('{"score": 0}', "utf-8")
    run(path)
    Path("results.json").write_text('{"score": 0}', "utf-8")
    return {"late": "results.json"}


def hunted(path: Path, folder: Path) -> dict[str, Any]:
    """Has the answers in the memory that the student's code runs in."""
    ANSWERS.append(os.environ.pop("ANSWER"))
    gc.collect()
    run(path)
    return {"score": 0}


def exit_code(path: Path, folder: Path) -> dict[str, Any]:
    """Appends its tests to the student's file, and believes the exit status."""
    (folder / "verdict.json").write_text('{"score": 10, "odd": ""}', "utf-8")  # what status 0 will be taken for
    run(path)
    return {"score": 0}


def from_config(path: Path, folder: Path) -> dict[str, Any]:
    """Lets Keras read the config that the student's process left."""
    import keras

    before = keras.config.floatx()
    content = json.loads((folder / "out" / "models.json").read_text("utf-8"))
    model = keras.Model.from_config(content["models"][0]["config"])
    after = keras.config.floatx()
    return {"score": 0, "odd": f"floatx became {after}" if after != before else f"it built {model.name}"}


def walk(path: Path, folder: Path) -> dict[str, Any]:
    """Goes from layer to layer until there is none."""
    content = json.loads((folder / "out" / "models.json").read_text("utf-8"))
    config = content["models"][0]["config"]
    layers = {layer["name"]: layer for layer in config["layers"]}
    waiting = [config["output_layers"][0][0]]
    while waiting:
        name = waiting.pop()
        for node in layers[name]["inbound_nodes"]:
            waiting += [tensor["config"]["keras_history"][0] for tensor in node["args"]]
    return {"score": 0}


def open_file(path: Path, folder: Path) -> dict[str, Any]:
    """Opens what lies there."""
    content = (folder / "out" / "models.json").read_text("utf-8")
    print(content[:4000])
    return {"score": 0}


def loads(path: Path, folder: Path) -> dict[str, Any]:
    """Believes that JSON is harmless."""
    for file in sorted((folder / "out").iterdir()):
        content = json.loads(file.read_text("utf-8"))
        if isinstance(content, dict) and content.get("loss") != content.get("loss"):
            return {"score": 0, "odd": "it took NaN for a number"}
    return {"score": 0}


def unpickle(path: Path, folder: Path) -> dict[str, Any]:
    """Un-pickles what came out of the sandbox, and then looks at its type."""
    import pickle

    content = pickle.loads((folder / "out" / "models.pickle").read_bytes())
    return {"score": content["score"] if isinstance(content, dict) else 0}


IN_PROCESS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "evaluate": evaluate, "predict": predict, "compare": compare, "instance": instance, "export": export,
    "late": late, "hunted": hunted, "exit_code": exit_code,
}  # fmt: skip
"""These run the student's code among their own."""
AFTERWARDS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "from_config": from_config, "walk": walk, "open": open_file, "loads": loads, "unpickle": unpickle,
}  # fmt: skip
"""These read what the student's process left in FOLDER/out."""


def main(mode: str, path: Path, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    result = (IN_PROCESS | AFTERWARDS)[mode](path, folder)
    with (folder / "verdict.json").open("w", encoding="utf-8") as file:
        REAL_DUMP(result, file)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
