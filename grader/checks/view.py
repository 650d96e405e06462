"""The student's network as a rubric sees it: Dense layers with activations, merges, heads, and connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from grader.domain import Configured, Layer, ModelGraph, Tensor, Value, readers
from grader.graph import canonical
from grader.graph.differences.blocks import MERGES


@dataclass(frozen=True)
class DenseView:
    """One Dense layer. `calls` are numbers in the view's graph; `activation` is what follows each of its calls."""

    name: str
    units: int
    activation: str
    initializer: Configured
    bias_initializer: Configured
    calls: tuple[int, ...]
    is_head: bool


@dataclass(frozen=True)
class MergeView:
    """One merge of tensors: its kind, how many it joins, of how many branches, and the width of the result.

    `sources` and `widths` are, for each tensor, the layer that made it and its width.
    """

    name: str
    kind: str
    call: int
    joins: int
    branches: int
    width: int | None
    sources: tuple[str, ...]
    widths: tuple[int | None, ...]


@dataclass(frozen=True)
class View:
    """A canonical graph, read. Heads are in output order."""

    graph: ModelGraph
    dense: tuple[DenseView, ...]
    merges: tuple[MergeView, ...]

    @property
    def hidden(self) -> tuple[DenseView, ...]:
        return tuple(layer for layer in self.dense if not layer.is_head)


def view(graph: ModelGraph) -> View:
    """Read a network; the same for every spelling of it."""
    plain = canonical(graph, ("x",) * len(graph.inputs))
    after = readers(plain.calls)
    dense = [_dense(plain, after, number) for number, layer in enumerate(plain.layers) if _is_dense(layer)]
    merges = [
        _merge(plain, number) for number, call in enumerate(plain.calls) if plain.layers[call.layer].kind in MERGES
    ]
    return View(plain, tuple(dense), tuple(merges))


def _merge(graph: ModelGraph, number: int) -> MergeView:
    call = graph.calls[number]
    branches = [_unactivated(graph, tensor) for tensor in call.sources]
    return MergeView(
        graph.layers[call.layer].name,
        graph.layers[call.layer].kind,
        number,
        len(call.sources),
        len(set(branches)),
        _width(graph, Tensor(number)),
        tuple(graph.layers[graph.calls[branch.call].layer].name for branch in branches),
        tuple(_width(graph, tensor) for tensor in call.sources),
    )


def _unactivated(graph: ModelGraph, tensor: Tensor) -> Tensor:
    """The tensor before the activations that follow it: a branch is the same one with another of these at its end."""
    while graph.layers[graph.calls[tensor.call].layer].kind == "Activation":
        tensor = graph.calls[tensor.call].sources[0]
    return tensor


def _width(graph: ModelGraph, tensor: Tensor) -> int | None:
    shape = graph.shape(tensor)
    return shape[-1] if shape else None


def _is_dense(layer: Layer) -> bool:
    """Whether it is a Dense layer of known width."""
    return layer.kind == "Dense" and type(layer.param("units")) is int


def _dense(graph: ModelGraph, after: Sequence[Sequence[int]], number: int) -> DenseView:
    layer = graph.layers[number]
    calls = tuple(i for i, call in enumerate(graph.calls) if call.layer == number)
    ends = [_activated(graph, after, call) for call in calls]
    activations = {activation for _, activation in ends}
    return DenseView(
        layer.name,
        cast(int, layer.param("units")),
        activations.pop() if len(activations) == 1 else "more than one",
        _start(layer, "kernel_initializer", "GlorotUniform"),
        _start(layer, "bias_initializer", "Zeros"),
        calls,
        any(_is_last(graph, after, call) for call in calls),
    )


def _start(layer: Layer, name: str, usual: str) -> Configured:
    found = layer.param(name)
    return found if isinstance(found, Configured) else Configured(usual)


def _is_last(graph: ModelGraph, after: Sequence[Sequence[int]], call: int) -> bool:
    """Whether an output depends on a call, and no other Dense layer does."""
    below: set[int] = set()
    waiting = list(after[call])
    while waiting:
        number = waiting.pop()
        if graph.layers[graph.calls[number].layer].kind == "Dense":
            return False
        if number not in below:
            below.add(number)
            waiting.extend(after[number])
    return any(tensor.call in {call, *below} for tensor in graph.outputs)


def _activated(graph: ModelGraph, after: Sequence[Sequence[int]], call: int) -> tuple[int, str]:
    """The call that ends a layer's work, its activation included, and that activation's name."""
    kinds = {graph.layers[graph.calls[reader].layer].kind for reader in after[call]}
    is_output = any(tensor.call == call for tensor in graph.outputs)
    if kinds == {"Activation"} and len(after[call]) == 1 and not is_output:
        return after[call][0], activation_name(graph.layers[graph.calls[after[call][0]].layer].param("activation"))
    return call, "linear"


def activation_name(value: Value) -> str:
    """An activation as a student would call it."""
    return value.kind if isinstance(value, Configured) else str(value)
