"""What is told of a grade once its next steps were tried: those that were done, and those that are left.

A later run says what is left of each check; what passed at first and fails then is told with the step that led there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import replace

from grader.checks.kinds.runs import FIX
from grader.domain import CheckResult, Edit, Grade, GradeStatus, Note, Outcome, Status, Step, steps
from grader.hints import by_grader, explaining, steps_for, stops

VAGUE, _, _ = FIX.partition(",")  # what is said where nobody knows the step
PASSES = "This passes once the other steps are done."
OPEN = (Status.FAILED, Status.SKIPPED)


def continued(grade: Grade, rounds: Sequence[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise after one round and the next."""
    later = [entry for entry in rounds if entry.assignment == grade.assignment and is_of_use(entry)]
    results = grade.results
    for after in later:
        results = _after_a_round(results, after)
    # The step of an error may be that of a check, which says more by now.
    pairs = [*zip(grade.results, results, strict=True)]
    now = {old.steps: new.steps for old, new in pairs if old.status is Status.FAILED and new.hint not in ("", PASSES)}
    results = tuple(replace(result, steps=now.get(result.steps, result.steps)) for result in results)
    built, reasons = _with_errors_corrected(grade, later), grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with only its errors corrected, it would earn {earned}")
    leads, added = bool(later) and is_right(later[-1]), _notes_added(grade, later)
    for note in (note for note in added if note.edits):
        told = [step.after("Once this is done,") for step in steps_for([note], note.location)]
        tellers = _tellers(results, later[-1].execution.followed)
        results = _told_with([teller for teller in tellers if teller.check.kind != "runs"][:1], told, results)
    results = _written_at_once(results)
    grade = replace(grade, results=results, reasons=reasons, leads_to_full_marks=leads)
    return replace(grade, notes=(*_notes_left(grade, later), *added))


def _after_a_round(results: Sequence[CheckResult], after: Grade) -> tuple[CheckResult, ...]:
    pairs = [*zip(results, after.results, strict=True)]
    passed = [later for result, later in pairs if result.status is Status.PASSED]
    continued: list[CheckResult] = []
    for result, later in pairs:
        told = changes_of(step for earlier in continued for step in earlier.steps)
        continued.append(_continued(result, later, after, told))
    return _with_consequences(continued, passed, after.execution.followed)


def _continued(result: CheckResult, later: CheckResult, grade: Grade, earlier: Set[Collection[Edit]]) -> CheckResult:
    """One result with what is left, of one run and the next, which has this `grade`; `earlier` ones say what else is
    changed."""
    if result.status not in OPEN:
        return result
    is_of_runs, followed, told = result.check.kind == "runs", grade.execution.followed, _told_by_runs(grade, later)
    if is_of_runs and grade.execution.went_on:
        return replace(result, steps=_with_correction(result.steps, later.steps))

    def is_followed(step: Step) -> bool:
        return bool(step.edits) and change_of(step) in changes_of(followed)

    kept, is_left = list(filter(is_followed, result.steps)), later.status is not Status.PASSED
    is_of_error = {result.status, later.status} == {Status.SKIPPED} and not is_of_runs and grade.match.model is None
    new = [step for step in later.steps if is_left and not is_of_error and not is_followed(step)]
    new = [step for step in new if step.text not in told and not is_about_new_lines(step, followed)]
    is_other = result.status is Status.SKIPPED or (new[:1] and new[0].text.startswith(VAGUE))
    if new and is_other and later.message != result.message and change_of(new[0]) not in earlier:
        new[0] = new[0].after(later.message)
    kept += new
    if not kept and result.status is Status.FAILED:
        # What corrects the network as it was built gives way to what corrects the statements that failed.
        is_open = is_left and not grade.execution.went_on
        kept = [*result.steps] if is_open else [Step(PASSES)]
    # What is said of cells has their numbers after a move, as the steps have.
    is_moved = bool(new) and result.status is Status.FAILED and any(step.moves_cell for step in followed)
    message = later.message if is_moved and not is_of_runs else result.message
    return replace(result, steps=steps(kept), message=message)


def _with_correction(told: Sequence[Step], later: Sequence[Step]) -> tuple[Step, ...]:
    """The steps for errors, the last of them why lines are to be written, and then these lines."""
    own = [replace(step, text=kept) for step in told if (kept := step.text.partition(VAGUE)[0].strip())]
    new = [step for step in later if not step.text.startswith(VAGUE)]
    if own and new and not own[-1].edits:  # which says why, and not what to write
        lines = next((n for n, step in enumerate(new) if any(edit.last for edit in step.edits)), 0)
        new[lines] = new[lines].after(own.pop().text)
    return steps([*own, *new])


def _told_by_runs(grade: Grade, result: CheckResult) -> list[str]:
    """The steps that a result leaves to the check `runs`, which corrects statements that failed, and the network with
    them. Where no network is expected, all others are about one that is about to change."""
    runs = [other for other in grade.results if other.check.kind == "runs"]
    if result in runs or not grade.execution.went_on:
        return []
    is_open = grade.assignment is not None and not grade.assignment.fixed
    return [step.text for other in (*runs, *([result] if is_open else [])) for step in other.steps]


