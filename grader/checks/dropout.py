"""`dropout`: that there is dropout, at which rate, and where."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, field_validator

from grader.checks.evidence import CheckOptions, Evidence, Finding, caused, failed, passed
from grader.checks.known import LayerClass
from grader.checks.view import is_of, unactivated
from grader.domain import Layer, ModelGraph, Subject, Tensor, readers
from grader.domain.words import counted, listed

TITLE = "Dropout"
SUBJECTS: tuple[Subject, ...] = ("dropout",)
DropoutClass = Literal[
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout"
]  # fmt: skip


class Spec(CheckOptions):
    """Dropout with a given rate, after or before layers of a class. Activations in between are ignored."""

    kind: Literal["dropout"]
    of: list[DropoutClass] = Field(["Dropout"], min_length=1, description="the classes that count")
    rate: float | list[float] | None = Field(None, description="the rate, or the smallest and the largest rate")
    after: LayerClass | None = Field(None, description='the class that it must follow, such as "Dense"')
    before: LayerClass | None = Field(None, description="the class that must follow it")
    count: int | None = Field(None, ge=0, le=100, description="how many there must be; at least one by default")

    @field_validator("rate")
    @classmethod
    def _range(cls, given: float | list[float] | None) -> float | list[float] | None:
        rates = given if isinstance(given, list) else [] if given is None else [given]
        if not all(0 <= rate <= 1 for rate in rates) or (isinstance(given, list) and len(given) != 2):
            raise ValueError("expected a rate from 0 to 1, or a list of the smallest and the largest rate")
        return given


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = evidence.view.graph
    after = readers(graph.calls)
    found = [number for number, call in enumerate(graph.calls) if graph.layers[call.layer].kind in spec.of]
    placed = [number for number in found if _is_placed(spec, graph, after, number)]
    layers = [graph.layers[graph.calls[number].layer] for number in placed]
    expected = f"{_number(spec)}{_where(spec)}{_rated(spec)}"
    actual = listed([f"rate {layer.param('rate')} ({evidence.names.called(layer.name)})" for layer in layers])
    line = f"`{spec.of[0]}({_rate(spec)})`"
    noun, asked = f"`{spec.of[0]}` layer", f"{_where(spec)}; expected {_number(spec)}."
    wrong = [layer for layer in layers if not _has_rate(spec, layer)]
    right = len(placed) == spec.count if spec.count is not None else bool(placed)
    if right and not wrong:
        return passed(f"There is {expected}.", expected=expected, actual=actual)
    if len(placed) < (spec.count if spec.count is not None else 1):
        elsewhere = [number for number in found if number not in placed]
        message = f"The model has {counted(len(placed) or 'no', noun)}{asked}"
        if elsewhere:
            name = graph.layers[graph.calls[elsewhere[0]].layer].name
            message += f" {evidence.at(name)} is in the wrong place."
        cause = evidence.cause(SUBJECTS, classes=spec.of) if not elsewhere else None
        hint = f"Call {line}{_where(spec) or ' on the result of a hidden layer'}."
        return caused(cause, message, expected=expected, actual=actual, hint=hint)
    if not right:
        message = f"The model has {counted(len(placed), noun)}{asked}"
        hint = f"Remove {evidence.names.name(layers[-1].name)}."
        return caused(evidence.cause(SUBJECTS), message, expected=expected, actual=actual, hint=hint)
    return failed(
        f"Layer {evidence.at(wrong[0].name)} has rate {wrong[0].param('rate')}; expected{_rated(spec, '')}.",
        expected=expected,
        actual=actual,
        hint=f"Write {line} there.",
        share=1 - len(wrong) / len(layers),
    )


def _is_placed(spec: Spec, graph: ModelGraph, after: list[list[int]], number: int) -> bool:
    if spec.after is not None and not _comes_after(spec.after, graph, graph.calls[number].sources[0]):
        return False
    return spec.before is None or any(is_of(_layer(graph, one), spec.before) for one in _readers(graph, after, number))


def _comes_after(kind: str, graph: ModelGraph, source: Tensor) -> bool:
    """Whether a tensor comes from a layer of this class, whatever activation follows it."""
    return any(is_of(_layer(graph, one.call), kind) for one in (source, unactivated(graph, source)))


def _readers(graph: ModelGraph, after: list[list[int]], number: int) -> list[int]:
    """What is called on a result, whatever activation follows it."""
    found = list(after[number])
    for one in found:
        if _layer(graph, one).kind == "Activation":
            found += after[one]
    return found


def _layer(graph: ModelGraph, call: int) -> Layer:
    return graph.layers[graph.calls[call].layer]


def _has_rate(spec: Spec, layer: Layer) -> bool:
    found = layer.param("rate")
    if spec.rate is None or not isinstance(found, float):
        return spec.rate is None
    if isinstance(spec.rate, list):
        return spec.rate[0] <= found <= spec.rate[1]
    return math.isclose(found, spec.rate, abs_tol=1e-9)


def _number(spec: Spec) -> str:
    return f"`{spec.of[0]}`" if spec.count is None else counted(spec.count, f"`{spec.of[0]}` layer")


def _where(spec: Spec) -> str:
    parts = [f" after `{spec.after}`"] if spec.after else []
    return "".join([*parts, *([f" before `{spec.before}`"] if spec.before else [])])


def _rated(spec: Spec, before: str = " at") -> str:
    if spec.rate is None:
        return ""
    if isinstance(spec.rate, list):
        return f"{before} a rate from {spec.rate[0]:g} to {spec.rate[1]:g}"
    return f"{before} rate {spec.rate:g}"


def _rate(spec: Spec) -> str:
    rate = spec.rate[0] if isinstance(spec.rate, list) else spec.rate
    return "0.2" if rate is None else f"{rate:g}"
