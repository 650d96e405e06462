"""Whether two networks are one and the same, decided exactly: isomorphism of coloured multigraphs (VF2).

Calls are nodes, and so are layers with weights, so that one shared layer and two equal layers differ. Edges carry the
argument slot where order matters. Colours prune the search; they never decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from grader.domain import ModelGraph
from grader.graph.codec import serialise
from grader.graph.equality.canonical_form import canonical, colour, normalised, own_part, unordered, users
from grader.graph.equality.rewrites import network


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
