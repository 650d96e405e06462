"""Real Keras models, read the way a submission's are: through plain JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import keras
import pytest

from grader.domain import ModelGraph
from grader.graph import Rejection, parse


def read(model: Any) -> ModelGraph:
    """The graph of a Keras model; fails the test if it is rejected."""
    graph = parse(plain(model.get_config()))
    assert not isinstance(graph, Rejection), graph.reason
    return graph


def plain(config: Any) -> Any:
    return json.loads(json.dumps(config))


def with_objects(model: Any) -> Any:
    """A model's config as the recording has it: a layer that is in several models has its `object` in each of them."""
    config = plain(model.get_config())
    entries: dict[int, list[Any]] = {}
    for layer, entry in _layers(model, config):
        entries.setdefault(id(layer), []).append(entry)
    for number, same in enumerate(entries.values()):
        for entry in same if len(same) > 1 else ():
            entry["object"] = number
    return config


def _layers(model: Any, config: Any) -> Iterator[tuple[Any, Any]]:
    """Layers, those of nested models too, with their entries in a config."""
    sequential = isinstance(model, keras.Sequential)
    layers = model._flatten_layers(include_self=False, recursive=False) if sequential else model.operations
    for layer, entry in zip(layers, config["layers"], strict=True):
        yield layer, entry
        if isinstance(layer, keras.Model):
            yield from _layers(layer, entry["config"])


def dense(units: int, activation: Any = "sigmoid", **more: Any) -> Any:
    """A Dense layer with the activation that nearly all of them have; `None` leaves it linear."""
    return keras.layers.Dense(units, activation=activation, **more)


def model_of(inputs: Any, outputs: Any) -> Any:
    """A model with an input that leads nowhere; Keras before 3.13 refuses to build one, and the test is skipped."""
    try:
        return keras.Model(inputs, outputs)
    except ValueError:
        pytest.skip("this Keras refuses inputs that lead nowhere by itself")
