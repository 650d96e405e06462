"""`widths`: how many units, filters or dimensions the hidden layers have."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed
from grader.checks.spec_values import WideClass
from grader.domain import Subject
from grader.domain.words import counted, listed

TITLE = "Widths of the hidden layers"
SUBJECTS: tuple[Subject, ...] = ("width", "depth")


class Spec(CheckOptions):
    """The widths of all hidden layers, in any order: units, filters of convolutions, dimensions of embeddings."""

    kind: Literal["widths"]
    units: list[int] = Field(description="width of each hidden layer")
    of: list[WideClass] = Field([], description='classes that count, such as "Conv2D"; by default all with a width')
    free: int = Field(0, ge=0, description="how many more hidden layers of any width are required")
    free_range: list[int] = Field([1, 256], description="smallest and largest width of these layers")


def check(spec: Spec, evidence: Evidence) -> Finding:
    hidden = evidence.view.hidden_of(spec.of)
    expected = _expected(spec)
    actual = listed([f"{layer.width} ({evidence.names.short(layer.name)})" for layer in hidden])
    missing = Counter(spec.units) - Counter(layer.width for layer in hidden)
    extra = Counter(layer.width for layer in hidden) - Counter(spec.units)
    low, high = spec.free_range
    strayed = [width for width in extra if not low <= width <= high] if spec.free else []
    if not missing and extra.total() == spec.free and not strayed:
        return passed("Every hidden layer has the required width.", expected=expected, actual=actual)
    allowed = f", from {low} to {high}" if strayed else ""
    return caused(
        evidence.root(SUBJECTS, {layer.name for layer in hidden}),
        f"The hidden layers have these widths: {actual}; the exercise asks for {expected}{allowed}.",
        expected=expected,
        actual=actual,
        hint="Add what is missing of these, remove what is too many, and correct the others.",
        share=(len(spec.units) - missing.total()) / max(1, len(spec.units) + spec.free),
    )


def _expected(spec: Spec) -> str:
    """`32, 32 and 20, and 1 more layer of any width`: a number of layers next to widths must not look like a width."""
    widths = listed(sorted(spec.units, reverse=True))
    if not spec.free:
        return widths
    more = "more " if spec.units else ""
    free = f"{counted(spec.free, f'{more}layer')} of any width"
    return f"{widths}, and {free}" if spec.units else free
