"""`order`: a layer of one class comes before a layer of another, directly or eventually."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.chosen_layers import Chosen, Demand, beside, decide, named
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.network_view import is_of
from grader.checks.spec_values import LayerClass
from grader.domain import Subject
from grader.domain.words import listed

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
    graph, how = evidence.view.graph, "directly " if spec.directly else ""
    every, other, place = spec.first, spec.then, "after"
    if spec.each == "then":
        every, other, place = spec.then, spec.first, "before"
    chosen = []
    for number, call in enumerate(graph.calls):
        if not is_of(layer := graph.layers[call.layer], every):
            continue
        neighbours = beside(graph, number, before=spec.each == "then", through=lambda _: not spec.directly)
        actual = listed(list(dict.fromkeys(named(neighbour.kind) for neighbour in neighbours)), "nothing")
        right = any(is_of(neighbour, other) for neighbour in neighbours)
        chosen.append(Chosen(layer.name, f"{named(other)} {how}{place} it", actual, right))
    demand = Demand(
        "activation" if every == "Activation" else f"`{every}` layer",
        f"{named(spec.first)} {how}before {named(spec.then)}",
        f"Add {named(every)} {'before' if every == spec.first else 'after'} {named(other)}.",
        SUBJECTS,
        [every],
        correct=_step(spec),
    )
    return decide(evidence, demand, chosen)


def _step(spec: Spec) -> str:
    if spec.then == "Activation" and spec.directly:
        first = f"`{spec.first}(…)` and then `Activation('…')`"
        return f"Leave `activation` out of the preceding layer; after it, write {first}."
    how = " directly" if spec.directly else ""
    return f"Call {named(spec.then)}{how} on the result of {named(spec.first)}."
