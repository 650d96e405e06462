"""`parameters`: a budget of weights."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, failed, passed, skipped

TITLE = "Number of parameters"


class Spec(CheckOptions):
    """At most this many weights."""

    kind: Literal["parameters"]
    most: int = Field(ge=1, description="the largest number that is allowed")


def check(spec: Spec, evidence: Evidence) -> Finding:
    count = evidence.graph.parameters
    if count is None:
        return skipped("The number of parameters is unknown, because the grader does not know one of the layers.")
    expected, actual = f"at most {spec.most:,}", f"{count:,}"
    if count <= spec.most:
        return passed(f"The model has {count:,} parameters.", expected=expected, actual=actual)
    return failed(
        f"The model has {count:,} parameters; at most {spec.most:,} are allowed.",
        expected=expected,
        actual=actual,
        hint="Use fewer or narrower layers.",
    )
