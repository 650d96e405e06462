"""Networks as the trainer builds them, and the weights that each seed draws for them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from grader.training.engine.build import build, layer_name, start_values
from tests.graph.networks import read

pytestmark = pytest.mark.long

X = keras.Input((3,), name="x")


def hidden(*between: Any, **options: Any) -> Any:
    """One hidden layer, what comes after it, and a head."""
    y = layers.Dense(4, activation="tanh", **options)(X)
    for layer in between:
        y = layer(y)
    return keras.Model(X, layers.Dense(2)(y))


def shared() -> Any:
    layer = layers.Dense(3, bias_initializer="normal")
    return keras.Model(X, layers.add([layer(X), layer(layer(X))]))


def frozen() -> Any:
    layer = layers.BatchNormalization()
    layer.trainable = False
    return hidden(layer)


NETWORKS = {
    "plain": hidden,
    "without a bias": lambda: hidden(use_bias=False),
    "its own initializers": lambda: hidden(kernel_initializer="he_normal", bias_initializer="uniform"),
    "a constraint": lambda: hidden(kernel_constraint=keras.constraints.NonNeg()),
    "shared": shared,
    "random layers": lambda: hidden(layers.Dropout(0.5), layers.GaussianNoise(0.1)),
    "no weights": lambda: hidden(layers.Activation("relu"), layers.Reshape((2, 2)), layers.Flatten()),
    "an operation": lambda: hidden(lambda y: y * 2 + 1),
    "other weights": lambda: hidden(layers.LayerNormalization()),
    "frozen weights": frozen,
    "a convolution": lambda: hidden(layers.Reshape((4, 1)), layers.Conv1D(2, 3), layers.Flatten()),
}


@pytest.mark.parametrize("initializer", [None, "uniform"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_draws_what_the_built_network_has(name: str, initializer: str | None) -> None:
    """Though a network of `Dense` layers is not built for it."""
    graph = read(NETWORKS[name]())
    for seed in (1, 2):
        model = build(graph, seed, initializer)
        state = {
            variable.path: np.asarray(variable) for layer in model.layers for variable in layer.variables
        }  # random layers have one, too
        drawn = start_values(graph, seed, initializer)
        found = {
            variable.path: value
            for number, values in drawn.items()
            for variable, value in zip(model.get_layer(layer_name(number)).variables, values, strict=True)
        }
        assert set(found) == set(state)
        assert all(np.array_equal(found[path], state[path]) for path in state)


def test_seeds_differ() -> None:
    graph = read(hidden())
    (first, *_), (second, *_) = (start_values(graph, seed)[1] for seed in (1, 2))
    assert not np.array_equal(first, second)
