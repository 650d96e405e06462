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
    "zeros": lambda c: layers.Dense(3)(ops.zeros_like(c)),
    "ones": lambda c: layers.Dense(3)(ops.ones_like(c)),
    "a constant": lambda c: layers.Dense(3)(ops.full_like(c, 3.0)),
    "finite": lambda c: layers.Dense(3)(ops.cast(ops.isfinite(c), "float32")),
}
USUAL = {"a sigmoid": layers.Dense(4, "sigmoid")}
SEEN = {
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


def by_input(steps: dict[str, Any], rows: Any) -> list[dict[str, bool]]:
    return [dict(zip(steps, row, strict=True)) for row in rows]


@pytest.mark.filterwarnings("ignore:You are using a softmax")
def test_an_input_without_a_say_is_found() -> None:
    """There is a way from each input to both outputs, and through some nothing comes."""
    graph = network(steps := HIDDEN | USUAL)
    assert by_input(steps, reaches(graph)) == [dict.fromkeys(steps, True)] * 2
    assert [name for name, step in HIDDEN.items() if is_all_there_is(network({name: step}))] == []
    assert by_input(steps, influence(graph)) == [dict.fromkeys(HIDDEN, False) | dict.fromkeys(USUAL, True)] * 2


def test_what_looks_only_at_the_shape_lets_nothing_through() -> None:
    graph = network(steps := SHAPE_ONLY | USUAL)
    expected = [dict.fromkeys(SHAPE_ONLY, False) | dict.fromkeys(USUAL, True)] * 2
    assert not graph.untrainable
    assert by_input(steps, reaches(graph)) == expected
    assert by_input(steps, influence(graph)) == expected


def test_an_input_with_a_say_is_seen() -> None:
    assert by_input(SEEN, influence(network(SEEN))) == [dict.fromkeys(SEEN, True)] * 2


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
