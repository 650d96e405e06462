"""`order`: a layer of one class comes before a layer of another, directly or eventually."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from grader.checks.evidence import WHICH_LAYERS, CheckOptions, Evidence, Finding, caused, failed, passed
from grader.checks.known import LayerClass
from grader.checks.view import is_of
from grader.domain import ModelGraph, Subject, readers

TITLE = "Order of the layers"
SUBJECTS: tuple[Subject, ...] = ("layer order",)


class Spec(CheckOptions):
    """Every layer of class `first` is followed by one of class `then`, such as BatchNormalization by the activation.

    `Activation` stands for any activation, however it is spelled: `Dense(8, activation="relu")` is a Dense layer that
    is directly followed by one.
    """

    kind: Literal["order"]
    first: LayerClass = Field(description='the class that comes first, such as "BatchNormalization"')
    then: LayerClass = Field(description='the class that comes after it, such as "Activation"')
    directly: bool = Field(False, description="whether the two must follow each other directly")
    each: Literal["first", "then"] = Field(
        "first",
        description='"first": each `first` needs a `then` after it; "then": each `then` needs a `first` before it',
    )


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = evidence.view.graph
    how = "directly " if spec.directly else ""
    expected = f"{_named(spec.first)} {how}before {_named(spec.then)}"
    every, others = (spec.first, spec.then) if spec.each == "first" else (spec.then, spec.first)
    calls = [number for number, call in enumerate(graph.calls) if is_of(graph.layers[call.layer], every)]
    if not calls:
        return caused(
            evidence.cause(WHICH_LAYERS, classes=[every]),
            f"The model has no {_noun(every)}.",
            expected=expected,
            actual=f"no {_noun(every)}",
            hint=f"Add {_named(every)} {'before' if every == spec.first else 'after'} {_named(others)}.",
        )
    wrong = [call for call in calls if not _fits(spec, graph, call)]
    names = [evidence.at(graph.layers[graph.calls[call].layer].name) for call in wrong]
    if not wrong:
        said = f"{_named(spec.first)} comes {how}before {_named(spec.then)}."
        return passed(said, expected=expected, actual=expected)
    place = "after it" if spec.each == "first" else "before it"
    found = _neighbours(spec, graph, wrong[0])
    return failed(
        f"{names[0]} has no {_noun(others)} {how}{place}: {found}.",
        expected=expected,
        actual=found,
        hint=_hint(spec),
        share=1 - len(wrong) / len(calls),
    )


def _fits(spec: Spec, graph: ModelGraph, call: int) -> bool:
    """Whether a call has what it needs after it, or before it."""
    other = spec.then if spec.each == "first" else spec.first
    return any(is_of(graph.layers[graph.calls[one].layer], other) for one in _candidates(spec, graph, call))


def _candidates(spec: Spec, graph: ModelGraph, call: int) -> Sequence[int]:
    if spec.each == "first":
        after = readers(graph.calls)
        if spec.directly:
            return after[call]
        return [one for one in range(call + 1, len(graph.calls)) if graph.depends(one, call)]
    if spec.directly:
        return [tensor.call for tensor in graph.calls[call].sources]
    return [one for one in range(call) if graph.depends(call, one)]


def _neighbours(spec: Spec, graph: ModelGraph, call: int) -> str:
    """What comes directly after a call, or before it."""
    near = readers(graph.calls)[call] if spec.each == "first" else [t.call for t in graph.calls[call].sources]
    kinds = dict.fromkeys(_shown(graph, one) for one in near)
    if spec.each == "first":
        return f"it is followed by {', '.join(kinds)}" if kinds else "it is an output"
    return f"it follows {', '.join(kinds)}"


def _shown(graph: ModelGraph, call: int) -> str:
    kind = graph.layers[graph.calls[call].layer].kind
    return "an activation" if kind == "Activation" else f"`{kind}`"


def _named(kind: str) -> str:
    return "the activation" if kind == "Activation" else f"`{kind}`"


def _noun(kind: str) -> str:
    return "activation" if kind == "Activation" else f"`{kind}`"


def _hint(spec: Spec) -> str:
    if spec.then == "Activation" and spec.directly:
        return (
            "Leave `activation` out of the preceding layer; after it, write "
            f"`{spec.first}(…)` and then `Activation('…')`."
        )
    how = " directly" if spec.directly else ""
    return f"Call {_named(spec.then)}{how} on the result of {_named(spec.first)}."
