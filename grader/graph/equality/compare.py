"""Whether two networks are one and the same, decided exactly: isomorphism of coloured multigraphs (VF2).

Calls are nodes, and so are layers with weights, so that one shared layer and two equal layers differ. Edges carry the
argument slot where order matters. Colours prune the search; they never decide. `align` leaves to the student what the
reference names as free: the width or the activation of a layer, which is no part of any colour, and initializers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from grader.domain import ModelGraph, Value
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
from grader.graph.equality.folding import folded
from grader.graph.equality.inputs import as_fed, typed_as
from grader.graph.equality.rewrites import network, users
from grader.graph.reading.roles import RECURRENT, width_parameter


@dataclass(frozen=True)
class Chosen:
    """What a layer has of all that can be free."""

    width: Value = None
    activation: Value = None


@dataclass(frozen=True)
class Freedom:
    """What the student may choose in one layer of the reference: units within a range, and possibly the activation."""

    units: tuple[int, int] | None = None  # or filters, or dimensions: the width of the layer
    activation: bool = False

    def allows(self, chosen: Chosen, expected: Chosen) -> bool:
        """Whether a layer is the expected one, as far as its author has no choice."""
        if self.units and type(chosen.width) is int:
            width = self.units[0] <= chosen.width <= self.units[1]
        else:
            width = chosen.width == expected.width and not self.units
        return width and (self.activation or chosen.activation == expected.activation)


NOT_CHOSEN = Chosen()
NO_FREEDOM = Freedom()
NOTHING_FREE: Mapping[str, Freedom] = MappingProxyType({})


def equal(left: ModelGraph, right: ModelGraph, input_labels: Sequence[str] = ()) -> bool:
    """Whether two graphs compute the same function of the same data with the same freedom to learn."""
    if _inventory(left) != _inventory(right):
        return False
    first, second = (canonical(graph, input_labels) for graph in (left, right))
    if len(first.inputs) != len(second.inputs) or len(first.outputs) != len(second.outputs):
        return False
    if len(first.calls) != len(second.calls) or len(first.layers) != len(second.layers):
        return False
    if serialise(first) == serialise(second):
        return True
    return _isomorphic(first, second, input_labels)


def _inventory(graph: ModelGraph) -> Counter[tuple[object, ...]]:
    """The layers of a network: cheap to compare, and most different networks differ in them."""
    net, alive = normalised(graph)
    return Counter((net.steps[number].kind, net.steps[number].params, net.steps[number].frozen) for number in alive)


def _isomorphic(
    first: ModelGraph, second: ModelGraph, labels: Sequence[str], free: Mapping[str, Freedom] = NOTHING_FREE
) -> bool:
    """Whether two canonical forms are the same, but for what is free in layers of the second."""
    import networkx as nx  # slow to import, and most comparisons end before they need it

    kinds = {layer.kind for layer in second.layers if layer.name in free} - {"Activation"}
    graphs = [_coloured(nx.MultiDiGraph(), graph, labels, kinds) for graph in (first, second)]
    colours = [sorted(data["colour"] for _, data in graph.nodes(data=True)) for graph in graphs]
    if colours[0] != colours[1]:
        return False

    def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        freedom = free.get(other["name"], NO_FREEDOM)
        return one["colour"] == other["colour"] and freedom.allows(one["chosen"], other["chosen"])

    matcher = nx.algorithms.isomorphism.MultiDiGraphMatcher(
        *graphs,
        node_match=alike,
        edge_match=lambda a, b: sorted(e["slot"] for e in a.values()) == sorted(e["slot"] for e in b.values()),
    )
    return bool(matcher.is_isomorphic())


def _coloured(result: Any, form: ModelGraph, input_labels: Sequence[str], kinds: Collection[str]) -> Any:
    """The nodes and edges of a form. What can be chosen in layers of some classes stands beside the colours."""
    graph, chosen = _without_choices(form, kinds)
    net = network(graph)  # already canonical: there is nothing left to unfold
    alive = range(len(net.steps))
    labels = list(input_labels) or [str(number) for number in range(len(net.inputs))]
    colours = colour(net, alive, labels, graph.outputs_ordered)
    readers = users(net, alive)
    for number, step in enumerate(net.steps):
        own = repr(own_part(net, number, labels, graph.outputs_ordered))
        about = {"name": step.name if step.kind in kinds else "", "chosen": chosen[graph.calls[number].layer]}
        result.add_node(("call", number), colour=colours[number] + own, **about)
        if step.owner is not None:
            result.add_node(("layer", step.owner), colour="layer", name="", chosen=NOT_CHOSEN)
            result.add_edge(("call", number), ("layer", step.owner), slot="of")
    for number, step in enumerate(net.steps):
        free = unordered(net, number, readers)
        for slot, tensor in enumerate(step.sources):
            label = f"{'any' if free else slot}:{tensor.output}"
            result.add_edge(("call", tensor.call), ("call", number), slot=label)
    return result


def _without_choices(form: ModelGraph, kinds: Collection[str]) -> tuple[ModelGraph, list[Chosen]]:
    """A form in which layers of some classes have neither width nor activation; and both, by layer."""
    if not kinds:
        return form, [NOT_CHOSEN] * len(form.layers)
    graph = folded(form, {*kinds} - RECURRENT)  # the activation of these is not what follows them
    chosen = [Chosen() for _ in graph.layers]
    layers = list(graph.layers)
    for number, layer in enumerate(layers):
        if layer.kind in kinds:
            width = width_parameter(layer.kind)
            chosen[number] = Chosen(layer.param(width), layer.param("activation"))
            others = tuple(pair for pair in layer.params if pair[0] not in (width, "activation"))
            layers[number] = replace(layer, params=others)
    return replace(graph, layers=tuple(layers)), chosen


def _equal_but_for(
    free: Mapping[str, Freedom], student: ModelGraph, reference: ModelGraph, labels: Sequence[str]
) -> bool:
    first, second = (canonical(graph, labels) for graph in (student, reference))
    same_ends = len(first.inputs) == len(second.inputs) and len(first.outputs) == len(second.outputs)
    return same_ends and _isomorphic(first, second, labels, free)


def align(
    student: ModelGraph, reference: ModelGraph, free: Mapping[str, Freedom], labels: Sequence[str]
) -> ModelGraph | None:
    """The student's graph with its inputs and outputs in the reference's order, if the two are equal; else `None`.

    Initializers are left out: the start of the weights is not part of the structure.
    """
    if _steps(student) != _steps(reference):
        return None  # differs at once, whatever is free; and large networks are not compared in every order
    if not free.keys() <= {layer.name for layer in reference.layers}:
        return None
    expected = without_initializers(reference)
    same = partial(_equal_but_for, free) if free else equal
    ordered = orders(as_fed(student, reference, labels))
    candidates = ((one, without_initializers(typed_as(one, reference))) for one in ordered)
    return next((one for one, plain in candidates if same(plain, expected, labels)), None)


@lru_cache(maxsize=64)  # every model is compared with every reference
def _steps(graph: ModelGraph) -> Counter[str]:
    """The layers of a network, apart from activations, which may be free."""
    net, alive = normalised(graph)
    return Counter(net.steps[number].kind for number in alive if net.steps[number].kind != "Activation")
