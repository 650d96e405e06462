"""Graders as the field has them, without a trust boundary: what an attack does to these is the control.

    python -m tests.attacks.naive MODE FILE FOLDER      grade FILE, mostly in this very process; FOLDER is for results

A mode is a function of this module. It ends by writing FOLDER/verdict.json, {"score": 0 to 10, "odd": why the grader
itself was fooled, "texts": reports by name, "late": a file that has the score instead}, unless the attack keeps it from that. `control` reads it
from outside.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

MEMORY = 8 * 2**30
MEMORY_OF_PYTHON = 2 * 2**30  # where there is no TensorFlow, which reserves more than it uses
REAL_DUMP = json.dump
ANSWERS: list[str] = []  # what a same-process grader has lying about
Result = dict[str, Any] | None  # no result is no point


def run(path: Path) -> Result:
    """Student code, among ours."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), namespace)
    return namespace


def evaluate(path: Path, folder: Path) -> Result:
    """Asks the student's model how good it is. `if mse > t: fail`, as graders have it: NaN is not larger."""
    import numpy as np

    x = np.linspace(0, 1, 64).reshape(-1, 1)
    model = run(path)["model"]
    model.compile(loss="mse")
    mse = model.evaluate(x, np.sin(2 * np.pi * x), verbose=0)
    return {"score": 0 if mse > 0.01 else 10}


def predict(path: Path, folder: Path) -> Result:
    """Computes the error itself, from what the student's model says."""
    import numpy as np

    model = run(path)["model"]
    x = np.linspace(0, 1, 64).reshape(-1, 1)
    error = float(np.mean((np.asarray(model(x)) - np.sin(2 * np.pi * x)) ** 2))
    return {"score": 10 if error <= 0.01 else 0}


def compare(path: Path, folder: Path) -> Result:
    """Compares what the student's objects say of themselves with what it expects: are there 32 units in each?"""
    model = run(path)["model"]
    return {"score": 10 if [layer.get_config()["units"] for layer in model.layers[1:]] == [32, 32, 1] else 0}


def instance(path: Path, folder: Path) -> Result:
    """Asks whether there is a model at all."""
    import keras

    model = run(path).get("model")
    return {"score": 10 if isinstance(model, keras.Model) else 0}


def export(path: Path, folder: Path) -> Result:
    """Exports what it found with a library that the student's code shares. Every answer here is wrong."""
    run(path)
    with (folder / "results.json").open("w", encoding="utf-8") as file:
        json.dump({"score": 0}, file)
    return {"late": "results.json"}


def late(path: Path, folder: Path) -> Result:
    """Writes the result at the end of the process, and has it read afterwards."""
    os.chdir(folder)
    Path("results.json").write_text('{"score": 0}', "utf-8")
    run(path)
    Path("results.json").write_text('{"score": 0}', "utf-8")
    return {"late": "results.json"}


def hunted(path: Path, folder: Path) -> Result:
    """Has the answers in the memory that the student's code runs in."""
    ANSWERS.append(os.environ.pop("ANSWER"))
    gc.collect()
    run(path)


def exit_code(path: Path, folder: Path) -> Result:
    """Appends its tests to the student's file, and believes the exit status."""
    (folder / "verdict.json").write_text('{"score": 10, "odd": ""}', "utf-8")  # what status 0 will be taken for
    run(path)


def stdout(path: Path, folder: Path) -> Result:
    """Believes what is printed."""
    return {"score": 10 if "RESULT: 10/10" in started(path, folder) else 0}


def results(path: Path, folder: Path) -> Result:
    """Believes the file of results that lies there afterwards."""
    started(path, folder)
    return {"late": "results.json"}


