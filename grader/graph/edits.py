"""Edits of a network, each giving a new one: what mistakes and equal spellings are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from grader.domain import Argument, Call, Layer, ModelGraph, Shape, Tensor, ancestors, renumbered
from grader.domain.graph import mapped

Describe = Callable[[ModelGraph], ModelGraph]
"""The trainer's answer: a network with the shapes and weights that Keras gives it, marked where it refuses it."""


def with_layer(graph: ModelGraph, number: int, layer: Layer) -> ModelGraph:
    """The network with another layer in the place of one."""
    return replace(graph, layers=(*graph.layers[:number], layer, *graph.layers[number + 1 :]))


def with_call(graph: ModelGraph, number: int, call: Call) -> ModelGraph:
    """The network with another call in the place of one."""
    return replace(graph, calls=(*graph.calls[:number], call, *graph.calls[number + 1 :]))


def with_params(graph: ModelGraph, number: int, **params: Any) -> ModelGraph:
    """The network with some parameters of one layer set; `None` takes one back to Keras's default."""
    layer = graph.layers[number]
    settings = {name: value for name, value in params.items() if value is not None}
    merged = {name: value for name, value in layer.params if name not in params} | settings
    return with_layer(graph, number, replace(layer, params=tuple(sorted(merged.items()))))


def appended(
    graph: ModelGraph, layer: Layer, args: tuple[Argument, ...], shape: Shape = ()
) -> tuple[ModelGraph, Tensor]:
    """The network with one more layer called on `args`, and the tensor that the call returns; nothing reads it yet."""
    call = Call(len(graph.layers), args, (), (shape,) if shape else ())
    grown = replace(graph, layers=(*graph.layers, layer), calls=(*graph.calls, call))
    return grown, Tensor(len(graph.calls))


def inserted(graph: ModelGraph, tensor: Tensor, layer: Layer) -> ModelGraph:
    """The network with a layer between a tensor and all that read it, outputs among them."""
    grown, new = appended(graph, layer, (tensor,), graph.shape(tensor))
    return sorted_calls(reading(grown, lambda call, t: new if t == tensor and call != new.call else t))


def rewired(graph: ModelGraph, call: int, old: Tensor, new: Tensor) -> ModelGraph:
    """The network in which one call reads `new` where it read `old`."""
    changed = reading(graph, lambda reader, tensor: new if reader == call and tensor == old else tensor)
    return sorted_calls(changed)


def bypassed(graph: ModelGraph, call: int) -> ModelGraph:
    """The network without one call: what read its result reads its source."""
    source = graph.calls[call].sources[0]
    return pruned(reading(graph, lambda _, tensor: source if tensor.call == call else tensor))


def pruned(graph: ModelGraph) -> ModelGraph:
    """The network without the calls that no output needs; inputs stay."""
    return with_calls(graph, ancestors(graph.calls, (tensor.call for tensor in (*graph.inputs, *graph.outputs))))


def sorted_calls(graph: ModelGraph) -> ModelGraph:
    """The network with its calls in an order in which each follows what it reads, else as they were."""
    order: list[int] = []
    placed: set[int] = set()
    waiting = list(range(len(graph.calls)))
    while waiting:
        ready = next(n for n in waiting if placed.issuperset(t.call for t in graph.calls[n].sources))
        order.append(ready)
        placed.add(ready)
        waiting.remove(ready)
    return with_calls(graph, order)


def with_calls(graph: ModelGraph, order: list[int]) -> ModelGraph:
    """The network with just these calls, in this order, and just the layers that they call."""
    place = {number: position for position, number in enumerate(order)}
    used = sorted({graph.calls[number].layer for number in order})
    layer_place = {number: position for position, number in enumerate(used)}
    calls = []
    for call in (graph.calls[number] for number in order):
        args, kwargs = renumbered((call.args, call.kwargs), place)
        calls.append(replace(call, layer=layer_place[call.layer], args=args, kwargs=kwargs))
    return replace(
        graph,
        layers=tuple(graph.layers[number] for number in used),
        calls=tuple(calls),
        inputs=renumbered(graph.inputs, place),
        outputs=renumbered(graph.outputs, place),
    )


def reading(graph: ModelGraph, change: Callable[[int, Tensor], Tensor]) -> ModelGraph:
    """The network with the tensors that calls and outputs read replaced; `change` gets the reader's number, or -1."""
    calls = []
    for number, call in enumerate(graph.calls):
        args, kwargs = mapped((call.args, call.kwargs), partial(change, number))
        calls.append(replace(call, args=args, kwargs=kwargs))
    return replace(graph, calls=tuple(calls), outputs=tuple(change(-1, tensor) for tensor in graph.outputs))


def swapped(graph: ModelGraph, first: int, second: int) -> ModelGraph:
    """The network in which a call and the one that reads its result have exchanged their places."""
    call, reader = graph.calls[first], graph.calls[second]
    calls = list(graph.calls)
    calls[first], calls[second] = replace(call, layer=reader.layer), replace(reader, layer=call.layer)
    return replace(graph, calls=tuple(calls))


def unshaped(graph: ModelGraph) -> ModelGraph:
    """The network without the shapes and weights that it had before it was edited: the trainer finds the new ones."""
    calls = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        shape: Any = layer.param("batch_shape", call.shapes[0] if layer.kind == "InputLayer" and call.shapes else None)
        calls.append(replace(call, shapes=(shape,) if shape else ()))
    layers = tuple(replace(layer, weights=None) for layer in graph.layers)
    return replace(graph, layers=layers, calls=tuple(calls), parameters=None)
