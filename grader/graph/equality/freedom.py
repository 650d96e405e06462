"""Equality with named freedoms: layers of the reference whose width or activation is the student's choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from grader.domain import Layer, ModelGraph, readers
from grader.graph.equality.canonical_form import canonical, normalised, output_orders, without_initializers
from grader.graph.equality.compare import equal


@dataclass(frozen=True)
class Freedom:
    """What the student may choose in one layer of the reference: units within a range, and possibly the activation."""

    units: tuple[int, int] | None = None
    activation: bool = False


def align(
    student: ModelGraph,
    reference: ModelGraph,
    free: Mapping[str, Freedom],
    labels: Sequence[str],
    concatenate_order: bool = False,
) -> ModelGraph | None:
    """The student's graph with its outputs in the reference's order, if the two are equal; else `None`.

    Initializers are left out: the start of the weights is not part of the structure.
    """
    if _steps(student) != _steps(reference):
        return None  # differs at once, whatever is free; and large networks are not compared in every order
    for candidate in output_orders(student):
        plain = without_initializers(candidate)
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
    """The reference with its free layers set like each Dense layer of the student; unchanged without freedoms."""
    if not free:
        yield reference
        return
    name, freedom = next(iter(free.items()))
    rest = {other: value for other, value in free.items() if other != name}
    number = next((i for i, layer in enumerate(reference.layers) if layer.name == name), None)
    if number is None:
        return
    chosen = dict.fromkeys(_chosen(reference.layers[number], layer, freedom) for layer in _activated(student))
    for layer in (layer for layer in chosen if layer is not None):
        layers = (*reference.layers[:number], layer, *reference.layers[number + 1 :])
        yield from _filled_in(replace(reference, layers=layers), student, rest)


def _activated(student: ModelGraph) -> Iterator[Layer]:
    """The student's Dense layers, each with the activation that follows it, however it is spelled."""
    form = canonical(student)
    read = readers(form.calls)
    for number, call in enumerate(form.calls):
        layer = form.layers[call.layer]
        if layer.kind != "Dense":
            continue
        after = [form.layers[form.calls[reader].layer] for reader in read[number]]
        active = after[0].param("activation") if len(after) == 1 and after[0].kind == "Activation" else None
        params = dict(layer.params) | ({} if active is None else {"activation": active})
        yield replace(layer, params=tuple(sorted(params.items())))


def _chosen(reference: Layer, student: Layer, freedom: Freedom) -> Layer | None:
    params = dict(reference.params)
    if freedom.units is not None:
        units = student.param("units")
        if not isinstance(units, int) or not freedom.units[0] <= units <= freedom.units[1]:
            return None
        params["units"] = units
    if freedom.activation:
        params.pop("activation", None)
        if student.param("activation") is not None:
            params["activation"] = student.param("activation")
    return replace(reference, params=tuple(sorted(params.items())))
