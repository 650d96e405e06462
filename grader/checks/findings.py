"""What a check may answer."""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks.evidence import Evidence
from grader.domain import Difference, Layer, Status, Step, Steps, WithSteps, steps


@dataclass(frozen=True)
class Finding(WithSteps):
    """A check's answer. `share` is the part of the points earned; only checks with `partial = true` use it."""

    status: Status
    message: str
    expected: str = ""
    actual: str = ""
    steps: tuple[Step, ...] = ()
    share: float = 0.0
    review: str = ""
    differences: tuple[Difference, ...] = ()


def passed(message: str, *, expected: str = "", actual: str = "") -> Finding:
    return Finding(Status.PASSED, message, expected, actual, share=1.0)


def failed(
    message: str,
    *,
    expected: str,
    actual: str,
    hint: Steps,
    share: float = 0.0,
    review: str = "",
    differences: tuple[Difference, ...] = (),
) -> Finding:
    return Finding(Status.FAILED, message, expected, actual, steps(hint), share, review, differences)


def caused(
    cause: Difference | None, message: str, *, expected: str, actual: str, hint: Steps, share: float = 0.0
) -> Finding:
    """A failure explained by its cause if the reference shows one, otherwise by what the check itself found."""
    if cause is None:
        return failed(message, expected=expected, actual=actual, hint=hint, share=share)
    return failed(cause.message, expected=expected, actual=actual, hint=cause.steps, share=share, differences=(cause,))


def skipped(message: str, *, hint: Steps = "") -> Finding:
    return Finding(Status.SKIPPED, message, steps=steps(hint))


def undecided(evidence: Evidence, layer: Layer) -> Finding:
    """The verdict depends on layers that a class hides: no points, no cause, and a person reviews it."""
    return Finding(
        Status.SKIPPED,
        f"Undecided: {evidence.at(layer.name)} is a `{layer.opaque}`, and the grader cannot see the layers inside "
        "that class. A person will review it.",
        steps=steps("To get a grade without a review, call the Keras layers directly, without a class around them."),
        review=f"the class `{layer.opaque}` of `{layer.name}` may contain layers that the grader cannot see",
    )


def too_much(what: str) -> Finding:
    """The trainer cannot train this network, or not within its limits: no points, and a person reviews it."""
    return Finding(
        Status.SKIPPED,
        f"Undecided: {what}. A person will review it.",
        steps=steps("A small network of Keras layers is graded without a review; this exercise can be solved by one."),
        review=what,
    )


def errored(message: str, *, review: str) -> Finding:
    return Finding(Status.ERRORED, message, review=review)
