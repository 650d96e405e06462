"""What comes after the errors of a program: the next steps of a grade continue with those of the corrected program.

No verdict and no point depends on it. Who reviews a network that an error has hidden sees what it would have earned.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from grader.checks.kinds.runs import FIX
from grader.domain import CheckResult, Grade, GradeStatus, Outcome, Status
from grader.domain.words import steps_of
from grader.hints import explaining, moves_cell, stops

EDIT = "Write `"
VAGUE, _, _ = FIX.partition(",")  # what is said where nobody knows the step
PASSES = "This passes once the errors above are corrected."


def continued(grade: Grade, corrected: Sequence[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise; `corrected` are those of one run after another."""
    later: list[Grade] = []
    results, explained, last_grade = grade.results, explaining(grade.execution), grade
    corrections = {difference.hint for result in results for difference in result.differences}
    for later_grade in (entry for entry in corrected if entry.assignment == grade.assignment and _is_of_use(entry)):
        followed, hints = later_grade.execution.followed, [entry.hint for entry in (*results, *last_grade.results)]
        is_told = all(any(note.detail in hint for hint in hints) for note in followed)
        results = tuple(
            _continued(result, later_result, later_grade, corrections)
            if is_told or later_result.status is not Status.PASSED
            else result  # what else makes it pass is told nowhere
            for result, later_result in zip(results, later_grade.results, strict=True)
        )
        explained = [*explained, *explaining(later_grade.execution)]
        later, last_grade = [*later, later_grade], later_grade
    # The step of an error may be that of a check, which says more by now.
    pairs = zip(grade.results, results, strict=True)
    now = {old.hint: new.hint for old, new in pairs if old.status is Status.FAILED and new.hint not in ("", PASSES)}
    results = tuple(
        replace(result, hint=now.get(result.hint, result.hint) if result.hint else "") for result in results
    )
    # An error that the other steps do away with needs none of its own.
    errors = [note for note in (*explained, *grade.notes) if stops(note)]
    gone = [note for note in errors if later and later[-1].execution.outcome is Outcome.OK]
    gone = [note for note in gone if note not in later[-1].execution.notes]
    needless = [note.detail for note in gone if not any(note.detail in result.hint for result in results)]
    built = next((entry for entry in reversed(later) if entry.match.model and not entry.execution.went_on), None)
    reasons = grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with only its errors corrected, it would earn {earned}")
    notes = tuple(note for note in grade.notes if note.detail not in needless)
    return replace(grade, results=results, reasons=reasons, notes=notes)


def _continued(result: CheckResult, later: CheckResult, grade: Grade, corrections: Collection[str]) -> CheckResult:
    """One result with what is left, of one run and the next, which has this `grade`; `corrections` of the network as it
    was built give way to those of the statements that failed."""
    if result.status in (Status.PASSED, Status.ERRORED):
        return result
    is_of_runs, followed, told = result.check.kind == "runs", grade.execution.followed, _told_by_runs(grade, later)
    if is_of_runs and grade.execution.went_on:
        return replace(result, hint=_with_correction(steps_of(result.hint), steps_of(later.hint)))

    def is_followed(step: str) -> bool:
        return any(note.detail in step for note in followed)

    steps, is_left = list(filter(is_followed, steps_of(result.hint))), later.status is not Status.PASSED
    is_of_error = {result.status, later.status} == {Status.SKIPPED} and not is_of_runs and grade.match.model is None
    later_steps = [step for step in steps_of(later.hint) if is_left and not is_of_error and not is_followed(step)]
    later_steps = [step for step in later_steps if step not in told]
    if later_steps and result.status is Status.SKIPPED:  # it has told of no mistake
        later_steps[0] = f"{later.message} {later_steps[0]}"
    steps += later_steps
    if not steps and result.status is Status.FAILED:
        is_open = later.status is Status.SKIPPED and not (grade.execution.went_on and result.hint in corrections)
        steps = steps_of(result.hint) if is_of_runs or is_open else [PASSES]
    # What is said of cells has their numbers after a move, as the steps have.
    is_moved = bool(later_steps) and result.status is Status.FAILED and any(map(moves_cell, followed))
    message = later.message if is_moved and not is_of_runs else result.message
    return replace(result, hint="\n".join(dict.fromkeys(steps)), message=message)


def _with_correction(told: Sequence[str], later: Sequence[str]) -> str:
    """The steps for errors, the last of them why lines are to be written, and then these lines."""
    own = [kept for step in told if (kept := step.partition(VAGUE)[0].strip())]
    new = [step for step in later if not step.startswith(VAGUE)]
    new = [step for step in new if step not in own]
    if own and new and EDIT not in own[-1]:  # which says why, and not what to write
        own[-1:], new[:1] = [], [f"{own[-1]} {new[0]}"]
    return "\n".join([*own, *new])


def _is_of_use(grade: Grade) -> bool:
    """Whether a run that went on has led to lines to write: all else that it shows may be about what stood in."""
    has_failed = grade.match.model is not None and grade.match.model.has_failed
    runs = [result.hint for result in grade.results if result.check.kind == "runs" and result.status is Status.FAILED]
    return not grade.execution.went_on or (has_failed and not any(hint.startswith(VAGUE) for hint in runs))


def _told_by_runs(grade: Grade, result: CheckResult) -> list[str]:
    """The steps that a result leaves to the check `runs`, which corrects statements that failed, and the network with
    them. Where no network is expected, all others are about one that is about to change."""
    runs = [other for other in grade.results if other.check.kind == "runs"]
    if result in runs or not grade.execution.went_on:
        return []
    if grade.assignment is not None and not grade.assignment.fixed:
        return [step for other in (*runs, result) for step in steps_of(other.hint)]
    return [step for other in runs for step in steps_of(other.hint)]
