"""Real Keras models, read the way a submission's are: through plain JSON."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import keras
import pytest

from grader.domain import ModelGraph
from grader.execution.student.describe import config_of
from grader.graph import Rejection, parse
from grader.training.engine.build import describe
from grader.training.trainer import described


def read(model: Any) -> ModelGraph:
    """The graph of a Keras model; fails the test if it is rejected."""
    return graph_of(recorded(model))


def built(source: str) -> ModelGraph:
    """The network that a program builds, run in this process."""
    exec(compile(source, "program", "exec"), namespace := {"__name__": "__main__"})
    return read(namespace["model"])


def graph_of(config: Any) -> ModelGraph:
    """The same, of a model's config as a recording has it."""
    graph = parse(config)
    assert not isinstance(graph, Rejection), graph.reason
    return graph


def plain(config: Any) -> Any:
    return json.loads(json.dumps(config))


def recorded(model: Any) -> Any:
    """A model's config as the recording has it, with shapes, weights, and which layers are one and the same."""
    return plain(config_of(keras, model))


def confirmed(graph: ModelGraph) -> ModelGraph:
    """The graph as the trainer describes it, in this process."""
    return described(graph, _described(graph))


@cache
def _described(graph: ModelGraph) -> dict[str, Any]:
    return describe(graph)


def dense(units: int, activation: Any = "sigmoid", **more: Any) -> Any:
    """A Dense layer with the activation that nearly all of them have; `None` leaves it linear."""
    return keras.layers.Dense(units, activation=activation, **more)


def chain(*steps: Any, shape: tuple[int | None, ...] = (1,), dtype: str = "float32") -> Any:
    """An input called `x`, and these steps one after the other, each a layer or a function of a tensor."""
    x = start = keras.Input(shape, name="x", dtype=dtype)
    for step in steps:
        x = step(x)
    return keras.Model(start, x)


def model_of(inputs: Any, outputs: Any) -> Any:
    """A model with an input that leads nowhere; Keras before 3.13 refuses to build one, and the test is skipped."""
    try:
        return keras.Model(inputs, outputs)
    except ValueError:
        pytest.skip("this Keras refuses inputs that lead nowhere by itself")
