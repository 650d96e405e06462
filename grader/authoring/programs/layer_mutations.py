"""Single changes of layers other than Dense: convolutions, recurrent layers, embeddings, attention, normalisation.

What a change is about decides which check owns it, so each has a subject; changes after which the network cannot be
built are left out by `mutations.of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from grader.authoring.programs.edits import bypassed, inserted, swapped, with_layer, with_params
from grader.authoring.programs.mutation import (
    INTRUDERS,
    LAYER_SETTINGS,
    OTHER_ACTIVATIONS,
    OTHER_STARTS,
    Mutation,
    is_end,
    position,
)
from grader.domain import Configured, Layer, ModelGraph, Subject, Tensor, Value, readers
from grader.graph import Freedom, has_weights
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, LAYERS, MERGES
from grader.graph.reading.roles import RECURRENT, WRAPPED, counted_width, inner, takes_activation, width_parameter

Params = Mapping[str, Value]
DROPOUTS = frozenset({
    "Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
})  # fmt: skip
NORMALIZATIONS = frozenset({"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"})
OTHER_CLASSES: Mapping[str, str] = {
    "LSTM": "GRU", "GRU": "LSTM", "SimpleRNN": "GRU", "BatchNormalization": "LayerNormalization",
    "LayerNormalization": "BatchNormalization",
    **{f"{one}Pooling{n}D": f"{other}Pooling{n}D" for n in (1, 2, 3)
       for one, other in (("Max", "Average"), ("Average", "Max"), ("GlobalMax", "GlobalAverage"),
                          ("GlobalAverage", "GlobalMax"))},
}  # fmt: skip
"""Classes that are easily taken for each other, and have the parameters in common that a reference gives."""
_BY_CLASS = frozenset({"widths", "activations", "initializers", "trunk", "shared"})
"""Kinds whose `of` names classes, so that another class of layer affects them."""


def of_layer(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    """The changes of the layer of one call, seen at its first call."""
    number = graph.calls[call].layer
    layer = graph.layers[number]
    skipped = layer.kind in ("InputLayer", "Concatenate", "Dot", *MERGES) or layer.kind.startswith("ops.")
    if skipped or any(other.layer == number for other in graph.calls[:call]):
        return
    for mutation in _changes(graph, call, free):
        yield replace(mutation, kind=inner(layer)[0])


def _changes(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    layer = graph.layers[graph.calls[call].layer]
    if width_parameter(layer.kind):
        yield from _widths(graph, call, free)
    if layer.kind == "Activation" or layer.kind in ACTIVATION_LAYERS:
        yield from _separate_activations(graph, call)
    elif takes_activation(layer.kind):
        yield from _activations(graph, call)
    if layer.kind in WRAPPED:
        yield from _inside(graph, call)
    else:
        yield from _starts(graph, call)
        yield from _settings(graph, call)
    yield from _other_class(graph, call)
    yield from _dropped(graph, call)
    yield from _moved(graph, call)


def _shown(layer: Layer) -> str:
    name = width_parameter(layer.kind)
    width = f", {counted_width(layer.kind, layer.param(name))}" if name and layer.kind not in WRAPPED else ""
    return f"`{layer.name}` ({layer.kind}{width})"


def _widths(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer = graph.layers[number]
    name = width_parameter(layer.kind)
    width = layer.param(name)
    assert isinstance(width, int)
    subject: Subject = "head width" if is_end(graph, call) else "width"
    freedom = free.get(layer.name)
    others = (freedom.units[1] + 1,) if freedom and freedom.units else (width + 1, 2 * width)
    for other in others:
        changed = with_params(graph, number, **{name: other})
        words = f"giving {_shown(layer)} {counted_width(layer.kind, other)}"
        yield Mutation(subject, words, changed, position(graph, call) - {"merge"})
    # No second Embedding: what it returns are no numbers of words, and what follows has too many axes.
    if not is_end(graph, call) and len(graph.calls[call].sources) == 1 and layer.kind != "Embedding":
        twin = replace(layer, name=f"{layer.name}_again")
        yield Mutation("depth", f"a second {_shown(layer)} after it", inserted(graph, Tensor(call), twin),
                       position(graph, call))  # fmt: skip


def _inside(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    """Changes of a layer that another one wraps, and of how the wrapper joins its results."""
    number = graph.calls[call].layer
    layer = graph.layers[number]
    held = layer.param(WRAPPED[layer.kind])
    kind, params = inner(layer)
    name = width_parameter(kind)
    width = params.get(name)
    if isinstance(held, Configured) and isinstance(width, int):
        both = {key: one for key, one in layer.params if isinstance(one, Configured) and one.kind == kind}
        wider = {key: replace(one, params=tuple(sorted({**dict(one.params), name: width + 1}.items())))
                 for key, one in both.items()}  # fmt: skip
        words = f"giving the {kind} in {_shown(layer)} {counted_width(kind, width + 1)}"
        changed = with_params(graph, number, **wider)
        yield Mutation("width", words, changed, position(graph, call) - {"merge"})
    if layer.kind == "Bidirectional":
        mode = "sum" if layer.param("merge_mode", "concat") != "sum" else "concat"
        words = f"building {_shown(layer)} with merge_mode={mode}"
        yield Mutation("layer setting", words, with_params(graph, number, merge_mode=mode))


def _activations(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer = graph.layers[number]
    recurrent = layer.kind in RECURRENT  # `activations` looks at these only if its spec names them
    head = is_end(graph, call)
    subject: Subject = "layer setting" if recurrent else "head activation" if head else "activation"
    touches = frozenset({"activations"}) if recurrent else frozenset()
    for name in ("relu", "sigmoid") if recurrent or head else OTHER_ACTIVATIONS:
        said = f"activation {name}" if name else "no activation"
        changed = with_params(graph, number, activation=name)
        yield Mutation(subject, f"giving {_shown(layer)} {said}", changed, touches)


def _separate_activations(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer = graph.layers[number]
    subject: Subject = "head activation" if any(tensor.call == call for tensor in graph.outputs) else "activation"
    for name in ("tanh", "sigmoid"):
        other = Layer(layer.name, "Activation", (("activation", name),))
        yield Mutation(subject, f"{name} in place of {_shown(layer)}", with_layer(graph, number, other))


def _starts(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer, fields = graph.layers[number], LAYERS.get(graph.layers[number].kind, {})
    for said, params in OTHER_STARTS if "kernel_initializer" in fields else ():
        if params.keys() <= fields.keys():
            yield Mutation("initializer", f"giving {_shown(layer)} {said}", with_params(graph, number, **params))
    for said, params in LAYER_SETTINGS:
        regularized = "kernel_regularizer" in params and layer.param("kernel_regularizer") is not None
        if params.keys() <= fields.keys() and not regularized:
            yield Mutation("layer setting", f"building {_shown(layer)} {said}", with_params(graph, number, **params))
    if layer.param("kernel_regularizer") is not None:
        for said, other in (("no regularizer", None), ("another regularizer", Configured("L1", (("l1", 0.3),)))):
            changed = with_params(graph, number, kernel_regularizer=other)
            yield Mutation("regularisation", f"giving {_shown(layer)} {said}", changed)
    if has_weights(layer):
        frozen = with_layer(graph, number, replace(layer, frozen=True))
        yield Mutation("layer setting", f"freezing {_shown(layer)}", frozen)


def _settings(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    """Another value of a parameter that is special to the class."""
    number = graph.calls[call].layer
    layer = graph.layers[number]
    if layer.kind in DROPOUTS:
        for rate in (0.1, 0.6):
            yield Mutation("dropout", f"{_shown(layer)} at rate {rate}", with_params(graph, number, rate=rate))
        return
    for params in _other_settings(layer):
        said = ", ".join(f"{name}={value}" for name, value in params.items())
        changed = with_params(graph, number, **params)
        yield Mutation("layer setting", f"building {_shown(layer)} with {said}", changed)


def _other_settings(layer: Layer) -> Iterator[Params]:
    fields = LAYERS.get(layer.kind, {})
    for name in ("kernel_size", "pool_size"):
        sizes = layer.param(name)
        if isinstance(sizes, tuple) and sizes:
            yield {name: tuple(size + 1 for size in sizes if isinstance(size, int))}
    if "padding" in fields and "kernel_size" in fields:
        yield {"padding": "same" if layer.param("padding", "valid") == "valid" else "valid"}
    for name, step in (("input_dim", 1), ("num_heads", 1), ("groups", 1)):
        number = layer.param(name)
        if isinstance(number, int):
            yield {name: number + step}
    if "epsilon" in fields:
        yield {"epsilon": 0.1}
    if "go_backwards" in fields:
        yield {"go_backwards": True}


def _other_class(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer = graph.layers[number]
    other = OTHER_CLASSES.get(layer.kind)
    if other is not None and {name for name, _ in layer.params} <= LAYERS[other].keys():
        params = dict(layer.params)
        if layer.kind in NORMALIZATIONS:
            params.pop("axis", None)  # one axis or several, by the class; the last one by default
        if other.startswith("AveragePooling"):  # only `MaxPooling` has a size by default
            params.setdefault("pool_size", (2,) * int(other[-2]))
        changed = with_layer(graph, number, replace(layer, kind=other, params=tuple(sorted(params.items()))))
        yield Mutation("layer class", f"{other} in place of {_shown(layer)}", changed, _BY_CLASS)


def _dropped(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    """The network without the layer, if it is called once; and with one that changes something after it."""
    number = graph.calls[call].layer
    layer = graph.layers[number]
    if width_parameter(layer.kind) and not is_end(graph, call):
        for intruder in INTRUDERS:
            changed = inserted(graph, Tensor(call), intruder)
            yield Mutation("intruder", f"a {intruder.kind} after {_shown(layer)}", changed)
    once = sum(other.layer == number for other in graph.calls) == 1
    if not once or len(set(graph.calls[call].sources)) != 1 or (is_end(graph, call) and width_parameter(layer.kind)):
        return
    is_activation = layer.kind == "Activation" or layer.kind in ACTIVATION_LAYERS
    head = any(tensor.call == call for tensor in graph.outputs)
    subject: Subject = (
        "dropout" if layer.kind in DROPOUTS
        else "head activation" if is_activation and head
        else "activation" if is_activation
        else "depth" if width_parameter(inner(layer)[0])
        else "layer count"
    )  # fmt: skip
    # What follows an Embedding takes vectors: without it, the program may not run to the end.
    stops = frozenset({"runs"} if layer.kind == "Embedding" else ())
    yield Mutation(subject, f"dropping {_shown(layer)}", bypassed(graph, call), position(graph, call) | stops)


def _moved(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    """The normalisation after the activation in place of before it."""
    layer = graph.layers[graph.calls[call].layer]
    after = readers(graph.calls)[call]
    if layer.kind not in NORMALIZATIONS or len(after) != 1:
        return
    follower = graph.layers[graph.calls[after[0]].layer]
    if follower.kind == "Activation" or follower.kind in ACTIVATION_LAYERS:
        words = f"calling {_shown(layer)} after `{follower.name}`"
        yield Mutation("layer order", words, swapped(graph, call, after[0]))
