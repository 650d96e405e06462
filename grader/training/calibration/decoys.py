"""Decoys: networks that must not pass, derived from the reference of an assignment.

A decoy is *proven* if the floor of its whole family lies above a threshold: then it cannot pass with any seed.
The others are trained, and their probability of passing follows from how often they hit. Only decoys that fit the task
are made: none that is the reference itself, none with a layer that the data cannot feed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Argument, Call, Configured, DataSpec, Layer, ModelGraph, Recipe, Shape, Tensor, Value
from grader.domain.metrics import NUMBERS
from grader.training.job import TrainingJob, target_kinds
from grader.training.verdicts.families import is_line

MOST_PARAMETERS = 2_000_000
_ONLY_ACTIVATE = frozenset({"ReLU", "LeakyReLU", "ELU", "Softmax"})


@dataclass(frozen=True)
class Decoy:
    """One network that must not pass. `floor` names the floor that bounds it on `heads`.

    `is_poor`: it lacks what the task is about, so that a threshold which it reaches is too easy.
    """

    name: str
    graph: ModelGraph
    recipe: Recipe
    floor: str = ""
    heads: tuple[int, ...] = ()
    is_poor: bool = False

    def proof(self, floors: Sequence[Mapping[str, float]], thresholds: Sequence[float]) -> tuple[int, float] | None:
        """A head whose floor lies above its threshold, and that floor."""
        for head in self.heads:
            floor = floors[head].get(self.floor)
            if floor is not None and floor > thresholds[head]:
                return head, floor
        return None


def decoy_job(
    decoy: Decoy, data: DataSpec, thresholds: tuple[float, ...], epochs: int, seeds: Sequence[int]
) -> TrainingJob:
    """The training of a decoy, as for a submission."""
    recipe = decoy.recipe
    return TrainingJob(decoy.graph, recipe, data, tuple(seeds), epochs, thresholds, every=recipe.checkpoint)


def decoys(graph: ModelGraph, recipe: Recipe, labels: Sequence[str] = ()) -> tuple[Decoy, ...]:
    """Every decoy that can be derived from a reference; `labels` name the data of its inputs."""
    kinds = target_kinds(recipe)
    every = tuple(range(len(graph.outputs)))
    linear = _linear(graph, kinds)
    draws_line = is_line(_linear(graph, (NUMBERS,) * len(kinds)))  # other layers may bend too, such as a maximum
    poor: list[tuple[str, ModelGraph | None, str, bool]] = [
        ("no hidden layer", _small(graph, kinds, None), "straight_line", True),
        ("linear activations", linear, "straight_line" if is_line(linear) else "", draws_line),
        ("one hidden unit", _small(graph, kinds, 1), "monotone", True),
    ]
    is_linear = linear == graph and draws_line
    found = [
        Decoy(name, one, recipe, floor=floor, heads=every, is_poor=is_poor)
        for name, one, floor, is_poor in poor
        if one is not None and one != graph and not is_linear
    ]
    if len(set(labels)) > 1:
        found += [
            Decoy(f"without input {number + 1}", _without_input(graph, number), recipe, is_poor=True)
            for number, label in enumerate(labels)
            if labels.count(label) == 1
        ]
    return tuple(found)


def _linear(graph: ModelGraph, kinds: Sequence[str]) -> ModelGraph:
    """The same graph with every activation taken out, but for those that turn the outputs into probabilities."""
    kept = {
        graph.calls[output.call].layer
        for output, kind in zip(graph.outputs, kinds, strict=True)
        if kind != NUMBERS
    }
    layers = (
        layer if number in kept else _map_activation(layer) for number, layer in enumerate(graph.layers)
    )
    return replace(graph, layers=tuple(layers))


def _map_activation(layer: Layer) -> Layer:
    if layer.kind in _ONLY_ACTIVATE:
        return replace(layer, kind="Identity", params=())
    params = tuple((name, "linear" if name == "activation" else value) for name, value in layer.params)
    return replace(layer, params=params)


def _without_input(graph: ModelGraph, number: int) -> ModelGraph:
    """The same graph, blind to one input: zeros take its place."""
    start = graph.inputs[number]
    layer = Layer(f"no_input_{number + 1}", "ops.Multiply")
    blind = Call(len(graph.layers), (start, 0), (), (graph.shape(start),))
    place = start.call + 1

    def moved(part: Any) -> Any:
        if isinstance(part, Tensor):
            return Tensor(place) if part == start else Tensor(part.call + (part.call >= place), part.output)
        return tuple(map(moved, part)) if isinstance(part, tuple) else part

    after = [replace(call, args=moved(call.args), kwargs=moved(call.kwargs)) for call in graph.calls]
    inputs = tuple(start if tensor == start else moved(tensor) for tensor in graph.inputs)
    return replace(
        graph,
        layers=(*graph.layers, layer),
        calls=(*after[:place], blind, *after[place:]),
        inputs=inputs,
        outputs=moved(graph.outputs),
    )


class _Sketch:
    """A graph under construction."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.calls: list[Call] = []

    def add(self, kind: str, args: tuple[Argument, ...], shape: Shape, **params: Value) -> Tensor:
        self.layers.append(Layer(f"{kind}_{len(self.layers)}", kind, tuple(sorted(params.items()))))
        self.calls.append(Call(len(self.layers) - 1, args, (), ((None, *shape),)))
        return Tensor(len(self.calls) - 1)


