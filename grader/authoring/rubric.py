"""A first rubric for a network: which checks fit it, and how many points each gets.

The points follow our own rules: every single change costs at least one, and one cause at most half. `graph` sees every
change of structure, so that all other checks of structure say what is wrong and add little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.checks.evidence import View, activation_name, view
from grader.domain import Configured, ModelGraph, Shape
from grader.graph.reading.catalogue import INITIALIZER_ALIASES

POINTS = 10
_BASE = {"runs": 1, "inputs": 1, "heads": 1, "graph": 2, "learns": 2}
_MOST = {"functional": 3}  # of what is left for it


@dataclass(frozen=True)
class DraftCheck:
    """One line of a rubric, before it is written."""

    kind: str
    points: int
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rubric:
    """Checks in the order of the page, the initializer that they ask for, and what they leave to the student."""

    checks: tuple[DraftCheck, ...]
    initializer: str | None
    free: tuple[str, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)


def rubric(graph: ModelGraph) -> Rubric:
    """A rubric of ten points that a network passes in full, if it learns."""
    seen = view(graph)
    initializer = common_initializer(seen)
    chosen = initializer not in (None, "glorot_uniform")
    extras = list(_extras(seen, initializer if chosen else None))
    points, left = dict(_BASE), POINTS - sum(_BASE.values())
    for check in extras:
        points[check.kind] = min(check.points, left)
        left -= points[check.kind]
    points["functional"] = min(left, _MOST["functional"])
    options = {check.kind: check.options for check in extras} | {"inputs": _inputs(graph), "heads": _heads(graph, seen)}
    order = ("runs", "functional", "inputs", "widths", "merge", "shared", "activations", "heads", "initializers")
    found = [
        DraftCheck(kind, points[kind], options.get(kind, {}))
        for kind in (*order, "graph", "learns")
        if points.get(kind) or (kind in options and kind != "functional")
    ]
    free = ["compile", "optimizer", "losses", "loss weights"] + ([] if points.get("initializers") else ["initializer"])
    return Rubric(tuple(found), initializer, tuple(free))


def _extras(seen: View, initializer: str | None) -> Iterator[DraftCheck]:
    """What is particular about a network, the most particular first."""
    if len(seen.merges) == 1:
        merge = seen.merges[0]
        width = {"width": merge.width} if merge.width else {}
        yield DraftCheck("merge", 2, {"node": merge.kind, "joins": merge.joins, **width})
    shared = [layer for layer in seen.hidden if len(layer.calls) > 1]
    if shared:
        yield DraftCheck("shared", 2, {"units": shared[0].units, "calls": len(shared[0].calls)})
    activations = {layer.activation for layer in seen.hidden}
    if len(activations) == 1 and _is_all_dense(seen):
        yield DraftCheck("activations", 1, {"hidden": activations.pop()})
    if initializer is not None:
        yield DraftCheck("initializers", 1, {"kernel": initializer})
    if seen.hidden:
        yield DraftCheck("widths", 0, {"units": [layer.units for layer in seen.hidden]})


def _is_all_dense(seen: View) -> bool:
    """Whether `Dense` layers are all that learns: then one activation says something about the whole network."""
    return all(layer.kind in ("InputLayer", "Dense", "Activation", "Concatenate") for layer in seen.graph.layers)


def common_initializer(seen: View) -> str | None:
    """The kernel initializer of all layers, by its short name, if all have it with default parameters."""
    kinds = {layer.initializer for layer in seen.dense}
    if len(kinds) != 1 or not _is_all_dense(seen):
        return None
    kind = kinds.pop()
    usual = kind == Configured(kind.kind) and all(layer.bias_initializer == Configured("Zeros") for layer in seen.dense)
    names = [name for name, known in INITIALIZER_ALIASES.items() if known == kind.kind]
    return min(names, key=len) if usual and names else None


def _inputs(graph: ModelGraph) -> dict[str, Any]:
    shapes = [list(graph.shape(tensor)[1:]) for tensor in graph.inputs]
    if len({tuple(shape) for shape in shapes}) == 1:
        return {"count": len(shapes), **({"shape": shapes[0]} if shapes[0] != [1] else {})}
    return {"count": len(shapes), "shapes": shapes}


def _heads(graph: ModelGraph, seen: View) -> dict[str, Any]:
    shapes: list[Shape] = [graph.shape(tensor)[1:] for tensor in graph.outputs]
    ends = [_activation_of_head(seen, number) for number in range(len(shapes))]
    found: dict[str, Any] = {"count": len(shapes)}
    if any(len(shape) != 1 for shape in shapes):
        found["shapes"] = [list(shape) for shape in shapes]
    elif len(set(shapes)) == 1:
        found |= {"width": shapes[0][0]} if shapes[0] != (1,) else {}
    else:
        found["widths"] = [shape[0] for shape in shapes]
    if len(set(ends)) == 1:
        return found | ({"activation": ends[0]} if ends[0] != "linear" else {})
    return found | {"activations": ends}


def _activation_of_head(seen: View, number: int) -> str:
    """What an output ends with, as `heads` reads it."""
    layer = seen.graph.layers[seen.graph.calls[seen.graph.outputs[number].call].layer]
    return activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"
