"""Which inputs move which outputs is tried out, since a network can hide that an input has no say."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.graph import is_all_there_is, reaches
from grader.training.engine.build import influence
from tests.graph.networks import read


def network(third: Any) -> Any:
    """Two inputs in the usual way, and a third through `third`."""
    a, b, c = (keras.Input((1,)) for _ in range(3))
    joined = layers.concatenate([layers.Dense(4, "sigmoid")(a), layers.Dense(3, "relu")(b), third(c)])
    return keras.Model([a, b, c], [layers.Dense(1)(joined), layers.Dense(1)(joined)])


HIDDEN = {
    "times zero": lambda c: layers.Dense(3)(0.0 * c),
    "minus itself": lambda c: layers.Dense(3)(layers.subtract([c, c])),
    "frozen at zero": layers.Dense(3, kernel_initializer="zeros", trainable=False),
    "softmax of one": layers.Dense(1, "softmax"),
    "rescaled to nothing": layers.Rescaling(0.0),
    "constrained to nothing": layers.Dense(3, kernel_constraint=keras.constraints.MaxNorm(0.0)),
    "normalised alone": lambda c: layers.Dense(3)(layers.LayerNormalization()(c)),
}
SEEN = {
    "one relu unit": layers.Dense(1, "relu"),
    "constrained": layers.Dense(3, kernel_constraint=keras.constraints.NonNeg()),
    "starting at zero": layers.Dense(3, kernel_initializer="zeros"),
    "times two": lambda c: layers.Dense(3)(c * 2.0),
    "a layer between": lambda c: layers.Dense(3)(layers.Dropout(0.5)(c)),
}


@pytest.mark.filterwarnings("ignore:You are using a softmax")
@pytest.mark.parametrize("third", HIDDEN.values(), ids=HIDDEN)
def test_an_input_without_a_say_is_found(third: Any) -> None:
    """There is a way from the input to both outputs, and nothing comes through."""
    graph = read(network(third))
    assert reaches(graph) == ((True, True, True),) * 2
    assert not is_all_there_is(graph)
    assert influence(graph) == [[True, True, False]] * 2


@pytest.mark.parametrize(
    "operation",
    [ops.zeros_like, ops.ones_like, lambda c: ops.full_like(c, 3.0), lambda c: ops.cast(ops.isfinite(c), "float32")],
)
def test_what_looks_only_at_the_shape_lets_nothing_through(operation: Any) -> None:
    graph = read(network(lambda c: layers.Dense(3)(operation(c))))
    assert not graph.untrainable
    assert reaches(graph) == ((True, True, False),) * 2
    assert influence(graph) == [[True, True, False]] * 2


@pytest.mark.parametrize("third", SEEN.values(), ids=SEEN)
def test_an_input_with_a_say_is_seen(third: Any) -> None:
    assert influence(read(network(third))) == [[True, True, True]] * 2


def convolutions(*, pools: int, classes: int = 3, scale: float = 1 / 255) -> Any:
    """Two blocks on images that are made small first, and a softmax."""
    image = keras.Input((12, 12, 1))
    x = layers.Rescaling(scale)(image)
    for number, filters in enumerate((8, 16)):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x) if number < pools else x
    return keras.Model(image, layers.Dense(classes, "softmax")(layers.Flatten()(x)))


@pytest.mark.parametrize(("pools", "scale"), [(0, 255.0), (1, 1.0), (2, 1 / 255)])
def test_a_softmax_that_large_weights_drive_to_its_ends_still_shows_an_input(pools: int, scale: float) -> None:
    """A right network of images must not be told that its input has no effect."""
    assert influence(read(convolutions(pools=pools, scale=scale))) == [[True]]


@pytest.mark.parametrize("depth", [3, 8])
def test_a_deep_chain_before_a_softmax_shows_its_input(depth: int) -> None:
    x = start = keras.Input((20,))
    for _ in range(depth):
        x = layers.Dense(64, "relu")(x)
    assert influence(read(keras.Model(start, layers.Dense(4, "softmax")(x)))) == [[True]]
