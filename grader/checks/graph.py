"""`graph`: the whole network equals the reference's, with the freedoms that the spec names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.checks.evidence import Evidence, Finding, errored, failed, passed
from grader.checks.options import Options
from grader.domain import Assignment
from grader.graph import Freedom, align, differences

TITLE = "The whole network"


class FreeLayer(BaseModel):
    """What about one layer of the reference is the student's choice."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    units: list[int] | None = Field(None, min_length=2, max_length=2, description="smallest and largest width")
    activation: bool = Field(False, description="whether any activation will do")


class Spec(Options):
    """The network is the reference's, however it is spelled; initializers are not looked at."""

    kind: Literal["graph"]
    free: dict[str, FreeLayer] = Field({}, description="freedoms by name of a layer of the reference")


def check(spec: Spec, evidence: Evidence) -> Finding:
    reference, student = evidence.reference, evidence.graph
    if reference is None:
        return errored("The expected network is not known here.", review="the calibration holds no reference graph")
    expected = "the network of the task"
    labels = evidence.assignment.data.inputs
    if align(student, reference, freedoms(evidence.assignment), labels) is not None:
        return passed("The network is the one that the task asks for.", expected=expected, actual="the same network")
    found = differences(student, reference, labels if len(labels) == len(student.inputs) else ())
    return failed(
        found[0].message,
        expected=expected,
        actual="; ".join(difference.message for difference in found[:4]),
        hint="Compare the two drawings, and mend the first difference.",
    )


def freedoms(assignment: Assignment) -> Mapping[str, Freedom]:
    """The freedoms that the assignment's `graph` check names."""
    free: dict[str, Freedom] = {}
    for check in assignment.checks:
        for name, layer in check.options.get("free", {}).items() if check.kind == "graph" else ():
            units = layer.get("units")
            free[name] = Freedom((units[0], units[1]) if units else None, layer.get("activation", False))
    return free
