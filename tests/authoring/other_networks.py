"""References beyond Dense layers, with rubrics: what `validate` must judge as rightly as our own eight.

`python -m tests.authoring.other_networks [NAME]... [--every N]` tries them all and prints the counts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from grader.assignments.course import Course
from grader.assignments.folder import CourseFolder
from grader.assignments.spec import load_assignment
from grader.authoring.validate import Validation, validate
from grader.domain import Calibration, CalibrationCase, ModelGraph
from grader.graph import parse
from tests.graph.networks import recorded


def convolutions() -> Any:
    x = start = keras.Input((12, 12, 1))
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{filters}")(x)
        x = layers.MaxPooling2D(name=f"pool{filters}")(x)
    x = layers.Dropout(0.25, name="drop")(layers.Dense(32, activation="relu", name="hidden")(layers.Flatten()(x)))
    return keras.Model(start, layers.Dense(10, activation="softmax", name="classes")(x))


def recurrent() -> Any:
    x = start = keras.Input((10, 3))
    x = layers.LSTM(12, return_sequences=True, name="first")(x)
    x = layers.GRU(8, name="second")(x)
    return keras.Model(start, layers.Dense(1, name="value")(x))


def embedding() -> Any:
    x = start = keras.Input((9,), dtype="int32", name="words")
    x = layers.Embedding(50, 6, name="embedding")(x)
    x = layers.Bidirectional(layers.LSTM(7), name="both")(x)
    return keras.Model(start, layers.Dense(1, activation="sigmoid", name="positive")(x))


def attention() -> Any:
    x = start = keras.Input((8, 6))
    attended = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.LayerNormalization(name="norm")(layers.add([x, attended]))
    x = layers.Dense(16, activation="relu", name="hidden")(layers.GlobalAveragePooling1D(name="mean")(x))
    return keras.Model(start, layers.Dense(1, name="value")(x))


def normalisation() -> Any:
    x = start = keras.Input((5,))
    for units in (16, 12):
        x = layers.Dense(units, kernel_regularizer="l2", name=f"dense{units}")(x)
        x = layers.BatchNormalization(name=f"norm{units}")(x)
        x = layers.Activation("relu", name=f"relu{units}")(x)
    return keras.Model(start, layers.Dense(1, name="value")(x))


def residual() -> Any:
    x = start = keras.Input((8, 8, 4))
    for number in (1, 2):
        inner = layers.Conv2D(4, 3, padding="same", activation="relu", name=f"inner{number}")(x)
        inner = layers.Conv2D(4, 3, padding="same", name=f"outer{number}")(inner)
        x = layers.ReLU(name=f"relu{number}")(layers.add([x, inner], name=f"sum{number}"))
    return keras.Model(start, layers.Dense(1, name="value")(layers.GlobalAveragePooling2D(name="mean")(x)))


def nested() -> Any:
    """A model inside a model, and a layer that two of them share."""
    shared = layers.Dense(6, activation="relu", name="shared")
    towers = []
    for number, units in ((1, 5), (2, 4)):
        x = inside = keras.Input((3,))
        x = layers.Dense(units, activation="tanh", name=f"own{number}")(shared(x))
        towers.append(keras.Model(inside, x, name=f"tower{number}"))
    a, b = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    joined = layers.concatenate([towers[0](a), towers[1](b)])
    return keras.Model([a, b], layers.Dense(1, name="value")(joined))


def several() -> Any:
    """An image and words to a class and a mask: inputs and outputs of different shapes and types."""
    image, words = keras.Input((8, 8, 1), name="image"), keras.Input((5,), dtype="int32", name="words")
    seen = layers.Conv2D(4, 3, padding="same", activation="relu", name="seen")(image)
    read = layers.LSTM(6, name="read")(layers.Embedding(20, 4, name="embedding")(words))
    joined = layers.concatenate([layers.GlobalMaxPooling2D(name="most")(seen), read])
    classes = layers.Dense(3, activation="softmax", name="classes")(joined)
    return keras.Model([image, words], [classes, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(seen)])


@dataclass(frozen=True)
class Example:
    """A reference, its recipe and rubric; data follow from the shapes."""

    build: Callable[[], Any]
    losses: tuple[str, ...]
    rubric: str
    more: str = ""


START = """
[[checks]]
kind = "runs"
points = 1

[[checks]]
kind = "functional"
points = 1
"""
END = """
[[checks]]
kind = "initializers"
points = 1
kernel = "glorot_uniform"

[[checks]]
kind = "graph"
points = 2

[[checks]]
kind = "compiled"
points = 1
optimizer = "adam"
"""

EXAMPLES: Mapping[str, Example] = {
    "convolutions": Example(convolutions, ("sparse_categorical_crossentropy",), """
[[checks]]
kind = "inputs"
points = 1
shapes = [[12, 12, 1]]
[[checks]]
kind = "widths"
points = 1
units = [8, 16, 32]
[[checks]]
kind = "activations"
points = 1
hidden = "relu"
[[checks]]
kind = "heads"
points = 1
shapes = [[10]]
activations = ["softmax"]
[[checks]]
kind = "layers"
points = 1
of = "Conv2D"
exactly = 2
parameters = { kernel_size = 3 }
[[checks]]
kind = "dropout"
points = 1
rate = 0.25
after = "Dense"
"""),
    "recurrent": Example(recurrent, ("mse",), """
