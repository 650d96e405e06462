"""Tries the next steps of a grade: the program with them runs and is graded, and what is left to do is told, too.

No verdict and no point depends on it. So a step need not foresee what the one before it leads to, whoever follows a
page to its end has full marks wherever it says so, and who reviews a network that an error has hidden sees what it
would have earned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from grader.checks.kinds.runs import FIX
from grader.domain import CheckResult, Edit, Grade, GradeStatus, Note, Outcome, Status, Step, steps
from grader.execution.execute import FINISHED, can_go_on
from grader.hints import by_grader, explaining, stops

MOST_ROUNDS = 5
MOST_STEPS = 20  # done at once; nobody reads more
MOST_TIMES = 2  # that a change is done: what is wrong may stand twice in a line
EDIT = "Write `"
VAGUE, _, _ = FIX.partition(",")  # what is said where nobody knows the step
PASSES = "This passes once the other steps are done."
OPEN = (Status.FAILED, Status.SKIPPED)
Again = Callable[[Sequence[Step], bool], Sequence[Grade]]


def tried(grades: Sequence[Grade], again: Again) -> tuple[Grade, ...]:
    """The grades of a program with all that is left to do once their steps are done, round by round.

    `again` grades the program with these steps, perhaps going on after errors; nothing where that shows nothing.
    """

    def placed(done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        return [*map(_with_files, again(done, goes_on))]

    grades = [*map(_with_files, grades)]
    later = [grade for round_grades in _rounds(grades, placed) for grade in round_grades]
    return tuple(_confirmed(continued(grade, later), later, placed) for grade in grades)


def _confirmed(grade: Grade, later: Sequence[Grade], again: Again) -> Grade:
    """The grade, which leads to full marks only if just the steps that it tells do, whatever the rounds have done."""
    told = {_change(step): step for step in _steps(grade) if step.edits and not step.is_advice}
    if not grade.leads_to_full_marks or told.keys() == _changes(later[-1].execution.followed):
        return grade
    done = sorted(told.values(), key=lambda step: (not step.moves_cell, -step.edits[0].line))
    alike = [entry for entry in again(done, False) if entry.assignment == grade.assignment]
    return replace(grade, leads_to_full_marks=any(map(_is_right, alike)))


def _steps(grade: Grade) -> Iterator[Step]:
    return (step for result in grade.results if result.status in OPEN for step in result.steps)


def _rounds(grades: Sequence[Grade], again: Again) -> Iterator[Sequence[Grade]]:
    """Errors first: a program that ends at one has built half a network. Where nobody knows the step, the program goes
    on after it, which shows the whole."""
    done: list[Step] = []
    is_over = grades[0].execution.full_fit or grades[0].execution.outcome not in FINISHED
    for _ in range(0 if is_over else MOST_ROUNDS):
        new, whole = _next(grades, done, of_errors=True), list[Grade]()
        if not new and can_go_on(grades[0].execution):
            yield (more := again(done, True))
            whole = [grade for grade in more if _is_of_use(grade)]
        known = {grade.assignment.id for grade in whole if grade.assignment}
        rest = [grade for grade in grades if grade.assignment is None or grade.assignment.id not in known]
        if not (new := new or _next([*whole, *rest], done)):
            return
        done += new
        yield (grades := again(done, False))
        if not grades:
            return


def _next(grades: Sequence[Grade], done: Sequence[Step], *, of_errors: bool = False) -> list[Step]:
    """The steps to do next, from the last line to the first, as far as they leave nothing open; one that moves a cell
    alone, since others count cells anew after it."""
    found: dict[Collection[Edit], Step] = {}
    for grade in grades:
        wanted = [result for result in grade.results if result.status in OPEN]
        if of_errors and grade.match.model:
            wanted = [result for result in wanted if result.check.kind == "runs"]
        for step in (step for result in wanted for step in result.steps):
            found.setdefault(_change(step), step)
    times = Counter(map(_change, done))
    new = [step for change, step in found.items() if times[change] < _most_times(step)]
    new = [step for step in new if step.edits and not (step.is_advice or _is_about_new_lines(step, done))]
    new = [step for step in new if step.moves_cell][:1] or new[:MOST_STEPS]
    return sorted(new, key=lambda step: -step.edits[0].line)


def _with_files(grade: Grade) -> Grade:
    """The grade whose steps have the file of the model in edits that say none."""
    file = grade.match.model.location.file if grade.match.model else ""

    def placed(step: Step) -> Step:
        return replace(step, edits=tuple(replace(edit, file=edit.file or file) for edit in step.edits))

    return replace(
        grade, results=tuple(replace(result, steps=tuple(map(placed, result.steps))) for result in grade.results)
    )


def _change(step: Step) -> Collection[Edit]:
    """What a step changes, wherever it says so: the last line of a function has no other place."""
    return frozenset(replace(edit, line=0 if edit.within else edit.line) for edit in step.edits)


def _changes(steps: Iterable[Step]) -> set[Collection[Edit]]:
    return {_change(step) for step in steps}


def _is_about_new_lines(step: Step, done: Iterable[Step]) -> bool:
    """Whether it changes lines that steps have written: the student's text does not have them."""
    written = [edit for other in done for edit in other.edits if edit.last is not None]
    return any(
        (edit.file, edit.cell) == (other.file, other.cell)
        and edit.line <= (other.last or 0)
        and (edit.last or edit.line) >= other.line
        for edit in step.edits for other in written
    )  # fmt: skip


