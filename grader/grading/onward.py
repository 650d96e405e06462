"""What comes after the errors of a program: the next steps of a grade continue with those of the corrected program.

No verdict and no point depends on it. Who reviews a network that an error has hidden sees what it would have earned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.domain import CheckResult, Grade, GradeStatus, Note, Status

CORRECTED = "with its errors corrected as the next steps say, it would earn"


def continued(grade: Grade, corrected: Iterable[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise once its errors are corrected."""
    later = next((one for one in corrected if one.assignment == grade.assignment), None)
    if later is None:
        return grade
    pairs = zip(grade.results, later.results, strict=True)
    results = tuple(_continued(one, then, later.execution.followed) for one, then in pairs)
    would = [one for one in later.reasons if one.startswith(CORRECTED)]
    if later.match.model:
        would = [f"{CORRECTED} {later.score} of {later.max_score} points"]
    is_hidden = grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW
    return replace(grade, results=results, reasons=(*grade.reasons, *(would if is_hidden else ())))


def _continued(result: CheckResult, later: CheckResult, followed: Sequence[Note]) -> CheckResult:
    if result.status in (Status.PASSED, Status.ERRORED):
        return result
    steps = [step for step in result.hint.splitlines() if any(note.detail in step for note in followed)]
    then = later.hint.splitlines() if later.status is not Status.PASSED else []
    alone = result.hint.splitlines() if result.check.kind == "runs" else []  # whose errors other steps correct
    return replace(result, hint="\n".join(dict.fromkeys([*steps, *then] or alone)))
