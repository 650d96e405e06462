"""References beyond Dense layers and those of the second course, with a rubric that sees every change of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
from keras import layers

from grader.assignments.course import Course
from grader.assignments.spec import load_assignment
from grader.domain import Calibration, CalibrationCase, Subject
from tests.graph.networks import read


def sequence() -> Any:
    x = start = keras.Input((9,), dtype="int32", name="words")
    x = layers.Embedding(50, 6, name="embedding")(x)
    x = layers.Bidirectional(layers.LSTM(7, return_sequences=True), name="both")(x)
    x = layers.Dropout(0.25, name="drop")(layers.GRU(8, name="last")(x))
    return keras.Model(start, layers.Dense(1, name="value")(x))


def normalisation() -> Any:
    x = start = keras.Input((5,))
    for units in (16, 12):
        x = layers.Dense(units, kernel_regularizer="l2", name=f"dense{units}")(x)
        x = layers.BatchNormalization(name=f"norm{units}")(x)
        x = layers.Activation("relu", name=f"relu{units}")(x)
    return keras.Model(start, layers.Dense(1, name="value")(x))


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
    understood = layers.LSTM(6, name="understood")(layers.Embedding(20, 4, name="embedding")(words))
    joined = layers.concatenate([layers.GlobalMaxPooling2D(name="most")(seen), understood])
    classes = layers.Dense(3, activation="softmax", name="classes")(joined)
    return keras.Model([image, words], [classes, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(seen)])


EXAMPLES: Mapping[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "sequence": (sequence, ("mse",)),
    "normalisation": (normalisation, ("mse",)),
    "nested": (nested, ("mse",)),
    "several": (several, ("sparse_categorical_crossentropy", "binary_crossentropy")),
}
"""References with the losses of their recipes; data follow from the shapes."""
CHECKS = (
    'kind = "runs"', 'kind = "functional"', 'kind = "heads"', 'kind = "graph"',
    'kind = "initializers"\nkernel = "glorot_uniform"', 'kind = "compiled"\noptimizer = "adam"',
)  # fmt: skip


def course_of(name: str, root: Path) -> Course:
    """The course of one example, written into an empty folder; calibrated by nothing but its reference."""
    build, losses = EXAMPLES[name]
    graph = read(build())
    assert graph.untrainable == ()
    folder = root / name
    folder.mkdir()
    inputs, targets = ([f"{end}{number}" for number, _ in enumerate(tensors)]
                       for end, tensors in (("x", graph.inputs), ("y", graph.outputs)))  # fmt: skip
    arrays = dict.fromkeys((*inputs, *targets), np.zeros((4, 2)))
    np.savez(folder / "data.npz", **arrays, **{f"{key}_val": value for key, value in arrays.items()})
    checks = "".join(f"[[checks]]\npoints = 1\n{check}\n" for check in CHECKS)
    (folder / "assignment.toml").write_text(
        f'title = "{name}"\nfree = ["losses", "loss weights", "compile"]\nessential = {list(get_args(Subject))}\n'
        f'[data]\nfile = "data.npz"\ninputs = {inputs}\ntargets = {targets}\n'
        f'[training]\noptimizer = "adam"\nloss = {list(losses)}\nepochs = 1\nbatch_size = 32\n'
        f'initializer = "glorot_uniform"\n{checks}'
    )
    case = CalibrationCase("", losses, graph, 1, 1, 0.0, 0.0, {})
    heads = len(graph.outputs)
    calibration = Calibration("reaches", (0.1,) * heads, ({},) * heads, (case,), (1,), (), "", {}, ())
    return Course((load_assignment(folder),), {name: calibration}, asked=True)
