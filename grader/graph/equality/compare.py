"""Whether two networks are one and the same, decided exactly: isomorphism of coloured multigraphs (VF2).

Calls are nodes, and so are layers with weights, so that one shared layer and two equal layers differ. Edges carry the
argument slot where order matters. Colours prune the search; they never decide. `align` leaves to the student what the
reference names as free: the width or the activation of a layer, which is no part of any colour, and initializers; and
what the data leave free about inputs, their order, and a type that holds the same numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from grader.domain import Layer, ModelGraph, Shape, Tensor, Value, readers
from grader.domain.graph import mapped
from grader.graph.codec import serialise
from grader.graph.edits import pruned, reading, with_params
from grader.graph.equality.canonical_form import (
    canonical,
    colour,
    folded,
    normalised,
    orders,
    own_part,
    unordered,
    without_initializers,
)
from grader.graph.equality.rewrites import network
from grader.graph.reading.parameters import RECURRENT, is_pure, width_parameter


@dataclass(frozen=True)
class Freedom:
    """What the student may choose in one layer of the reference: units within a range, and possibly the activation."""

    units: tuple[int, int] | None = None  # or filters, or dimensions: the width of the layer
    activation: bool = False

    def holds(self, width: Value) -> bool:
        """Whether a width is in the range."""
        return self.units is not None and type(width) is int and self.units[0] <= width <= self.units[1]

    def allows(self, layer: Layer, expected: Layer) -> bool:
        """Whether a layer has the width and the activation of another one of its class, or is free to differ."""
        own, asked = ([side.param(width_parameter(side.kind)), side.param("activation")] for side in (layer, expected))
        width = self.holds(own[0]) if self.units else own[0] == asked[0]
        return width and (self.activation or own[1] == asked[1])


NO_FREEDOM = Freedom()
NOTHING_FREE: Mapping[str, Freedom] = MappingProxyType({})
_GENERATED = re.compile(r"(input(_layer)?|keras_tensor)(_\d+)?(CLONE)?")
_WHOLE = frozenset({"int32", "int64", "uint8"})
_REAL = frozenset({"float32", "float64"})  # they hold all whole numbers up to 2 ** 24
_CASTING = frozenset({"Embedding", "Rescaling"})
"""Layers that compute the same of whole numbers, whichever type these have."""


def equal(
    left: ModelGraph,
    right: ModelGraph,
    input_labels: Sequence[str] = (),
    free: Mapping[str, Freedom] = NOTHING_FREE,
) -> bool:
    """Whether two graphs compute the same function of the same data with the same freedom to learn.

    Layers of the second may be free.
    """
    first, second = (canonical(graph, input_labels) for graph in (left, right))
    if len(first.inputs) != len(second.inputs) or len(first.outputs) != len(second.outputs):
        return False
    if not free and (len(first.calls) != len(second.calls) or len(first.layers) != len(second.layers)):
        return False
    return (not free and serialise(first) == serialise(second)) or _isomorphic(first, second, input_labels, free)


def _isomorphic(first: ModelGraph, second: ModelGraph, labels: Sequence[str], free: Mapping[str, Freedom]) -> bool:
    """Whether two canonical forms are the same, but for what is free in layers of the second."""
    import networkx as nx  # slow to import, and most comparisons end before they need it

    kinds = {layer.kind for layer in second.layers if layer.name in free} - {"Activation"}
    graphs = [_coloured(nx.MultiDiGraph(), graph, labels, kinds) for graph in (first, second)]
    colours = [sorted(data["colour"] for _, data in graph.nodes(data=True)) for graph in graphs]
    if colours[0] != colours[1]:
        return False

    def alike(node: Mapping[str, Any], counterpart: Mapping[str, Any]) -> bool:
        layer, expected = node["layer"], counterpart["layer"]
        chosen = expected.kind not in kinds or free.get(expected.name, NO_FREEDOM).allows(layer, expected)
        return node["colour"] == counterpart["colour"] and chosen

    matcher = nx.algorithms.isomorphism.MultiDiGraphMatcher(
        *graphs,
        node_match=alike,
        edge_match=lambda a, b: sorted(e["slot"] for e in a.values()) == sorted(e["slot"] for e in b.values()),
    )
    return bool(matcher.is_isomorphic())


def _coloured(result: Any, form: ModelGraph, input_labels: Sequence[str], kinds: Collection[str]) -> Any:
    """The nodes and edges of a form. No colour is about what can be chosen in layers of some classes."""
    written = folded(form, {*kinds} - RECURRENT)  # the activation of these is not what follows them
    fixed = tuple(_without_choices(layer) if layer.kind in kinds else layer for layer in written.layers)
    net = network(replace(written, layers=fixed))  # already canonical: there is nothing left to unfold
    labels = list(input_labels) or [str(number) for number in range(len(net.inputs))]
    colours = colour(net, labels, form.outputs_ordered)
    for number, step in enumerate(net.steps):
        own = repr(own_part(net, number, labels, form.outputs_ordered))
        result.add_node(("call", number), colour=colours[number] + own, layer=written.layer_of(number))
        if step.owner is not None:
            result.add_node(("layer", step.owner), colour="layer", layer=written.layer_of(number))
            result.add_edge(("call", number), ("layer", step.owner), slot="of")
    for number, step in enumerate(net.steps):
        free = unordered(net, number)
        for slot, tensor in enumerate(step.sources):
            label = f"{'any' if free else slot}:{tensor.output}"
            result.add_edge(("call", tensor.call), ("call", number), slot=label)
    return result


def _without_choices(layer: Layer) -> Layer:
    chosen = width_parameter(layer.kind), "activation"
    return replace(layer, params=tuple(param for param in layer.params if param[0] not in chosen))


def align(
    student: ModelGraph, reference: ModelGraph, free: Mapping[str, Freedom], labels: Sequence[str]
) -> ModelGraph | None:
    """The student's graph with its inputs and outputs in the reference's order, if the two are equal; else `None`.

    Initializers are left out: the start of the weights is not part of the structure.
    """
    plain, expected = without_initializers(student), without_initializers(reference)
    if _inventory(plain, bool(free)) != _inventory(expected, bool(free)):
        return None  # differs at once; and large networks are not compared in every order
    if not free.keys() <= {layer.name for layer in reference.layers}:
        return None
    ordered = orders(as_fed(student, reference, labels))
    candidates = ((graph, without_initializers(typed_as(graph, reference))) for graph in ordered)
    return next((graph for graph, typed in candidates if equal(typed, expected, labels, free)), None)


@lru_cache(maxsize=64)  # every model is compared with every reference
def _inventory(graph: ModelGraph, bare: bool) -> Counter[object]:
    """The layers of a network: cheap to compare, and most different networks differ in them.

    Bare of parameters and activations, which may be free. Types of inputs may be others that hold the same numbers.
    """
    steps = normalised(graph).steps
    if bare:
        return Counter(step.kind for step in steps if step.kind != "Activation")
    return Counter((step.kind, () if step.kind == "InputLayer" else step.params, step.layer.frozen) for step in steps)


def as_fed(student: ModelGraph, reference: ModelGraph, labels: Sequence[str] = ()) -> ModelGraph:
    """The student's network with its inputs in the order of the reference's, as far as shapes or names tell which is
    which; `labels` are further names of the reference's, those of their data.

    Data are fed to inputs by their position in `Model(inputs=…)`. A student who lists them in another order feeds the
    data in that order too: with another shape, `fit` would fail otherwise, and a name says which data an input is for.
    """
    shapes = [reference.shape(tensor) for tensor in reference.inputs]
    names = [reference.input_names, labels if len(set(labels)) == len(shapes) else ()]
    return in_order(student, shapes, names)


def in_order(graph: ModelGraph, shapes: Sequence[Shape], names: Sequence[Sequence[str]]) -> ModelGraph:
    """A network with inputs of these shapes in this order, as far as shapes or one of these lists of names tell.

    Inputs that are alike stay in their order; so do those of a dict, which has none.
    """
    own: list[object] = [graph.shape(tensor)[1:] for tensor in graph.inputs]
    asked: list[object] = [shape[1:] for shape in shapes]
    if not graph.inputs_ordered or len(own) != len(asked):
        return graph
    if sorted(map(str, own)) != sorted(map(str, asked)):
        own = asked = [None] * len(own)  # a shape is wrong, so that only names can tell
    places = [0] * len(asked)
    for shape in set(asked):
        own_places = [place for place, entry in enumerate(own) if entry == shape]
        asked_places = [place for place, entry in enumerate(asked) if entry == shape]
        for place, chosen in zip(asked_places, _named(graph.input_names, own_places, asked_places, names), strict=True):
            places[place] = chosen
    input_names = graph.input_names or ("",) * len(own)
    return replace(
        graph,
        inputs=tuple(graph.inputs[place] for place in places),
        input_names=tuple(input_names[place] for place in places),
    )


def _named(
    own: Sequence[str], own_places: Sequence[int], asked_places: Sequence[int], names: Sequence[Sequence[str]]
) -> Sequence[int]:
    """Places of inputs of one shape, in the order of those with the same names; as they are if names do not tell."""
    places = {own[place]: place for place in own_places if place < len(own) and not _GENERATED.fullmatch(own[place])}
    for asked_names in names:
        asked = [asked_names[place] for place in asked_places if place < len(asked_names)]
        if len(asked) == len(places) == len(own_places) and set(asked) == set(places):
            return [places[name] for name in asked]
    return own_places


def named_for(names: Sequence[str], target: str) -> list[int]:
    """The places of the names in which a word begins with that of a target: `sine` and `x5_sin` of `sin`."""
    parts = [name.lower().split(target.lower()) for name in names]
    return [n for n, (*before, _) in enumerate(parts) if any(not text[-1:].isalpha() for text in before)]


def named_order(names: Sequence[str], targets: Sequence[str]) -> list[int]:
    """The places of outputs in the order of the targets, where all their names tell it; else none."""
    places = [named_for(names, target) for target in targets]
    order = [place for group in places for place in group]
    return order if len(names) == len(order) == len({*order}) and all(len(group) == 1 for group in places) else []


def typed_as(student: ModelGraph, reference: ModelGraph) -> ModelGraph:
    """The student's network with the types of the reference's inputs, where its own hold the same numbers."""
    for tensor, expected in zip(student.inputs, reference.inputs, strict=False):
        asked = str(_type(reference, expected))
        if asked != _type(student, tensor) and has_type(student, tensor, asked):
            student = with_params(student, student.calls[tensor.call].layer, dtype=asked)
    return student


def has_type(graph: ModelGraph, tensor: Tensor, asked: str) -> bool:
    """Whether an input has the type that is asked for, or gives what reads it the same numbers.

    Data of an integer type are whole, and an `Embedding` reads only whole numbers.
    """
    read_by = [graph.layer_of(number).kind for number in readers(graph.calls)[tensor.call]]
    dtype = str(_type(graph, tensor))
    if dtype == asked:
        return True
    if not read_by or not _CASTING.issuperset(read_by):
        return False
    if set(read_by) == {"Embedding"} and {dtype, asked} <= _WHOLE - {"uint8"} | _REAL:
        return True
    return asked in _WHOLE and dtype in _REAL


def _type(graph: ModelGraph, tensor: Tensor) -> object:
    return graph.layer_of(tensor.call).param("dtype", "float32")


def called_once(graph: ModelGraph) -> ModelGraph:
    """An equal network, in which layers that give the same at each call are called once on the same tensors.

    It is no rewrite, as for what has no weights: of a network that differs, both calls of a shared layer are told.
    """
    firsts, instead = dict[object, int](), dict[int, int]()

    def first(_: int, tensor: Tensor) -> Tensor:
        return Tensor(instead.get(tensor.call, tensor.call), tensor.output)

    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        read = mapped((call.args, call.kwargs), partial(first, number))
        is_again = is_pure(layer.kind, dict(layer.params)) and not layer.untrainable
        instead[number] = firsts.setdefault((call.layer, read), number) if is_again else number
    return pruned(reading(graph, first))
