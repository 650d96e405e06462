"""What a check may look at, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.domain import Assignment, Execution, ModelGraph, RecordedModel, Status, Training


@dataclass(frozen=True)
class Evidence:
    """One submission's model for one assignment. `graph` is the student's with its outputs in the order of the heads.

    `reference` is `None` where the assignment keeps it back. `learn` trains the network when first asked.
    """

    assignment: Assignment
    execution: Execution
    model: RecordedModel
    graph: ModelGraph
    reference: ModelGraph | None
    learn: Callable[[], Training]


@dataclass(frozen=True)
class Finding:
    """A check's answer. `share` is the part of the points earned; only checks with `partial = true` use it."""

    status: Status
    message: str
    expected: str = ""
    actual: str = ""
    hint: str = ""
    share: float = 0.0
    review: str = ""


def passed(message: str, *, expected: str = "", actual: str = "") -> Finding:
    return Finding(Status.PASSED, message, expected, actual, share=1.0)


def failed(message: str, *, expected: str, actual: str, hint: str, share: float = 0.0, review: str = "") -> Finding:
    return Finding(Status.FAILED, message, expected, actual, hint, share, review)


def skipped(message: str, *, hint: str = "") -> Finding:
    return Finding(Status.SKIPPED, message, hint=hint)


def errored(message: str, *, review: str) -> Finding:
    return Finding(Status.ERRORED, message, review=review)
