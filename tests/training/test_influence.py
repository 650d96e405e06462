"""Which inputs move which outputs is tried out, since a network can hide that an input has no say."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.domain import ModelGraph
from grader.graph import is_all_there_is, reaches
from grader.training.engine.build import influence
from tests.graph.networks import read

HIDDEN = {
    "times zero": lambda c: layers.Dense(3)(0.0 * c),
    "minus itself": lambda c: layers.Dense(3)(layers.subtract([c, c])),
    "frozen at zero": layers.Dense(3, kernel_initializer="zeros", trainable=False),
    "softmax of one": layers.Dense(1, "softmax"),
    "rescaled to nothing": layers.Rescaling(0.0),
    "constrained to nothing": layers.Dense(3, kernel_constraint=keras.constraints.MaxNorm(0.0)),
    "normalised alone": lambda c: layers.Dense(3)(layers.LayerNormalization()(c)),
}
SHAPE_ONLY = {
    "zeros": ops.zeros_like,
    "ones": ops.ones_like,
    "a constant": lambda c: ops.full_like(c, 3.0),
    "finite": lambda c: ops.cast(ops.isfinite(c), "float32"),
}
SEEN = {
    "a sigmoid": layers.Dense(4, "sigmoid"),
    "one relu unit": layers.Dense(1, "relu"),
    "constrained": layers.Dense(3, kernel_constraint=keras.constraints.NonNeg()),
    "starting at zero": layers.Dense(3, kernel_initializer="zeros"),
    "times two": lambda c: layers.Dense(3)(c * 2.0),
    "a layer between": lambda c: layers.Dense(3)(layers.Dropout(0.5)(c)),
}


def network(steps: dict[str, Any]) -> ModelGraph:
    """An input through each of these steps, all joined, and two outputs."""
    inputs = [keras.Input((1,)) for _ in steps]
    joined = layers.concatenate([step(tensor) for step, tensor in zip(steps.values(), inputs, strict=True)])
    return read(keras.Model(inputs, [layers.Dense(1)(joined), layers.Dense(1)(joined)]))


@pytest.mark.filterwarnings("ignore:You are using a softmax")
def test_inputs_with_a_say_are_told_from_those_without() -> None:
    """There is a way from each input to both outputs, and through some nothing comes."""
    graph = network(HIDDEN | SEEN)
    assert reaches(graph) == ((True,) * len(HIDDEN | SEEN),) * 2
    assert [name for name, step in HIDDEN.items() if is_all_there_is(network({name: step}))] == []
    expected = dict.fromkeys(HIDDEN, False) | dict.fromkeys(SEEN, True)
    assert [dict(zip(expected, moves, strict=True)) for moves in influence(graph)] == [expected] * 2


def test_what_looks_only_at_the_shape_lets_nothing_through() -> None:
    steps = {name: lambda c, step=step: layers.Dense(3)(step(c)) for name, step in SHAPE_ONLY.items()}
    graph = network(steps | {"a sigmoid": SEEN["a sigmoid"]})
    expected = dict.fromkeys(SHAPE_ONLY, False) | {"a sigmoid": True}
    assert not graph.untrainable
    assert [dict(zip(expected, ways, strict=True)) for ways in reaches(graph)] == [expected] * 2
    assert [dict(zip(expected, moves, strict=True)) for moves in influence(graph)] == [expected] * 2


def convolutions(*, pools: int, scale: float) -> Any:
    """Two blocks on images that are made small first, and a softmax."""
    image = keras.Input((12, 12, 1))
    x = layers.Rescaling(scale)(image)
    for number, filters in enumerate((8, 16)):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x) if number < pools else x
    return keras.Model(image, layers.Dense(3, "softmax")(layers.Flatten()(x)))


def deep(depth: int) -> Any:
    x = start = keras.Input((20,))
    for _ in range(depth):
        x = layers.Dense(64, "relu")(x)
    return keras.Model(start, layers.Dense(4, "softmax")(x))


@pytest.mark.parametrize(
    "model",
    [lambda: convolutions(pools=0, scale=255.0), lambda: convolutions(pools=2, scale=1 / 255), lambda: deep(8)],
    ids=["large weights", "small numbers", "a deep chain"],
)
def test_a_softmax_that_is_driven_to_its_ends_still_shows_an_input(model: Any) -> None:
    """A right network, such as one of images, must not be told that its input has no effect."""
    assert influence(read(model())) == [[True]]
