"""Decoys: networks and recipes that must not pass, derived from the reference of an assignment.

A decoy is *proven* if the floor of its whole family lies above a threshold: then it cannot pass with any seed.
The others are trained, and their probability of passing follows from how often they hit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import Call, DataSpec, Layer, ModelGraph, Recipe, Tensor, Value
from grader.training.job import TrainingJob

HIDDEN_UNITS = 32


@dataclass(frozen=True)
class Decoy:
    """One network or recipe that must not pass. `floor` names the floor that bounds it on `heads`."""

    name: str
    graph: ModelGraph
    recipe: Recipe
    learning_rate: float | None = None
    floor: str = ""
    heads: tuple[int, ...] = ()

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
    """The training of a decoy as for a submission, except that it may have its own recipe."""
    return TrainingJob(
        decoy.graph, decoy.recipe, data, tuple(seeds), epochs, thresholds, learning_rate=decoy.learning_rate
    )


def decoys(graph: ModelGraph, recipe: Recipe, *, fixed: bool) -> tuple[Decoy, ...]:
    """Every decoy that can be derived from a reference.

    If the structure is free, a frozen head is not a decoy: behind wide layers, random weights can be enough.
    """
    every = tuple(range(len(graph.outputs)))
    found = [
        Decoy("no hidden layer", _small(graph, None), recipe, floor="straight_line", heads=every),
        Decoy("linear activations", _linear(graph), recipe, floor="straight_line", heads=every),
        Decoy("one hidden unit", _small(graph, 1), recipe, floor="monotone", heads=every),
        Decoy("one hidden layer", _small(graph, HIDDEN_UNITS), recipe),
        Decoy("sgd", graph, replace(recipe, optimizer="sgd")),
        Decoy("learning rate 1", graph, recipe, learning_rate=1.0),
    ]
    if fixed and (frozen := _frozen_head(graph)):
        found.append(Decoy("frozen head", frozen, recipe))
    found += [
        Decoy(f"{kind} head", _activated_head(graph, kind), recipe, floor="non_negative", heads=(0,))
        for kind in ("sigmoid", "relu")
    ]
    return tuple(found)


def _linear(graph: ModelGraph) -> ModelGraph:
    """The same graph with every activation taken out."""
    return replace(graph, layers=tuple(_map_activation(layer) for layer in graph.layers))


def _map_activation(layer: Layer) -> Layer:
    params = tuple((name, "linear" if name == "activation" else value) for name, value in layer.params)
    return replace(layer, params=params)


def _frozen_head(graph: ModelGraph) -> ModelGraph | None:
    """The first head's layer keeps its random weights; `None` if that layer serves more than the head."""
    index = graph.calls[graph.outputs[0].call].layer
    if graph.layers[index].kind != "Dense" or sum(call.layer == index for call in graph.calls) > 1:
        return None
    frozen = replace(graph.layers[index], frozen=True)
    return replace(graph, layers=(*graph.layers[:index], frozen, *graph.layers[index + 1 :]))


def _activated_head(graph: ModelGraph, kind: str) -> ModelGraph:
    """The first head ends in an activation that gives no negative numbers."""
    head = graph.outputs[0]
    layer = Layer(f"{kind}_head", "Activation", (("activation", kind),))
    call = Call(len(graph.layers), (head,), (), (graph.shape(head),))
    outputs = (Tensor(len(graph.calls)), *graph.outputs[1:])
    return replace(graph, layers=(*graph.layers, layer), calls=(*graph.calls, call), outputs=outputs)


def _small(graph: ModelGraph, hidden_units: int | None) -> ModelGraph:
    """A new network on the same inputs and heads, with one hidden layer or none."""
    layers: list[Layer] = []
    calls: list[Call] = []

    def add(kind: str, args: tuple[Tensor | tuple[Tensor, ...], ...], width: int, **params: Value) -> Tensor:
        layers.append(Layer(f"{kind}_{len(layers)}", kind, tuple(sorted(params.items()))))
        calls.append(Call(len(layers) - 1, args, (), ((None, width),)))
        return Tensor(len(calls) - 1)

    widths = [_width(graph, tensor) for tensor in graph.inputs]
    inputs = tuple(add("InputLayer", (), width) for width in widths)
    tensor, width = inputs[0], sum(widths)
    if len(inputs) > 1:
        tensor = add("Concatenate", (inputs,), width)
    parameters = 0
    if hidden_units:
        tensor = add("Dense", (tensor,), hidden_units, units=hidden_units)
        tensor = add("Activation", (tensor,), hidden_units, activation="sigmoid")
        parameters, width = (width + 1) * hidden_units, hidden_units
    heads = [_width(graph, output) for output in graph.outputs]
    outputs = tuple(add("Dense", (tensor,), head, units=head) for head in heads)
    parameters += sum((width + 1) * head for head in heads)
    return ModelGraph("decoy", "Functional", tuple(layers), tuple(calls), inputs, outputs, parameters=parameters)


def _width(graph: ModelGraph, tensor: Tensor) -> int:
    """Units of a tensor; decoys are made for data of one axis."""
    return graph.shape(tensor)[-1] or 1