def started(path: Path, folder: Path) -> str:
    """Student code, in a process of its own."""
    command, environment = [sys.executable, path], {**os.environ, "HOME": f"{folder}/box/home"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    return done.stdout + done.stderr


def cells(path: Path, folder: Path) -> Result:
    """nbgrader's way: a test cell that raises no error has passed."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("assert False, 1"))
    try:
        nbclient.execute(notebook, timeout=40)
    except nbclient.exceptions.CellExecutionError:
        return {"score": 0}
    return {"score": 10}


def left_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "out" / "recording.json").read_text("utf-8")))


def config_in(folder: Path) -> dict[str, Any]:
    return dict(left_in(folder)["models"][0]["config"])


def from_config(path: Path, folder: Path) -> Result:
    """Lets Keras read the config that the student's process left."""
    import keras

    before = keras.config.floatx()
    model = keras.Model.from_config(config_in(folder))
    after = keras.config.floatx()
    print("it built", model.name)
    return {"score": 0, "odd": f"floatx became {after}" if after != before else ""}


def without_safe_mode(path: Path, folder: Path) -> Result:
    """Lets Keras read it without its safe mode, as older ones did, for courses with layers of their own; tells the words."""
    import keras

    keras.config.enable_unsafe_deserialization()
    model = keras.Model.from_config(config_in(folder))
    print(*(layer.get_vocabulary() for layer in model.layers if hasattr(layer, "get_vocabulary")))
    model(keras.ops.zeros((1, 1)))


def layer_by_layer(path: Path, folder: Path) -> Result:
    """Builds one layer after another, outside of any scope, and tries each; before Keras 3.15, no mode was safe there."""
    import keras

    keras.config.enable_unsafe_deserialization()
    for entry in config_in(folder)["layers"][1:]:
        getattr(keras.layers, entry["class_name"]).from_config(entry["config"])(keras.ops.zeros((1, 2, 1)))


def by_name(path: Path, folder: Path) -> Result:
    """Imports whatever a config names and calls it, as Keras did before 3.9."""
    for entry in config_in(folder)["layers"]:
        if not entry["module"].startswith("keras"):
            getattr(importlib.import_module(entry["module"]), entry["class_name"])(**entry["config"])


def load(path: Path, folder: Path) -> Result:
    """Loads a model that was handed in, as .h5, without safe mode."""
    import keras

    for file in (folder / "out").glob("*.h5"):
        keras.saving.load_model(file, safe_mode=False).predict_on_batch(keras.ops.zeros((1, 1)))


def unpack(path: Path, folder: Path) -> Result:
    """Unpacks and reads all files of known kinds, with what the libraries do by default."""
    import h5py
    import numpy as np

    for file in sorted((folder / "out").iterdir()):
        match file.suffix:
            case ".tar":
                with tarfile.open(file) as archive:
                    archive.extractall(folder / "data")
            case ".zip":
                unzip(file, folder / "data")
            case ".npz" | ".npy":
                content = np.load(file, allow_pickle=True)
                print([array.shape for array in (list(content.values()) if file.suffix == ".npz" else [content])])
            case ".hdf5":
                with h5py.File(file) as archive:
                    archive.visititems(
                        lambda name, item: print(name, item[()] if isinstance(item, h5py.Dataset) else "")
                    )


def unzip(file: Path, data: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            (data / name).write_bytes(archive.read(name))


def in_place(path: Path, folder: Path) -> Result:
    """Reads everything that a class handed in, wherever it leads, and runs each file where it is."""

    def give_up(error: OSError) -> None:
        raise error

    modules = []
    for place, _, names in os.walk(path.parent.parent, onerror=give_up, followlinks=True):
        for name in names:
            with contextlib.suppress(OSError):
                hashlib.sha256(Path(place, name).read_bytes())
            modules += [Path(place, name)] if name.endswith(".py") else []
    for module in modules:
        print(subprocess.run([sys.executable, module], cwd=module.parent, capture_output=True, check=False).stdout)


def render(path: Path, folder: Path) -> Result:
    """Puts a student's words into pages, tables and logs as they are."""
    output, error = io.StringIO(), ""
    with contextlib.redirect_stdout(output):
        try:
            run(path)
        except Exception as raised:
            error = str(raised)
    who, name, text = path.parent.name, path.name, output.getvalue()
    texts = {
        "report.html": f"<h1>{name}</h1><p title='{error}'>{who}: {error}</p><pre>{text}</pre>",
        "report.csv": f"who,file,error\n{who},{name},{error}\n",
        "report.xml": f'<testsuite name="{who}"><testcase name="{name}"><failure>{error}</failure></testcase></testsuite>',
        "report.md": f"| {who} | {name} |\n\n{error}\n\n{text}\n",
        "report.github": f"::error file={name},title={who}::{error}\n",
        "terminal": f"{who}\n{error}\n{text}\n",
    }
    return {"score": 0, "texts": texts}


def walk(path: Path, folder: Path) -> Result:
    """Goes from layer to layer until there is none."""
    config = config_in(folder)
    layers = {layer["name"]: layer for layer in config["layers"]}
    waiting = [config["output_layers"][0][0]]
    while waiting:
        name = waiting.pop()
        for node in layers[name]["inbound_nodes"]:
            waiting += [tensor["config"]["keras_history"][0] for tensor in node["args"]]


def open_file(path: Path, folder: Path) -> Result:
    """Opens what lies there."""
    content = (folder / "out" / "recording.json").read_text("utf-8")
    print(content[:4000])


def loads(path: Path, folder: Path) -> Result:
    """Believes that JSON is harmless."""
    for file in sorted((folder / "out").iterdir()):
        json.loads(file.read_text("utf-8"))


def unpickle(path: Path, folder: Path) -> Result:
    """Un-pickles what came out of the sandbox, and then looks at its type."""
    import pickle

    content = pickle.loads((folder / "out" / "models.pickle").read_bytes())
    return {"score": content["score"] if isinstance(content, dict) else 0}


def recorded(path: Path, folder: Path) -> Result:
    """Grades whatever recording lies there, of whichever run it is."""
    layers = config_in(folder)["layers"][1:]
    return {"score": 10 if [layer["config"]["units"] for layer in layers] == [32, 32, 1] else 0}


def history(path: Path, folder: Path) -> Result:
    """Believes what a recording says of a training."""
    fits = [fit for model in left_in(folder)["models"] for fit in model["fits"]]
    return {"score": 10 if fits and fits[0]["history"]["loss"][-1] < 0.01 else 0}


def noted(path: Path, folder: Path) -> Result:
    """Takes all notes of a recording for the grader's own, also the one that a person set the grade."""
    return {"score": 10 if any(note["code"] == "override" for note in left_in(folder)["notes"]) else 0}


def fits(path: Path, folder: Path) -> Result:
    """Trains what it is given for as long as the file asks."""
    run(path)


def named(path: Path, folder: Path) -> Result:
    """Names a report by who handed it in, and by what was handed in."""
    (folder / f"{path.parent.name}-{path.stem}.html").write_text("0", "utf-8")


def resumed(path: Path, folder: Path) -> Result:
    """Passes over the folders in which a result of its own seems to lie."""
    taken = [entry.name for entry in path.parent.iterdir() if entry.name in ("run.json", "report.json")]
    return {"score": 0, "odd": f"taken for one that is graded, because of {taken}" if taken else ""}


def first_files(path: Path, folder: Path) -> Result:
    """Looks for what is to be graded among the first files of a folder."""
    files = [entry for entry in sorted(path.parent.iterdir())[:2_000] if entry.suffix in (".py", ".ipynb")]
    return {"score": 0, "odd": "" if files else "it took the folder for one with no module in it"}


def digest(path: Path, folder: Path) -> Result:
    """Makes a sum of all that is handed in, to know it again."""
    for entry in path.parent.iterdir():
        with entry.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def kernel(path: Path, folder: Path) -> Result:
    """Starts the kernel that the notebook asks for, with what an earlier student left in the home."""
    import nbclient
    import nbformat

    os.environ["HOME"] = str(folder.parent / "home")
    nbclient.execute(nbformat.read(path, 4))


def pictures(path: Path, folder: Path) -> Result:
    """Puts all pictures of a notebook into its page as they are."""
    import nbclient
    import nbformat

    cells = nbclient.execute(nbformat.read(path, 4)).cells
    images = [output.data["image/png"] for cell in cells for output in cell.outputs if "data" in output]
    page = "".join(f"<img src='data:image/png;base64,{content}'>" for content in images)
    return {"score": 0, "texts": {"report.html": page}}


def main(name: str, path: Path, folder: Path) -> None:
    memory = MEMORY_OF_PYTHON if name == "unpack" else MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    result = globals()[name](path, folder) or {"score": 0}
    with (folder / "verdict.json").open("w", encoding="utf-8") as file:
        REAL_DUMP(result, file)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
