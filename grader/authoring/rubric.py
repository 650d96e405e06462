"""A first rubric for a network: which checks fit it, and how many points each gets.

The points follow our own rules: every single change costs at least one, and one cause at most half. `graph` sees every
change of structure, so that all other checks of structure say what is wrong and add little.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.checks import KINDS
from grader.checks.network_view import NORMALIZATIONS, View, end_activation, view
from grader.domain import Check, Configured, ModelGraph, Shape, Subject
from grader.graph.differences.blocks import MERGES
from grader.graph.reading.catalogue import INITIALIZER_ALIASES, LAYERS
from grader.graph.reading.layers import snake_case
from grader.graph.reading.parameters import RECURRENT, inner, setting, weights_named

POINTS = 10
_BASE = {"runs": 1, "functional": 1, "inputs": 1, "heads": 1, "compiled": 1, "graph": 2, "learns": 1}
_MOST_LAYERS = 3  # classes with a check of their own
_PLAIN = frozenset({"InputLayer", "Dense", "Activation", "Concatenate", "Flatten", "Reshape"})
"""Classes that every network has: a check for them says little."""


@dataclass(frozen=True)
class Rubric:
    """Checks in the order of the page, the initializer that they ask for, and what they leave to the student."""

    checks: tuple[Check, ...]
    initializer: str | None
    free: tuple[Subject, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)


def rubric(graph: ModelGraph, compiled: Mapping[str, Any]) -> Rubric:
    """A rubric of ten points that a network passes in full, if it learns.

    `compiled` are the options of the check of `compile`. The two most particular checks of the network get a point
    each; one less with several inputs or outputs, since a branch that is cut off costs the points of those, too.
    """
    seen = view(graph)
    initializer = _common_initializer(seen)
    extras = list(_extras(seen, initializer if initializer not in (None, "glorot_uniform") else None))
    scored = 2 - (len(graph.inputs) > 1) - (len(graph.outputs) > 1)
    checks = [replace(check, points=check.points if place < scored else 0) for place, check in enumerate(extras)]
    points = {**_BASE}
    left = POINTS - sum(points.values()) - sum(check.points for check in checks)
    for kind in itertools.islice(itertools.cycle(["compiled", "functional", "runs"]), left):
        points[kind] += 1
    options = {"inputs": _inputs(graph), "heads": _heads(graph, seen), "compiled": dict(compiled)}
    checks += [_check(kind, number, options.get(kind, {})) for kind, number in points.items()]
    unseen: tuple[tuple[Subject, bool], ...] = (
        ("optimizer", "optimizer" not in compiled),
        ("loss weights", "weights" not in compiled),
        ("initializer", not any(check.points for check in checks if check.kind == "initializers")),
    )
    return Rubric(_sorted(checks), initializer, tuple(subject for subject, is_free in unseen if is_free))


def _check(kind: str, points: int, options: Mapping[str, Any] | None = None) -> Check:
    """A line of a rubric; its `options` are all that the spec says of it."""
    options = options or {}
    title = str(options.get("title") or KINDS[kind].title)
    return Check(str(options.get("id", kind)), kind, title, points, options=options)


def _sorted(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(sorted(checks, key=lambda check: [*KINDS].index(check.kind)))


def _extras(seen: View, initializer: str | None) -> Iterator[Check]:
    """What is particular about a network, the most particular first."""
    shared = [layer for layer in seen.hidden if len(layer.calls) > 1]
    if shared and shared[0].kind == "Dense":
        yield _check("shared", 1, {"units": shared[0].width, "calls": len(shared[0].calls)})
    if len(seen.merges) == 1:
        merge = seen.merges[0]
        options = {"node": merge.kind, "joins": merge.joins, "width": merge.width}
        yield _check("merge", 1, {name: value for name, value in options.items() if value})
    yield from _layers(seen)
    activations = {layer.activation for layer in seen.hidden if layer.activation and layer.kind not in RECURRENT}
    if len(activations) == 1:
        yield _check("activations", 1, {"hidden": activations.pop()})
    if initializer is not None:
        yield _check("initializers", 1, {"kernel": initializer})
    if seen.hidden:
        yield _check("widths", 0, {"units": [layer.width for layer in seen.hidden]})


def _layers(seen: View) -> Iterator[Check]:
    """A check for each class of layers that not every network has: merges, normalisation, then what occurs most often.

    A single merge has a check of its own.
    """
    counts = Counter(inner(layer)[0] for layer in seen.graph.layers)
    kinds = [kind for kind, _ in counts.most_common() if kind in LAYERS and kind not in _PLAIN]
    if len(seen.merges) == 1:
        kinds = [kind for kind in kinds if kind != seen.merges[0].kind]
    kinds.sort(key=lambda kind: 0 if kind in MERGES else 1 if kind in NORMALIZATIONS else 2)
    for number, kind in enumerate(kinds[:_MOST_LAYERS]):
        name = {"id": f"layers_{snake_case(kind)}"} if number else {}
        yield _check("layers", 1, {**name, "title": f"{kind} layers", "of": kind, "exactly": counts[kind]})


def _common_initializer(seen: View) -> str | None:
    """The kernel initializer of all layers, by its short name, if all have it with default parameters."""
    kernels, rest = set(), set()
    for layer in seen.graph.layers:
        fields = weights_named(inner(layer)[0], "initializer")
        kernels |= {setting(layer, name) for name in fields}
        rest |= {setting(layer, "bias_initializer") for _ in fields[:1]} | {setting(layer, "embeddings_initializer")}
    if len(kernels) != 1 or not rest <= {None, Configured("Zeros")}:
        return None
    (kernel,) = kernels
    names = [name for name, kind in INITIALIZER_ALIASES.items() if kind == kernel.kind]
    return min(names, key=len) if names and kernel == Configured(kernel.kind) else None


def _inputs(graph: ModelGraph) -> dict[str, Any]:
    shapes = _each("shape", [_sizes(graph.shape(tensor)) for tensor in graph.inputs], [1])
    types = [str(graph.layer_of(tensor.call).param("dtype", "float32")) for tensor in graph.inputs]
    count = {} if "shapes" in shapes else {"count": len(graph.inputs)}
    return {**count, **shapes, **({"dtypes": types} if set(types) != {"float32"} else {})}


def _heads(graph: ModelGraph, seen: View) -> dict[str, Any]:
    shapes = _each("shape", [_sizes(graph.shape(tensor)) for tensor in graph.outputs], [1])
    ends = [end_activation(seen.graph, tensor) for tensor in seen.graph.outputs]
    return {"count": len(graph.outputs), **shapes, **_each("activation", ends, "linear")}


def _each(option: str, values: list[Any], default: Any) -> dict[str, Any]:
    """What a spec says of inputs or outputs: one value for all, unless it is the default, or one for each."""
    if any(value != values[0] for value in values):
        return {f"{option}s": values}
    return {} if values[0] == default else {option: values[0]}


def _sizes(shape: Shape) -> list[int]:
    """The shape of one sample as specs write it."""
    return [-1 if size is None else size for size in shape[1:]]
