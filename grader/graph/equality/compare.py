"""Whether two networks are one and the same, decided exactly: isomorphism of coloured multigraphs (VF2).

Calls are nodes, and so are layers with weights, so that one shared layer and two equal layers differ. Edges carry the
argument slot where order matters. Colours prune the search; they never decide. `align` leaves to the student what the
reference names as free: the width or the activation of a layer, and initializers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from grader.domain import Layer, ModelGraph, readers
from grader.graph.codec import serialise
from grader.graph.equality.canonical_form import (
    canonical,
    colour,
    normalised,
    orders,
    own_part,
    unordered,
    without_initializers,
)
from grader.graph.equality.inputs import as_fed, typed_as
from grader.graph.equality.rewrites import network, users
from grader.graph.reading.roles import width_parameter


def equal(
    left: ModelGraph, right: ModelGraph, input_labels: Sequence[str] = (), concatenate_order: bool = False
) -> bool:
    """Whether two graphs compute the same function of the same data with the same freedom to learn."""
    if _inventory(left) != _inventory(right):
        return False
    first, second = (canonical(graph, input_labels, concatenate_order) for graph in (left, right))
    if len(first.inputs) != len(second.inputs) or len(first.outputs) != len(second.outputs):
        return False
    if len(first.calls) != len(second.calls) or len(first.layers) != len(second.layers):
        return False
    if serialise(first) == serialise(second):
        return True
    return _isomorphic(first, second, input_labels, concatenate_order)


def _inventory(graph: ModelGraph) -> Counter[tuple[object, ...]]:
    """The layers of a network: cheap to compare, and most different networks differ in them."""
    net, alive = normalised(graph)
    return Counter((net.steps[number].kind, net.steps[number].params, net.steps[number].frozen) for number in alive)


def _isomorphic(first: ModelGraph, second: ModelGraph, labels: Sequence[str], concatenate_order: bool) -> bool:
    import networkx as nx  # slow to import, and most comparisons end before they need it

    graphs = [_coloured(nx.MultiDiGraph(), graph, labels, concatenate_order) for graph in (first, second)]
    colours = [sorted(data["colour"] for _, data in graph.nodes(data=True)) for graph in graphs]
    if colours[0] != colours[1]:
        return False
    matcher = nx.algorithms.isomorphism.MultiDiGraphMatcher(
        *graphs,
        node_match=lambda a, b: a["colour"] == b["colour"],
        edge_match=lambda a, b: sorted(e["slot"] for e in a.values()) == sorted(e["slot"] for e in b.values()),
    )
    return bool(matcher.is_isomorphic())


def _coloured(result: Any, graph: ModelGraph, input_labels: Sequence[str], concatenate_order: bool) -> Any:
    net = network(graph, concatenate_order)  # already canonical: there is nothing left to unfold
    alive = range(len(net.steps))
    labels = list(input_labels) or [str(number) for number in range(len(net.inputs))]
    colours = colour(net, alive, labels, graph.outputs_ordered)
    readers = users(net, alive)
    for number, step in enumerate(net.steps):
        own = repr(own_part(net, number, labels, graph.outputs_ordered))
        result.add_node(("call", number), colour=colours[number] + own)
        if step.owner is not None:
            result.add_node(("layer", step.owner), colour="layer")
            result.add_edge(("call", number), ("layer", step.owner), slot="of")
    for number, step in enumerate(net.steps):
        free = unordered(net, number, readers)
        for slot, tensor in enumerate(step.sources):
            label = f"{'any' if free else slot}:{tensor.output}"
            result.add_edge(("call", tensor.call), ("call", number), slot=label)
    return result


@dataclass(frozen=True)
class Freedom:
    """What the student may choose in one layer of the reference: units within a range, and possibly the activation."""

    units: tuple[int, int] | None = None  # or filters, or dimensions: the width of the layer
    activation: bool = False


def align(
    student: ModelGraph,
    reference: ModelGraph,
    free: Mapping[str, Freedom],
    labels: Sequence[str],
    concatenate_order: bool = False,
) -> ModelGraph | None:
    """The student's graph with its inputs and outputs in the reference's order, if the two are equal; else `None`.

    Initializers are left out: the start of the weights is not part of the structure.
    """
    if _steps(student) != _steps(reference):
        return None  # differs at once, whatever is free; and large networks are not compared in every order
    for candidate in orders(as_fed(student, reference, labels)):
        plain = without_initializers(typed_as(candidate, reference))
        for expected in _filled_in(without_initializers(reference), plain, free):
            if equal(plain, expected, labels, concatenate_order):
                return candidate
    return None


@lru_cache(maxsize=64)  # every model is compared with every reference
def _steps(graph: ModelGraph) -> Counter[str]:
    """The layers of a network, apart from activations, which may be free."""
    net, alive = normalised(graph)
    return Counter(net.steps[number].kind for number in alive if net.steps[number].kind != "Activation")


def _filled_in(reference: ModelGraph, student: ModelGraph, free: Mapping[str, Freedom]) -> Iterator[ModelGraph]:
    """The reference with its free layers set like each of the student's of that class; unchanged without freedoms."""
    if not free:
        yield reference
        return
    name, freedom = next(iter(free.items()))
    rest = {other: value for other, value in free.items() if other != name}
    number = next((i for i, layer in enumerate(reference.layers) if layer.name == name), None)
    if number is None:
        return
    expected = reference.layers[number]
    alike = (layer for layer in _activated(student) if layer.kind == expected.kind)
    chosen = dict.fromkeys(_chosen(expected, layer, freedom) for layer in alike)
    for layer in (layer for layer in chosen if layer is not None):
        layers = (*reference.layers[:number], layer, *reference.layers[number + 1 :])
        yield from _filled_in(replace(reference, layers=layers), student, rest)


def _activated(student: ModelGraph) -> Iterator[Layer]:
    """The student's layers with a width, each with the activation that follows it, however it is spelled."""
    form = canonical(student)
    read = readers(form.calls)
    for number, call in enumerate(form.calls):
        layer = form.layers[call.layer]
        if not width_parameter(layer.kind):
            continue
        after = [form.layers[form.calls[reader].layer] for reader in read[number]]
        active = after[0].param("activation") if len(after) == 1 and after[0].kind == "Activation" else None
        params = dict(layer.params) | ({} if active is None else {"activation": active})
        yield replace(layer, params=tuple(sorted(params.items())))


def _chosen(reference: Layer, student: Layer, freedom: Freedom) -> Layer | None:
    params = dict(reference.params)
    if freedom.units is not None:
        name = width_parameter(reference.kind)
        units = student.param(name)
        if not isinstance(units, int) or not freedom.units[0] <= units <= freedom.units[1]:
            return None
        params[name] = units
    if freedom.activation:
        params.pop("activation", None)
        if student.param("activation") is not None:
            params["activation"] = student.param("activation")
    return replace(reference, params=tuple(sorted(params.items())))