def _small(graph: ModelGraph, kinds: Sequence[str], hidden_units: int | None) -> ModelGraph | None:
    """A new network on the same inputs and heads, with one hidden layer or none; `None` if it would be too large."""
    shapes = [_sizes(graph, tensor) for tensor in graph.inputs]
    heads = [_sizes(graph, tensor) for tensor in graph.outputs]
    if any(None in shape for shape in (*shapes, *heads)):
        return None
    sketch = _Sketch()
    inputs = tuple(sketch.add("InputLayer", (), shape) for shape in shapes)
    flat = [_flattened(sketch, tensor, shape) for tensor, shape in zip(inputs, shapes, strict=True)]
    tensor, width = flat[0], sum(map(_count, shapes))
    if len(inputs) > 1:
        tensor = sketch.add("Concatenate", (tuple(flat),), (width,))
    parameters = 0
    if hidden_units:
        tensor = sketch.add("Dense", (tensor,), (hidden_units,), units=hidden_units)
        tensor = sketch.add("Activation", (tensor,), (hidden_units,), activation="sigmoid")
        parameters, width = (width + 1) * hidden_units, hidden_units
    parameters += sum((width + 1) * _count(shape) for shape in heads)
    if parameters > MOST_PARAMETERS:
        return None
    outputs = tuple(
        _head(sketch, tensor, shape, "" if kind == NUMBERS else _ending(graph, output))
        for shape, kind, output in zip(heads, kinds, graph.outputs, strict=True)
    )
    layers, calls = tuple(sketch.layers), tuple(sketch.calls)
    return ModelGraph("decoy", "Functional", layers, calls, inputs, outputs, parameters=parameters)


def _flattened(sketch: _Sketch, tensor: Tensor, shape: Shape) -> Tensor:
    return sketch.add("Flatten", (tensor,), (_count(shape),)) if len(shape) > 1 else tensor


def _head(sketch: _Sketch, tensor: Tensor, shape: Shape, activation: str) -> Tensor:
    units = _count(shape)
    tensor = sketch.add("Dense", (tensor,), (units,), units=units)
    if len(shape) > 1:
        tensor = sketch.add("Reshape", (tensor,), shape, target_shape=tuple(size or 1 for size in shape))
    return sketch.add("Activation", (tensor,), shape, activation=activation) if activation else tensor


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