def _most_times(step: Step) -> int:
    return 1 if any(edit.last is not None for edit in step.edits) else MOST_TIMES


def continued(grade: Grade, rounds: Sequence[Grade]) -> Grade:
    """The grade with the steps that are left for the same exercise after one round and the next."""
    later = [entry for entry in rounds if entry.assignment == grade.assignment and _is_of_use(entry)]
    results = grade.results
    for before, after in pairwise([grade, *later]):
        results = _after_a_round(results, before, after)
    # The step of an error may be that of a check, which says more by now.
    pairs = [*zip(grade.results, results, strict=True)]
    now = {old.steps: new.steps for old, new in pairs if old.status is Status.FAILED and new.hint not in ("", PASSES)}
    results = tuple(replace(result, steps=now.get(result.steps, result.steps)) for result in results)
    results = tuple(_with_calls_written_once(result, results) for result in results)
    built, reasons = _with_errors_corrected(later), grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with only its errors corrected, it would earn {earned}")
    leads = bool(later) and _is_right(later[-1])
    grade = replace(grade, results=results, reasons=reasons, leads_to_full_marks=leads)
    return replace(grade, notes=(*_notes_left(grade, later), *_notes_added(grade, later)))


def _with_errors_corrected(later: Sequence[Grade]) -> Grade | None:
    """The last of the grades of runs with steps for errors alone that have a network."""
    built = [entry for entry in later if entry.match.model and not entry.execution.went_on]
    of_errors = [entry for entry in built if not any(map(_is_of_network, entry.execution.followed))]
    return of_errors[-1] if of_errors else None


def _is_of_network(step: Step) -> bool:
    """Whether it writes statements or a call as a whole, as no step for an error does."""
    return any(edit.call or edit.last is not None for edit in step.edits)


def _with_calls_written_once(result: CheckResult, results: Sequence[CheckResult]) -> CheckResult:
    """The result without steps for a call that a later one writes as a whole; one that adds the call adds it so."""
    every = [edit for other in results for step in other.steps for edit in step.edits]
    calls = {_place(edit): edit for edit in every if edit.call}
    added = {_place(edit) for edit in every if edit.adds_line and _has_call(edit.new, calls.get(_place(edit)))}

    def told(step: Step) -> Step | None:
        edit, *others = step.edits or (Edit(0),)
        writer = calls.get(_place(edit))
        if others or writer is None:
            return step
        if edit.adds_line and _place(edit) in added:
            return Step(step.text.replace(edit.new, writer.new), (replace(edit, new=writer.new),))
        is_written = edit.call == writer.call or _has_call(edit.old, writer)
        return None if is_written and (edit != writer or _place(edit) in added) else step

    left = [*filter(None, map(told, result.steps))]
    return replace(result, steps=steps(left or PASSES)) if result.steps else result


def _place(edit: Edit) -> tuple[str, int | None, int]:
    return edit.file, edit.cell, edit.line


def _has_call(code: str, writer: Edit | None) -> bool:
    return writer is not None and f"{writer.call}(" in code


def _after_a_round(results: Sequence[CheckResult], before: Grade, after: Grade) -> tuple[CheckResult, ...]:
    followed, pairs = after.execution.followed, [*zip(results, after.results, strict=True)]
    is_told = _changes(followed) <= _changes(step for entry in (*results, *before.results) for step in entry.steps)
    results = tuple(
        _continued(result, later, after)
        if is_told or later.status is not Status.PASSED
        else result  # what else makes it pass is told nowhere
        for result, later in pairs
    )
    whole = [entry for entry in pairs if entry[0].status is Status.PASSED and is_told]
    new = [later for _, later in whole if later.check.kind == "runs" or not after.execution.went_on]
    return _with_consequences(results, new, followed)


