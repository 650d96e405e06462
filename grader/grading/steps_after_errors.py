"""What comes after the errors of a program: the next steps of a grade continue with those of the corrected program.

No verdict and no point depends on it. Who reviews a network that an error has hidden sees what it would have earned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import CheckResult, Grade, GradeStatus, Note, Outcome, Status
from grader.domain.words import steps_of
from grader.hints import explaining, steps_for

PASSES = "This passes once the errors above are corrected."


def continued(grade: Grade, corrected: Sequence[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise; `corrected` are those of one run after another."""
    later: list[Grade] = []
    results, explained, known = grade.results, explaining(grade.execution), grade
    for one in (one for one in corrected if one.assignment == grade.assignment):
        silent = [note for note in one.execution.followed if note not in explained]
        errors = [note for note in one.execution.followed if note in explained]
        is_told = all(any(note.detail in result.hint for result in (*results, *known.results)) for note in errors)
        three = zip(results, known.results, one.results, strict=True)
        results = tuple(
            _continued(*each, one.execution.followed, silent)
            if is_told or each[2].status is not Status.PASSED
            else each[0]  # what else makes it pass is told nowhere
            for each in three
        )
        explained = [*explained, *explaining(one.execution)]
        later, known = [*later, one], one
    # The step of an error may be that of a check, which says more by now.
    now = {old.hint: new.hint for old, new in zip(grade.results, results, strict=True) if new.hint != PASSES}
    results = tuple(replace(one, hint=now.get(one.hint, one.hint) if one.hint else "") for one in results)
    # An error that the other steps do away with needs none of its own.
    needless = [one.detail for one in explained if later and later[-1].execution.outcome is Outcome.OK]
    needless = [one for one in needless if not any(one in result.hint for result in results)]
    built = next((one for one in reversed(later) if one.match.model), None)
    reasons = grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with only its errors corrected, it would earn {earned}")
    notes = tuple(one for one in grade.notes if one.detail not in needless)
    return replace(grade, results=results, reasons=reasons, notes=notes)


def _continued(
    result: CheckResult, before: CheckResult, later: CheckResult, followed: Sequence[Note], silent: Sequence[Note]
) -> CheckResult:
    """One result with what is left, of one run and the next; `silent` are those of the notes that explain no error."""
    if result.status in (Status.PASSED, Status.ERRORED):
        return result

    def is_followed(step: str) -> bool:
        return any(note.detail in step for note in followed)

    steps, is_left = list(filter(is_followed, steps_of(result.hint))), later.status is not Status.PASSED
    if before.hint != later.hint if is_left else before.status is not Status.PASSED:
        steps += steps_for(silent)
    left = [step for step in steps_of(later.hint) if is_left and not is_followed(step)]
    if left and result.status is Status.SKIPPED:  # it has told of no mistake
        left[0] = f"{later.message} {left[0]}"
    steps += left
    if not steps and result.status is Status.FAILED:
        steps = steps_of(result.hint) if result.check.kind == "runs" else [PASSES]
    return replace(result, hint="\n".join(dict.fromkeys(steps)))
