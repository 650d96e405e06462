"""Every single change to a reference, each with what it should be told as: kind, and the layer to blame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from grader.assignments.calibration import load_calibration
from grader.domain import Configured, Layer, ModelGraph, Tensor
from grader.graph import Freedom
from grader.graph.edits import bypassed, inserted, pruned, renumbered, with_layer, with_params

ASSIGNMENTS = Path(__file__).parents[2] / "assignments"
LABELS = {
    "one_input": ("x",), "two_inputs": ("x", "x"), "three_inputs": ("x", "x", "x"), "two_outputs": ("x",),
    "weighted_losses": ("x",), "branching_network": ("x",), "shared_layer": ("x", "x"),
}  # fmt: skip
FREE = {"three_inputs": {"third": Freedom((1, 256), activation=True)}}


@dataclass(frozen=True)
class Edit:
    """A changed network. `blame` is empty where the change is no layer's own; `layer` is where it was made."""

    kind: str
    layer: str
    graph: ModelGraph
    blame: frozenset[str] = frozenset()


def reference(name: str) -> ModelGraph:
    """The graph that the assignment's calibration publishes."""
    graph = load_calibration(ASSIGNMENTS / name / "calibration.json").reference
    assert graph is not None
    return graph


def edits(graph: ModelGraph, free: frozenset[str] = frozenset()) -> Iterator[Edit]:
    """Single changes to every layer, to every merge, and to the outputs."""
    for number, layer in enumerate(graph.layers):
        if layer.kind == "Dense":
            yield from _own(graph, number, layer, free)
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        calls = [other for other in graph.calls if other.layer == call.layer]
        if layer.kind == "Concatenate":
            yield from _of_merge(graph, number, layer)
        elif layer.kind == "Dense" and len(calls) == 1 and number not in {t.call for t in graph.outputs}:
            yield Edit("missing", layer.name, bypassed(graph, number))
        if layer.kind != "InputLayer":
            for extra in (Layer("added", "Dense", (("units", 7),)), Layer("added", "Dropout", (("rate", 0.5),))):
                yield Edit("extra", layer.name, inserted(graph, Tensor(number), extra), frozenset({"added"}))
        if len(calls) > 1 and call is calls[-1]:
            twin = replace(graph, layers=(*graph.layers, replace(layer, name="twin")))
            apart = (*graph.calls[:number], replace(call, layer=len(graph.layers)), *graph.calls[number + 1 :])
            yield Edit("sharing", layer.name, replace(twin, calls=apart), frozenset({layer.name, "twin"}))
    if len(graph.outputs) > 1:
        yield Edit("outputs", "", replace(graph, outputs=graph.outputs[::-1]))
        yield Edit(
            "missing", "", pruned(replace(graph, outputs=graph.outputs[:1], output_names=graph.output_names[:1]))
        )


def _own(graph: ModelGraph, number: int, layer: Layer, free: frozenset[str]) -> Iterator[Edit]:
    blame, units = frozenset({layer.name}), layer.param("units")
    if layer.name not in free and isinstance(units, int):
        # A layer of another width could as well be the one whose width is free, and that one the wrong one.
        yield Edit("width", layer.name, with_params(graph, number, units=units + 50), blame | free)
        other = "tanh" if layer.param("activation") is None else "relu"
        yield Edit("activation", layer.name, with_params(graph, number, activation=other), blame)
        if layer.param("activation") is not None:
            yield Edit("activation", layer.name, with_params(graph, number, activation=None), blame)
    yield Edit("parameter", layer.name, with_params(graph, number, use_bias=False), blame)
    yield Edit("parameter", layer.name, with_params(graph, number, kernel_regularizer=Configured("L2")), blame)
    yield Edit("parameter", layer.name, with_layer(graph, number, replace(layer, frozen=True)), blame)
    yield Edit("class", layer.name, with_layer(graph, number, replace(layer, kind="LSTM")), blame)


def _of_merge(graph: ModelGraph, number: int, layer: Layer) -> Iterator[Edit]:
    call = graph.calls[number]
    for kind in ("Add", "Average", "Multiply"):
        yield Edit(
            "merge", layer.name, with_layer(graph, call.layer, replace(layer, kind=kind)), frozenset({layer.name})
        )
    (joined,) = call.args
    assert isinstance(joined, tuple)
    for left_out in range(len(joined)):
        fewer = replace(call, args=((*joined[:left_out], *joined[left_out + 1 :]),))
        dropped = pruned(replace(graph, calls=(*graph.calls[:number], fewer, *graph.calls[number + 1 :])))
        source = joined[left_out]
        assert isinstance(source, Tensor)
        yield Edit("sharing" if _still_called(graph, dropped, source) else "missing", layer.name, dropped)


def _still_called(graph: ModelGraph, dropped: ModelGraph, source: Tensor) -> bool:
    name = graph.layers[graph.calls[source.call].layer].name
    return any(layer.name == name for layer in dropped.layers)


def shuffled(graph: ModelGraph, random: Random) -> ModelGraph:
    """The same network with its calls in another order that works."""
    order: list[int] = []
    left = list(range(len(graph.calls)))
    while left:
        ready = [number for number in left if all(tensor.call in order for tensor in graph.calls[number].sources)]
        order.append(random.choice(ready))
        left.remove(order[-1])
    return renumbered(graph, order)
