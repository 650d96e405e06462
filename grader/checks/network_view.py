"""A network as a rubric sees it: layers with their widths and activations, merges, heads, and connections.

It is read from the canonical form, and so the same for every spelling of a network.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader.domain import Configured, Layer, ModelGraph, Tensor, Value, readers
from grader.graph import canonical
from grader.graph.differences.blocks import MERGES
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, PLAIN_LAYERS
from grader.graph.reading.parameters import (
    CLASSES_WITH_WIDTH,
    RECURRENT,
    counted_width,
    default_activation,
    inner,
    takes_activation,
    width_of,
)

NORMALIZATIONS = frozenset({
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization",
})  # fmt: skip


@dataclass(frozen=True)
class LayerView:
    """One layer with a width: Dense, a convolution, a recurrent layer, an Embedding, attention.

    `kind` is the class, of the inner layer if it is wrapped; `width` its units, filters or dimensions. `calls` are
    numbers in the view's graph; `activation` is what follows each of its calls, or what a recurrent layer applies in
    each step, and empty for a class that takes none.
    """

    name: str
    kind: str
    width: int
    activation: str
    calls: tuple[int, ...]
    is_head: bool

    @property
    def counted(self) -> str:
        """`32 units`, or `16 filters`."""
        return counted_width(self.kind, self.width)


@dataclass(frozen=True)
class MergeView:
    """One merge of tensors: its kind, how many it joins, of how many branches, and the width of the result.

    `widths` are those of the tensors.
    """

    name: str
    kind: str
    call: int
    joins: int
    branches: int
    width: int | None
    widths: tuple[int | None, ...]


@dataclass(frozen=True)
class View:
    """A canonical graph, read. Heads are in output order."""

    graph: ModelGraph
    layers: tuple[LayerView, ...]
    merges: tuple[MergeView, ...]

    @property
    def hidden(self) -> tuple[LayerView, ...]:
        return tuple(layer for layer in self.layers if not layer.is_head)

    def hidden_of(self, kinds: Sequence[str]) -> tuple[LayerView, ...]:
        """Hidden layers of these classes, or all of them."""
        return tuple(layer for layer in self.hidden if not kinds or layer.kind in kinds)


def view(graph: ModelGraph, model: ModelGraph | None = None) -> View:
    """Read a network; the same for every spelling of it.

    A head is what no other layer with a width reads. If there is a `model` with as many outputs, what makes an output
    is also a head where it is one there: another layer that reads it by mistake does not turn it into a hidden layer.
    """
    plain = canonical(graph, ("x",) * len(graph.inputs))
    wide = _with_width(plain)
    heads = {plain.calls[number].layer for number in wide if _is_last(plain, wide, number)}
    if model is not None and len(model.outputs) == len(plain.outputs):
        theirs = _with_width(model)
        heads |= {
            plain.calls[unactivated(plain, own).call].layer
            for own, other in zip(plain.outputs, model.outputs, strict=True)
            if _is_last(model, theirs, unactivated(model, other).call)
        }
    layers = [_layer(plain, number, heads) for number in sorted({plain.calls[call].layer for call in wide})]
    merges = [_merge(plain, number) for number in range(len(plain.calls)) if plain.layer_of(number).kind in MERGES]
    return View(plain, tuple(layers), tuple(merges))


def _with_width(graph: ModelGraph) -> list[int]:
    """The calls of layers that have a width which is known."""
    wide = [inner(layer)[0] in CLASSES_WITH_WIDTH and width_of(layer) is not None for layer in graph.layers]
    return [number for number, call in enumerate(graph.calls) if wide[call.layer]]


def _merge(graph: ModelGraph, number: int) -> MergeView:
    call = graph.calls[number]
    return MergeView(
        graph.layers[call.layer].name,
        graph.layers[call.layer].kind,
        number,
        len(call.sources),
        len({unactivated(graph, tensor) for tensor in call.sources}),
        _last_axis(graph, Tensor(number)),
        tuple(_last_axis(graph, tensor) for tensor in call.sources),
    )


def unactivated(graph: ModelGraph, tensor: Tensor) -> Tensor:
    """The tensor before the activations that follow it: branches that differ in these alone are one."""
    while graph.layer_of(tensor.call).kind == "Activation":
        sources = graph.calls[tensor.call].sources
        if not sources:  # in a forged recording: it reads a constant
            break
        tensor = sources[0]
    return tensor


def _last_axis(graph: ModelGraph, tensor: Tensor) -> int | None:
    shape = graph.shape(tensor)
    return shape[-1] if shape else None


def _layer(graph: ModelGraph, number: int, heads: Collection[int]) -> LayerView:
    layer = graph.layers[number]
    width, activation = width_of(layer), activation_of(graph, number)
    assert width is not None
    return LayerView(layer.name, inner(layer)[0], width, activation, graph.calls_of(number), number in heads)


def activation_of(graph: ModelGraph, number: int) -> str:
    """What a layer applies to its result, or a recurrent one in each step; empty if its class takes no activation."""
    kind, params = inner(graph.layers[number])
    if not takes_activation(kind) or graph.layers[number].kind == "Activation":
        return ""
    if kind in RECURRENT:
        return activation_name(params.get("activation", default_activation(kind)))
    if "activation" in params:  # of a layer inside a wrapper, where it is not unfolded
        return activation_name(params["activation"])
    after = readers(graph.calls)
    activations = {_activated(graph, after, call) for call in graph.calls_of(number)}
    return activations.pop() if len(activations) == 1 else "more than one"


def _is_last(graph: ModelGraph, wide: Sequence[int], call: int) -> bool:
    """Whether an output depends on a call, and no other layer with a width does."""
    alone = not any(graph.depends(other, call) for other in wide if other != call)
    return alone and any(graph.depends(tensor.call, call) for tensor in graph.outputs)


def _activated(graph: ModelGraph, after: Sequence[Sequence[int]], call: int) -> str:
    """The activation that follows a call, and nothing else does.

    A normalisation may be between the two: `Conv2D`, `BatchNormalization`, `ReLU` is a convolution with `relu`.
    """
    if len(after[call]) != 1:
        return "linear"
    layer = graph.layers[graph.calls[after[call][0]].layer]
    if layer.kind in NORMALIZATIONS:
        return _activated(graph, after, after[call][0])
    if layer.kind == "Activation" and all(tensor.call != call for tensor in graph.outputs):
        return activation_name(layer.param("activation"))
    return "linear"


def end_activation(graph: ModelGraph, tensor: Tensor) -> str:
    """The activation of an output; in a canonical form it is a layer of its own."""
    layer = graph.layer_of(tensor.call)
    return activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"


def activation_name(value: Value) -> str:
    """An activation as a student would call it."""
    if not isinstance(value, Configured):
        return str(value)
    # `leaky_relu` and `LeakyReLU(negative_slope=0.2)` are one: the canonical form has the second.
    return "leaky_relu" if value == Configured("LeakyReLU", (("negative_slope", 0.2),)) else value.kind


def is_of(layer: Layer, kind: str) -> bool:
    """Whether a layer of a canonical graph is of a class: in it, `ReLU()` and `activation="relu"` are `Activation`s."""
    if kind in ACTIVATION_LAYERS and layer.kind == "Activation":
        activation = layer.param("activation")
        configured = isinstance(activation, Configured) and activation.kind == kind
        return configured or (activation is not None and activation == PLAIN_LAYERS.get(kind))
    return layer.kind == kind
