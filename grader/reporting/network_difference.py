"""Which boxes of two drawings have no counterpart: a help for the eye beside the checks, which decide.

Layers are paired by what they are (kind, own parameters, number of calls), first at the same depth, then
anywhere, so that one added layer does not mark all that follow it. Initializers and names say nothing here,
and an activation counts the same whether it is a layer's own or a layer after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from grader.domain import ModelGraph
from grader.reporting.network_layout import read_by


def differing_layers(graph: ModelGraph, expected: ModelGraph) -> frozenset[int]:
    """Numbers of the layers of `graph` that have no counterpart in `expected`."""
    own, other = _described(graph), _described(expected)
    at_depth = Counter(other.values())
    unpaired = {}
    for layer, (what, depth) in own.items():
        if at_depth[what, depth]:
            at_depth[what, depth] -= 1
        else:
            unpaired[layer] = what
    anywhere = Counter(what for (what, _), count in at_depth.items() for _ in range(count))
    alone = set()
    for layer, what in unpaired.items():
        if anywhere[what]:
            anywhere[what] -= 1
        else:
            alone.add(layer)
    return frozenset(alone)


def _described(graph: ModelGraph) -> dict[int, tuple[Hashable, int]]:
    """What each layer is, and how deep its first call lies; `Activation` layers are folded into others."""
    folded = _folded_activations(graph)
    depth: list[int] = []
    described: dict[int, tuple[Hashable, int]] = {}
    calls = Counter(call.layer for call in graph.calls)
    for index, call in enumerate(graph.calls):
        sources = [depth[source] for source in read_by(call)]
        depth.append(max(sources, default=-1) + (index not in folded.values()))
        layer = graph.layers[call.layer]
        if call.layer in described or index in folded.values():
            continue
        params = {key: value for key, value in layer.params if not key.endswith("_initializer")}
        if index in folded:
            params["activation"] = graph.layers[graph.calls[folded[index]].layer].param("activation")
        what = (layer.kind, tuple(sorted(params.items(), key=lambda item: item[0])), calls[call.layer])
        described[call.layer] = what, depth[index]
    return described


def _folded_activations(graph: ModelGraph) -> Mapping[int, int]:
    """Calls without an activation whose only reader is an `Activation`, with the call of that reader."""
    readers: dict[int, list[int]] = {}
    for index, call in enumerate(graph.calls):
        for source in read_by(call):
            readers.setdefault(source, []).append(index)
    outputs = {tensor.call for tensor in graph.outputs}
    return {
        source: found[0]
        for source, found in readers.items()
        if len(found) == 1
        and source not in outputs
        and graph.layers[graph.calls[found[0]].layer].kind == "Activation"
        and graph.layers[graph.calls[source].layer].param("activation", "linear") == "linear"
        and graph.layers[graph.calls[source].layer].param("units") is not None
    }
