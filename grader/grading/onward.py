"""What comes after the errors of a program: the next steps of a grade continue with those of the corrected program.

No verdict and no point depends on it. Who reviews a network that an error has hidden sees what it would have earned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import CheckResult, Grade, GradeStatus, Note, Status

PASSES = "This passes once the errors above are corrected."


def continued(grade: Grade, corrected: Sequence[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise; `corrected` are those of one run after another."""
    later = [one for one in corrected if one.assignment == grade.assignment]
    results = grade.results
    for one in later:
        pairs = zip(results, one.results, strict=True)
        results = tuple(_continued(result, then, one.execution.followed) for result, then in pairs)
    built = next((one for one in reversed(later) if one.match.model), None)
    reasons = grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with its errors corrected as the next steps say, it would earn {earned}")
    return replace(grade, results=results, reasons=reasons)


def _continued(result: CheckResult, later: CheckResult, followed: Sequence[Note]) -> CheckResult:
    if result.status in (Status.PASSED, Status.ERRORED):
        return result
    steps = [step for step in result.hint.splitlines() if any(note.detail in step for note in followed)]
    steps += later.hint.splitlines() if later.status is not Status.PASSED else []
    if not steps and result.status is Status.FAILED:
        steps = result.hint.splitlines() if result.check.kind == "runs" else [PASSES]
    return replace(result, hint="\n".join(dict.fromkeys(steps)))
