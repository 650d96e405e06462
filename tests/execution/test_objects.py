"""The recording says which layers of nested models are one and the same object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Execution
from grader.graph import Rejection, parse

START = """
import keras
from keras import layers
shared = layers.Dense(32, name="shared")
def nested(*chain):
    end = start = keras.Input((1,))
    for layer in chain:
        end = layer(end)
    return keras.Model(start, end)
"""
END = """
a, b = keras.Input((1,)), keras.Input((1,))
model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([left(a), right(b)])))
"""
TOWERS = {
    "two towers": "left, right = nested(shared), nested(shared)",
    "two Sequential towers": "left, right = keras.Sequential([shared]), keras.Sequential([keras.Input((1,)), shared])",
    "outside and inside": "left, right = shared, nested(shared)",
    "a model called twice": "left = right = nested(shared)",
    "three deep": "left, right = nested(nested(nested(shared))), nested(shared)",
    "a subclass of a functional model": (
        "class Tower(keras.Model):\n    pass\n"
        "x, y = keras.Input((1,)), keras.Input((1,))\n"
        "left, right = Tower(x, shared(x)), Tower(y, shared(y))"
    ),
}


@pytest.mark.parametrize("towers", TOWERS.values(), ids=list(TOWERS))
def test_a_layer_in_several_models_is_one(towers: str, run: Callable[..., Execution], tmp_path: Path) -> None:
    """One layer with 64 weights, called twice, wherever it is."""
    (tmp_path / "towers.py").write_text(f"{START}{towers}{END}")
    execution = run(tmp_path / "towers.py")
    graph = graph_of(execution, "model")
    (number,) = (n for n, layer in enumerate(graph.layers) if layer.name == "shared")
    assert sum(call.layer == number for call in graph.calls) == 2
    assert graph.parameters == 64 + 65


def test_equal_layers_of_one_name_are_two(run: Callable[..., Execution], tmp_path: Path) -> None:
    """Names are unique within a model only."""
    own = 'layers.Dense(32, name="same")'
    (tmp_path / "towers.py").write_text(f"{START}left, right = nested({own}), nested({own}){END}")
    assert graph_of(run(tmp_path / "towers.py"), "model").parameters == 128 + 65


def graph_of(execution: Execution, name: str) -> Any:
    (model,) = (model for model in execution.models if name in model.variables)
    graph = parse(model.config or {})
    assert not isinstance(graph, Rejection)
    return graph
