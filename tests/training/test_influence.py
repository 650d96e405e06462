"""Which inputs move which outputs is tried out, since a network can hide that an input has no say."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.graph import is_all_there_is, reaches
from grader.training.influence import influence
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
    "normalised alone": lambda c: layers.Dense(3)(layers.LayerNormalization()(c)),
}
SEEN = {
    "one relu unit": layers.Dense(1, "relu"),
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


@pytest.mark.parametrize("third", SEEN.values(), ids=SEEN)
def test_an_input_with_a_say_is_seen(third: Any) -> None:
    """However weights start, what training can use counts."""
    assert influence(read(network(third))) == [[True, True, True]] * 2
