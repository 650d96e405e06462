"""Decoys: networks that lack what a task is about, and so must not pass, derived from the reference of an assignment.

A decoy is *proven* if the floor of its whole family lies above a threshold: then it cannot pass with any seed.
The others are trained, and their probability of passing follows from how often they hit. Only decoys that fit the task
are made: none that is the reference itself, none with a layer that the data cannot feed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import Argument, Configured, Layer, ModelGraph, Recipe, Shape, Tensor, Value
from grader.domain.metrics import NUMBERS
from grader.graph import edits
from grader.training.job import target_kinds
from grader.training.verdicts.families import MONOTONE, STRAIGHT_LINE, is_line

MOST_PARAMETERS = 2_000_000
_ONLY_ACTIVATE = frozenset({"ReLU", "LeakyReLU", "ELU", "Softmax"})


@dataclass(frozen=True)
class Decoy:
    """One network that must not pass, and the floor that bounds all of its heads, if any does."""

    name: str
    graph: ModelGraph
    floor: str = ""

    def proof(self, floors: Sequence[Mapping[str, float]], thresholds: Sequence[float]) -> tuple[int, float] | None:
        """A head whose floor lies above its threshold, and that floor."""
        for head, threshold in enumerate(thresholds):
            floor = floors[head].get(self.floor)
            if floor is not None and floor > threshold:
                return head, floor
        return None


def decoys(graph: ModelGraph, recipe: Recipe, labels: Sequence[str] = ()) -> tuple[Decoy, ...]:
    """Every decoy that can be derived from a reference; `labels` name the data of its inputs."""
    kinds = target_kinds(recipe)
    linear = _linear(graph, kinds)
    draws_line = is_line(_linear(graph, (NUMBERS,) * len(kinds)))  # other layers may bend too, such as a maximum
    networks = [
        ("no hidden layer", _small(graph, kinds, None), STRAIGHT_LINE),
        ("linear activations", linear if draws_line else None, STRAIGHT_LINE if is_line(linear) else ""),
        ("one hidden unit", _small(graph, kinds, 1), MONOTONE),
    ]
    if linear == graph and draws_line:  # a straight line solves the task
        networks = []
    networks += [
        (f"without input {number + 1}", edits.inserted(graph, graph.inputs[number], _ZEROS), "")
        for number, label in enumerate(labels)
        if labels.count(label) == 1 < len(labels)
    ]
    return tuple(Decoy(name, one, floor) for name, one, floor in networks if one is not None and one != graph)


_ZEROS = Layer("zeros", "Rescaling", (("scale", 0.0),))


def _linear(graph: ModelGraph, kinds: Sequence[str]) -> ModelGraph:
    """The same graph with every activation taken out, but for those that turn the outputs into probabilities."""
    ends = zip(graph.outputs, kinds, strict=True)
    kept = {graph.calls[output.call].layer for output, kind in ends if kind != NUMBERS}
    layers = (layer if number in kept else _inactive(layer) for number, layer in enumerate(graph.layers))
    return replace(graph, layers=tuple(layers))


def _inactive(layer: Layer) -> Layer:
    if layer.kind in _ONLY_ACTIVATE:
        return replace(layer, kind="Identity", params=())
    params = tuple((name, "linear" if name == "activation" else value) for name, value in layer.params)
    return replace(layer, params=params)


def _small(graph: ModelGraph, kinds: Sequence[str], hidden_units: int | None) -> ModelGraph | None:
    """A new network on the same inputs and heads, with one hidden layer or none; `None` if it would be too large."""
    shapes = [_sizes(graph, tensor) for tensor in graph.inputs]
    heads = [_sizes(graph, tensor) for tensor in graph.outputs]
    width = sum(map(_count, shapes))
    between = hidden_units or width
    weights = (between + 1) * sum(map(_count, heads)) + (width + 1) * (hidden_units or 0)
    if any(None in shape for shape in (*shapes, *heads)) or weights > MOST_PARAMETERS:
        return None
    small = edits.pruned(replace(graph, outputs=(), parameters=None))
    small = replace(small, layers=tuple(replace(layer, params=()) for layer in small.layers))

    def add(kind: str, args: tuple[Argument, ...], shape: Shape, **params: Value) -> Tensor:
        nonlocal small
        layer = Layer(f"{kind}_{len(small.layers)}", kind, tuple(sorted(params.items())))
        small, tensor = edits.appended(small, layer, args, (None, *shape))
        return tensor

    flat = [
        add("Flatten", (tensor,), (_count(shape),)) if len(shape) > 1 else tensor
        for tensor, shape in zip(small.inputs, shapes, strict=True)
    ]
    tensor = add("Concatenate", (tuple(flat),), (width,)) if len(flat) > 1 else flat[0]
    if hidden_units:
        tensor = add("Dense", (tensor,), (hidden_units,), units=hidden_units)
        tensor = add("Activation", (tensor,), (hidden_units,), activation="sigmoid")
    outputs = []
    for shape, kind, output in zip(heads, kinds, graph.outputs, strict=True):
        head = add("Dense", (tensor,), (_count(shape),), units=_count(shape))
        if len(shape) > 1:
            head = add("Reshape", (head,), shape, target_shape=tuple(size or 1 for size in shape))
        if kind != NUMBERS and (ending := _ending(graph, output)):
            head = add("Activation", (head,), shape, activation=ending)
        outputs.append(head)
    return replace(small, outputs=tuple(outputs))


def _ending(graph: ModelGraph, output: Tensor) -> str:
    """The activation that an output ends in; empty for none."""
    layer = graph.layers[graph.calls[output.call].layer]
    value = "softmax" if layer.kind == "Softmax" else layer.param("activation", "")
    name = value.kind if isinstance(value, Configured) else str(value or "")
    return "" if name == "linear" else name


def _sizes(graph: ModelGraph, tensor: Tensor) -> Shape:
    """The shape of a sample; a single number has one axis of one."""
    return graph.shape(tensor)[1:] or (1,)


def _count(shape: Shape) -> int:
    return math.prod(size or 1 for size in shape)
