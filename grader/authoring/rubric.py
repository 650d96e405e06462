"""A first rubric for a network: which checks fit it, and how many points each gets.

The points follow our own rules: every single change costs at least one, and one cause at most half. `graph` sees every
change of structure, so that all other checks of structure say what is wrong and add little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from grader.checks.view import View, activation_name, view
from grader.domain import Configured, Layer, ModelGraph, Shape, Tensor
from grader.graph.reading.catalogue import INITIALIZER_ALIASES
from grader.graph.reading.roles import RECURRENT

POINTS = 10
_BASE = {"runs": 1, "inputs": 1, "heads": 1, "graph": 2, "learns": 2}
_MOST_FOR_FUNCTIONAL = 3  # of what is left for it
_OF_A_BRANCH = frozenset({"merge", "shared", "layers"})


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
    initializer = _common_initializer(seen)
    chosen = initializer not in (None, "glorot_uniform")
    extras = list(_extras(seen, initializer if chosen else None))
    points = dict(_BASE)
    several_in, several_out = len(graph.inputs) > 1, len(graph.outputs) > 1
    shares = any(check.kind == "shared" for check in extras)
    if seen.merges or several_out or shares:  # what is cut off costs points at all of these: no more than half
        points["learns"] = 1
        room = POINTS // 2 - points["graph"] - points["learns"] - several_in - several_out
        # The hidden layers with an activation may all lead to one output.
        extras = list(_within(room, extras, _OF_A_BRANCH | ({"activations"} if several_out else frozenset())))
    left = POINTS - sum(points.values())
    for check in extras:
        points[check.kind] = min(check.points, left)
        left -= points[check.kind]
    points["functional"] = min(left, _MOST_FOR_FUNCTIONAL)
    points["runs"] += left - points["functional"]
    options = {check.kind: check.options for check in extras} | {"inputs": _inputs(graph), "heads": _heads(graph, seen)}
    order = ("runs", "functional", "inputs", "widths", "layers", "merge", "shared", "activations", "heads")
    found = [
        DraftCheck(kind, points[kind], options.get(kind, {}))
        for kind in (*order, "initializers", "graph", "learns")
        if points.get(kind) or (kind in options and kind != "functional")
    ]
    free = ["compile", "optimizer", "losses", "loss weights"] + ([] if points.get("initializers") else ["initializer"])
    return Rubric(tuple(found), initializer, tuple(free))


def _within(room: int, extras: Iterable[DraftCheck], of_a_branch: Collection[str]) -> Iterator[DraftCheck]:
    """These checks, with one point each for what may be cut off, as long as there is room."""
    for check in extras:
        points = min(1, room) if check.kind in of_a_branch else check.points
        room -= points if check.kind in of_a_branch else 0
        yield replace(check, points=points)


def _extras(seen: View, initializer: str | None) -> Iterator[DraftCheck]:
    """What is particular about a network, the most particular first."""
    shared = [layer for layer in seen.hidden if len(layer.calls) > 1]
    if shared and shared[0].kind == "Dense":
        yield DraftCheck("shared", 2, {"units": shared[0].width, "calls": len(shared[0].calls)})
    if len(seen.merges) == 1:
        merge = seen.merges[0]
        width = {"width": merge.width} if merge.width else {}
        yield DraftCheck("merge", 2, {"node": merge.kind, "joins": merge.joins, **width})
    kinds = Counter(layer.kind for layer in seen.hidden if layer.kind != "Dense")
    for kind, count in kinds.most_common(1):
        yield DraftCheck("layers", 1, {"of": kind, "exactly": count})
    activations = {layer.activation for layer in seen.hidden if layer.activation and layer.kind not in RECURRENT}
    if len(activations) == 1:
        yield DraftCheck("activations", 1, {"hidden": activations.pop()})
    if initializer is not None:
        yield DraftCheck("initializers", 1, {"kernel": initializer})
    if seen.hidden:
        yield DraftCheck("widths", 0, {"units": [layer.width for layer in seen.hidden]})


def _common_initializer(seen: View) -> str | None:
    """The kernel initializer of all layers, by its short name, if all have it with default parameters."""
    kernels = {kernel for start in seen.starts for _, kernel in start.kernels}
    usual = all(start.bias in (None, Configured("Zeros")) for start in seen.starts)
    if len(kernels) != 1 or not usual or any(not start.kernels for start in seen.starts):
        return None
    (kernel,) = kernels
    names = [name for name, known in INITIALIZER_ALIASES.items() if known == kernel.kind]
    return min(names, key=len) if names and kernel == Configured(kernel.kind) else None


def _inputs(graph: ModelGraph) -> dict[str, Any]:
    shapes = [_sizes(graph.shape(tensor)) for tensor in graph.inputs]
    types = [str(_layer_of(graph, tensor).param("dtype", "float32")) for tensor in graph.inputs]
    dtypes = {"dtypes": types} if set(types) != {"float32"} else {}
    if any(shape != shapes[0] for shape in shapes):
        return {"shapes": shapes, **dtypes}
    return {"count": len(shapes), **({"shape": shapes[0]} if shapes[0] != [1] else {}), **dtypes}


def _heads(graph: ModelGraph, seen: View) -> dict[str, Any]:
    shapes = [_sizes(graph.shape(tensor)) for tensor in graph.outputs]
    ends = [_activation_of_head(seen, tensor) for tensor in seen.graph.outputs]
    found: dict[str, Any] = {"count": len(shapes)}
    if any(len(shape) != 1 for shape in shapes):
        found["shapes"] = shapes
    elif all(shape == shapes[0] for shape in shapes):
        found |= {"width": shapes[0][0]} if shapes[0] != [1] else {}
    else:
        found["widths"] = [shape[0] for shape in shapes]
    if any(end != ends[0] for end in ends):
        return found | {"activations": ends}
    return found | ({"activation": ends[0]} if ends[0] != "linear" else {})


def _sizes(shape: Shape) -> list[int]:
    """The shape of one sample as specs write it."""
    return [-1 if size is None else size for size in shape[1:]]


def _layer_of(graph: ModelGraph, tensor: Tensor) -> Layer:
    return graph.layers[graph.calls[tensor.call].layer]


def _activation_of_head(seen: View, tensor: Tensor) -> str:
    """What an output ends with, as `heads` reads it."""
    layer = _layer_of(seen.graph, tensor)
    return activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"