def _notes_left(grade: Grade, later: Sequence[Grade]) -> Iterator[Note]:
    """An error that the steps do away with needs none of its own."""
    if not later or later[-1].execution.outcome is not Outcome.OK:
        return iter(grade.notes)
    errors = [note for entry in (grade, *later) for note in explaining(entry.execution)]
    errors += [note for note in grade.notes if stops(note)]
    gone = [note for note in errors if note not in later[-1].execution.notes]
    needless = [note.detail for note in gone if not any(note.detail in result.hint for result in grade.results)]
    return (note for note in grade.notes if note.detail not in needless)


def _notes_added(grade: Grade, later: Sequence[Grade]) -> Iterator[Note]:
    """What only the grader knows, once the steps are done: that targets are exchanged, perhaps."""
    own = [note for note in later[-1].notes if by_grader(note)] if later and not later[-1].execution.went_on else []
    return (note for note in own if note not in grade.notes)


def _is_right(grade: Grade) -> bool:
    return not grade.execution.went_on and all(result.status is Status.PASSED for result in grade.results)


def _with_consequences(
    results: Sequence[CheckResult], later: Sequence[CheckResult], followed: Sequence[Step]
) -> tuple[CheckResult, ...]:
    """What passed and fails once steps are followed is told with the last of these."""
    new: list[Step] = []
    for result in (result for result in later if result.status is Status.FAILED):
        first, *rest = [step for step in result.steps if not _is_about_new_lines(step, followed)] or [Step("")]
        new += [first.after(result.message) if first.text.startswith(VAGUE) else first, *rest]
    tellers = [result for result in results if result.status in OPEN and _changes(result.steps) & _changes(followed)]
    return tuple(
        replace(result, steps=steps([*result.steps, *new])) if result in tellers[-1:] else result for result in results
    )


def _continued(result: CheckResult, later: CheckResult, grade: Grade) -> CheckResult:
    """One result with what is left, of one run and the next, which has this `grade`."""
    if result.status not in OPEN:
        return result
    is_of_runs, followed, told = result.check.kind == "runs", grade.execution.followed, _told_by_runs(grade, later)
    if is_of_runs and grade.execution.went_on:
        return replace(result, steps=_with_correction(result.steps, later.steps))

    def is_followed(step: Step) -> bool:
        return bool(step.edits) and _change(step) in _changes(followed)

    kept, is_left = list(filter(is_followed, result.steps)), later.status is not Status.PASSED
    is_of_error = {result.status, later.status} == {Status.SKIPPED} and not is_of_runs and grade.match.model is None
    new = [step for step in later.steps if is_left and not is_of_error and not is_followed(step)]
    new = [step for step in new if step.text not in told and not _is_about_new_lines(step, followed)]
    is_other = result.status is Status.SKIPPED or (new[:1] and new[0].text.startswith(VAGUE))
    if new and is_other and later.message != result.message:  # of which nothing is told yet
        new[0] = new[0].after(later.message)
    kept += new
    if not kept and result.status is Status.FAILED:
        # What corrects the network as it was built gives way to what corrects the statements that failed.
        went_on = grade.execution.went_on
        is_open = later.status is Status.SKIPPED and not (went_on and result.differences)
        is_open = is_open or (is_left and (is_of_runs or not went_on))
        kept = [*result.steps] if is_open else [Step(PASSES)]
    # What is said of cells has their numbers after a move, as the steps have.
    is_moved = bool(new) and result.status is Status.FAILED and any(step.moves_cell for step in followed)
    message = later.message if is_moved and not is_of_runs else result.message
    return replace(result, steps=steps(kept), message=message)


def _with_correction(told: Sequence[Step], later: Sequence[Step]) -> tuple[Step, ...]:
    """The steps for errors, the last of them why lines are to be written, and then these lines."""
    own = [replace(step, text=kept) for step in told if (kept := step.text.partition(VAGUE)[0].strip())]
    new = [step for step in later if not step.text.startswith(VAGUE)]
    new = [step for step in new if step.text not in [kept.text for kept in own]]
    if own and new and EDIT not in own[-1].text:  # which says why, and not what to write
        own[-1:], new[:1] = [], [new[0].after(own[-1].text)]
    return steps([*own, *new])


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
    is_open = grade.assignment is not None and not grade.assignment.fixed
    return [step.text for other in (*runs, *([result] if is_open else [])) for step in other.steps]
