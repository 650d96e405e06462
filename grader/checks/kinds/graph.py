"""`graph`: the whole network equals the reference's, with the freedoms that the spec names."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, errored, failed, passed
from grader.checks.kinds import compiled, functional, initializers, runs
from grader.checks.spec_values import Table
from grader.domain import Subject

TITLE = "The whole network"
SUBJECTS: tuple[Subject, ...] = tuple(
    subject for subject in get_args(Subject)
    if subject not in {*runs.SUBJECTS, *functional.SUBJECTS, *initializers.SUBJECTS, *compiled.SUBJECTS}
)  # fmt: skip


class FreeLayer(Table):
    """What about one layer of the reference is the student's choice."""

    units: list[int] | None = Field(None, min_length=2, max_length=2, description="smallest and largest width")
    activation: bool = Field(False, description="whether any activation is accepted")


class Spec(CheckOptions):
    """The network is equivalent to the reference, however it is written; initializers are not compared."""

    kind: Literal["graph"]
    free: dict[str, FreeLayer] = Field({}, description="what is free about a layer, by its name in the reference")


def check(spec: Spec, evidence: Evidence) -> Finding:
    if evidence.reference is None:
        return errored("The expected network is not known.", review="the calibration contains no reference graph")
    expected, differences = "the network in the task", evidence.differences
    if not differences:
        return passed("The network matches the task.", expected=expected, actual="the same network")
    cause = evidence.root(SUBJECTS) or differences[0]
    return failed(cause.message, expected=expected, actual="", hint=cause.steps, differences=differences)
