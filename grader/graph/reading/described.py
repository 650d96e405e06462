"""What the trainer says of a network: the shapes and weights that Keras gives it, in the place of what is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.domain import ModelGraph
from grader.graph.reading.builder import count_parameters
from grader.graph.reading.cost import bounded, refused


class FalseClaim(Exception):
    """A recording says something else of a layer than Keras."""


def described(graph: ModelGraph, answer: Mapping[str, Any]) -> ModelGraph:
    """The network as Keras has it; marked where Keras refuses it, or where it is too large.

    `answer` is what `training.engine.build.describe` gives. Raises `FalseClaim` for a network whose recorded shapes or
    weights are not those that Keras says: whatever recorded it, it was not this network.
    """
    if "refused" in answer:
        name = graph.layers[answer["refused"]].name
        return refused(graph, answer["refused"], f"`{name}`: Keras refuses it: {answer['why']}")
    if "claimed" in answer:
        raise FalseClaim(answer["claimed"])
    calls = tuple(
        replace(call, shapes=tuple(map(tuple, shapes)) or call.shapes)
        for call, shapes in zip(graph.calls, answer["shapes"], strict=True)
    )
    layers = []
    for layer, weights in zip(graph.layers, answer["weights"], strict=True):
        if None not in (weights, layer.weights) and weights != layer.weights:
            raise FalseClaim(f"`{layer.name}` has {weights:,} weights, and {layer.weights:,} in the recording")
        layers.append(layer if weights is None else replace(layer, weights=weights))
    found = replace(graph, calls=calls, layers=tuple(layers), parameters=count_parameters(layers))
    return bounded(found)