[[checks]]
kind = "widths"
points = 1
units = [12, 8]
[[checks]]
kind = "layers"
points = 1
of = ["LSTM", "GRU"]
exactly = 2
[[checks]]
kind = "heads"
points = 1
"""),
    "embedding": Example(embedding, ("binary_crossentropy",), """
[[checks]]
kind = "inputs"
points = 1
shapes = [[9]]
dtypes = ["int32"]
[[checks]]
kind = "widths"
points = 1
units = [6, 7]
[[checks]]
kind = "heads"
points = 1
activation = "sigmoid"
"""),
    "attention": Example(attention, ("mse",), """
[[checks]]
kind = "widths"
points = 1
units = [4, 16]
[[checks]]
kind = "merge"
points = 1
node = "Add"
joins = 2
[[checks]]
kind = "heads"
points = 1
"""),
    "normalisation": Example(normalisation, ("mse",), """
[[checks]]
kind = "widths"
points = 1
units = [16, 12]
[[checks]]
kind = "activations"
points = 1
hidden = "relu"
[[checks]]
kind = "order"
points = 1
first = "BatchNormalization"
then = "Activation"
directly = true
[[checks]]
kind = "regularisation"
points = 1
kernel = "l2"
factor = 0.01
[[checks]]
kind = "heads"
points = 1
"""),
    "residual": Example(residual, ("mse",), """
[[checks]]
kind = "widths"
points = 1
units = [4, 4, 4, 4]
[[checks]]
kind = "layers"
points = 1
of = "Add"
exactly = 2
[[checks]]
kind = "heads"
points = 1
"""),
    "nested": Example(nested, ("mse",), """
[[checks]]
kind = "inputs"
points = 1
shapes = [[3], [3]]
[[checks]]
kind = "widths"
points = 1
units = [6, 5, 4]
[[checks]]
kind = "shared"
points = 1
units = 6
inputs = "different"
[[checks]]
kind = "merge"
points = 1
joins = 2
width = 9
[[checks]]
kind = "heads"
points = 1
"""),
    "several": Example(several, ("sparse_categorical_crossentropy", "binary_crossentropy"), """
[[checks]]
kind = "inputs"
points = 1
shapes = [[8, 8, 1], [5]]
dtypes = ["float32", "int32"]
[[checks]]
kind = "widths"
points = 1
units = [4, 4, 6]
[[checks]]
kind = "heads"
points = 1
shapes = [[3], [8, 8, 1]]
activations = ["softmax", "sigmoid"]
[[checks]]
kind = "compiled"
id = "losses"
points = 1
losses = ["sparse_categorical_crossentropy", "binary_crossentropy"]
weights = [1.0, 1.0]
"""),
}  # fmt: skip


def course_of(name: str, root: Path) -> Course:
    """The course of one example, written into an empty folder; calibrated by nothing but its reference."""
    example = EXAMPLES[name]
    graph = parse(recorded(example.build()))
    assert isinstance(graph, ModelGraph)
    assert graph.untrainable == ()
    folder = root / name
    folder.mkdir()
    arrays = {f"{end}{number}": np.zeros((4, 2)) for end, tensors in (("x", graph.inputs), ("y", graph.outputs))
              for number, _ in enumerate(tensors)}  # fmt: skip
    np.savez(folder / "data.npz", **arrays, **{f"{key}_val": value for key, value in arrays.items()})
    (folder / "assignment.toml").write_text(_spec(name, example, graph), "utf-8")
    case = CalibrationCase("", example.losses, graph, 1, 1, 0.0, 0.0, {})
    floors = ({},) * len(graph.outputs)
    thresholds = (0.1,) * len(graph.outputs)
    calibration = Calibration("reaches", thresholds, floors, (case,), (1,), (), "", {}, ())
    assignment = load_assignment(folder)
    return Course((assignment,), {assignment.id: calibration}, asked=True)


def _spec(name: str, example: Example, graph: ModelGraph) -> str:
    inputs = [f"x{number}" for number, _ in enumerate(graph.inputs)]
    targets = [f"y{number}" for number, _ in enumerate(graph.outputs)]
    free = 'free = ["losses", "loss weights", "compile"]\n' if "losses" not in example.rubric else ""
    return (
        f'title = "{name}"\nnames = ["build_{name}", "{name}"]\n{free}{example.more}'
        f'essential = ["unreadable", "input count", "head count", "input use", "depth", "wiring", "merge", "sharing",'
        f' "width", "output order", "input order", "input shape", "intruder"]\n'
        f'[data]\nfile = "data.npz"\ninputs = {inputs}\ntargets = {targets}\n'
        f'[training]\noptimizer = "adam"\nloss = {list(example.losses)}\nepochs = 1\nbatch_size = 32\n'
        f'initializer = "glorot_uniform"\n{START}{example.rubric}{END}'
    )


def tried(name: str, every: int = 1) -> Validation:
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        place = CourseFolder(Path(folder), Path(folder), Path(folder))
        return validate(course_of(name, Path(folder)), place, lambda _: None, every=every)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(EXAMPLES))
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    for name in given.names:
        found = tried(name, given.every)
        print(f"{name}: reference {found.reference.score} / {found.reference.max_score}, "
              f"variants {found.passed} / {found.variants}, mutants caught {found.caught} / {found.mutants}, "
              f"on the right check {found.owned} / {found.mutants}", flush=True)  # fmt: skip
        for gap in found.gaps:
            print(f"  gap: {gap.tried} {gap.what}", flush=True)


if __name__ == "__main__":
    main()