def _with_consequences(
    results: Sequence[CheckResult], later: Sequence[CheckResult], followed: Sequence[Step]
) -> tuple[CheckResult, ...]:
    """What passed and fails once steps are followed is told with the last of these."""
    new: list[Step] = []
    for result in (result for result in later if result.status is Status.FAILED):
        first, *rest = [step for step in result.steps if not is_about_new_lines(step, followed)] or [Step("")]
        new += [first.after(result.message) if first.text.startswith(VAGUE) else first, *rest]
    return _told_with(_tellers(results, followed)[-1:], new, results)


def _tellers(results: Sequence[CheckResult], followed: Sequence[Step]) -> list[CheckResult]:
    """The results that have told steps that were done."""
    return [result for result in results if result.status in OPEN and changes_of(result.steps) & changes_of(followed)]


def _told_with(
    tellers: Sequence[CheckResult], new: Sequence[Step], results: Sequence[CheckResult]
) -> tuple[CheckResult, ...]:
    """The results, some of them with further steps."""
    return tuple(
        replace(result, steps=steps([*result.steps, *new])) if result in tellers else result for result in results
    )


def _written_at_once(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """The results without steps for what other steps overwrite or add, which is added as it should be."""
    told = [step for result in results if result.status in OPEN for step in result.steps if not step.is_advice]
    edits = [edit for step in told for edit in step.edits]
    lines = [edit for edit in edits if edit.last is not None]
    right = {added: call.new for added in edits if added.adds_line for call in edits if _is_of(call, added)}

    def is_needless(edit: Edit) -> bool:
        of_code = bool(edit.old or edit.call) and edit.last is None
        return of_code and (any(map(edit.meets, lines)) or any(_is_of(edit, added) for added in right))

    def as_it_should_be(step: Step) -> Step:
        for added in right.keys() & {*step.edits}:
            edits = tuple(replace(edit, new=right[added]) if edit == added else edit for edit in step.edits)
            step = replace(step, text=step.text.replace(added.new, right[added]), edits=edits)
        return step

    def left(result: CheckResult) -> tuple[Step, ...]:
        own = [step for step in result.steps if not step.edits or not all(map(is_needless, step.edits))]
        said = PASSES if result.steps and result.status is Status.FAILED else ""
        return steps(map(as_it_should_be, own) if own else said)

    return tuple(replace(result, steps=left(result)) if result.status in OPEN else result for result in results)


def _is_of(call: Edit, added: Edit) -> bool:
    """Whether a whole call is to be written in place of one that stands in a line which a step adds."""
    is_there = (call.file, call.cell, call.line) == (added.file, added.cell, added.line)
    return is_there and call.call != "" and not call.argument and f"{call.call}(" in added.new


def _with_errors_corrected(grade: Grade, later: Sequence[Grade]) -> Grade | None:
    """The last of the grades of runs with steps for errors alone that have a network."""
    failed = [result for entry in (grade, *later) for result in entry.results if result.status is Status.FAILED]
    others = changes_of(step for result in failed if result.check.kind != "runs" for step in result.steps)

    def is_of_errors(step: Step) -> bool:
        return change_of(step) not in others and all(edit.last is None for edit in step.edits)

    built = [entry for entry in later if entry.match.model and not entry.execution.went_on]
    return next((entry for entry in reversed(built) if all(map(is_of_errors, entry.execution.followed))), None)


def _notes_left(grade: Grade, later: Sequence[Grade]) -> Iterator[Note]:
    """An error that the steps do away with needs none of its own."""
    if not later or later[-1].execution.outcome is not Outcome.OK:
        return iter(grade.notes)
    errors = [note for entry in (grade, *later) for note in explaining(entry.execution)]
    errors += [note for note in grade.notes if stops(note)]
    gone = [note for note in errors if note not in later[-1].execution.notes]
    needless = [note.detail for note in gone if not any(note.detail in result.hint for result in grade.results)]
    return (note for note in grade.notes if note.detail not in needless)


def _notes_added(grade: Grade, later: Sequence[Grade]) -> list[Note]:
    """What only the grader knows, once the steps are done: that targets are exchanged, perhaps."""
    own = [note for note in later[-1].notes if by_grader(note)] if later and not later[-1].execution.went_on else []
    return [note for note in own if note not in grade.notes]


def is_right(grade: Grade) -> bool:
    return not grade.execution.went_on and all(result.status is Status.PASSED for result in grade.results)


def is_of_use(grade: Grade) -> bool:
    """Whether a run that went on has led to lines to write: all else that it shows may be about what stood in."""
    has_failed = grade.match.model is not None and grade.match.model.has_failed
    runs = [result.hint for result in grade.results if result.check.kind == "runs" and result.status is Status.FAILED]
    return not grade.execution.went_on or (has_failed and not any(hint.startswith(VAGUE) for hint in runs))


def change_of(step: Step) -> Collection[Edit]:
    """What a step changes, wherever it says so: the last line of a function has no other place."""
    return frozenset(replace(edit, line=0 if edit.within else edit.line) for edit in step.edits)


def changes_of(steps: Iterable[Step]) -> set[Collection[Edit]]:
    return {change_of(step) for step in steps}


def is_about_new_lines(step: Step, done: Iterable[Step]) -> bool:
    """Whether it changes lines that steps have written: the student's text does not have them."""
    written = [edit for other in done for edit in other.edits if edit.last is not None]
    return any(edit.meets(other) for edit in step.edits for other in written)
