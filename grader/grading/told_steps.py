"""What is told of a grade once its next steps were tried: those that were done, and those that are left.

Each is told by the checks that asked for it when they did. What passed at first and fails then is told with a step that
led there, where it is known what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from grader.domain import CheckResult, Edit, Grade, GradeStatus, Location, Note, Outcome, Status, Step
from grader.execution.student.source.followed_steps import followed
from grader.grading.one_list import change_of, changes_of
from grader.hints import by_grader, cause, explaining, steps_for, stops


@dataclass(frozen=True)
class _Told:
    """A step, and the ids of the checks that tell it."""

    step: Step
    checks: tuple[str, ...] = ()


def continued(grade: Grade, rounds: Sequence[Grade], *, has_notes: bool = True) -> Grade:
    """The grade with the steps that are left for the same exercise after one round and the next, by their numbers.

    It `has_notes` that only the last of them gave rise to, whose steps have not been tried.
    """
    later = _own(grade, rounds)
    built, reasons = _with_errors_corrected(grade, later), grade.reasons
    if built and grade.match.model is None and grade.status is GradeStatus.NEEDS_REVIEW:
        earned = f"{built.score} of {built.max_score} points"
        reasons = (*reasons, f"with only its errors corrected, it would earn {earned}")
    leads, added = bool(later) and is_right(later[-1]), notes_added(grade, rounds) if has_notes else []
    asked = [told for told in _planned(grade, later) if told.checks]
    plan = _with_reasons(_written_at_once([*asked, *_of_notes(added)]), (grade, *later))
    plan = [replace(told, step=replace(told.step, number=number)) for number, told in enumerate(plan, start=1)]
    results = tuple(_with_steps(result, grade, plan, later) for result in grade.results)
    of_notes = tuple(told.step for told in plan if not told.checks)
    grade = replace(grade, results=results, reasons=reasons, steps=of_notes, leads_to_full_marks=leads)
    return replace(grade, notes=(*_notes_left(grade, later), *added))


def _own(grade: Grade, rounds: Sequence[Grade]) -> list[Grade]:
    """The later grades of the same exercise."""
    return [entry for entry in rounds if entry.assignment == grade.assignment and is_of_use(entry)]


def _planned(grade: Grade, later: Sequence[Grade]) -> list[_Told]:
    """The steps that were done, and those that the last run leaves, in the order in which they were told.

    Where the page does not show what a check found by then, its first step says it.
    """
    *_, last = (grade, *later)
    done, plan = last.execution.followed, dict[object, _Told]()
    changed = changes_of(done)
    for entry in (grade, *later):
        led = [result.check.id for result in _tellers(grade, plan.values(), [entry])][-1:]
        for first, result in zip(grade.results, entry.results, strict=True):
            is_new = result.message != first.message and first.check.kind != "runs"
            why = result.message if is_new else ""
            for step in _shown(result, entry):
                change = change_of(step) or step.text
                is_left = entry is last and not is_about_new_lines(step, done)
                is_told = change in plan and first.status is not Status.FAILED and entry is not grade
                if is_told or not (is_left or change in changed):
                    continue
                is_known = first.status is not Status.SKIPPED and bool(step.edits)
                told = plan.get(change, _Told(step if is_known else step.after(why)))
                by = [first.check.id] if first.is_open else led if step.edits else []
                plan[change], why = replace(told, checks=tuple(dict.fromkeys([*told.checks, *by]))), ""
    return [*plan.values()]


def _shown(result: CheckResult, grade: Grade) -> Iterator[Step]:
    """What an open check says to do; of a run that went on after errors, nothing that leaves open how."""
    went_on = grade.execution.went_on and result.check.kind == "runs"
    return (step for step in result.steps if result.is_open and not (went_on and step.is_vague))


def _with_reasons(plan: Sequence[_Told], grades: Sequence[Grade]) -> list[_Told]:
    """The steps, each after the words on the error in a line that it changes, or the first one that writes lines; such
    words are no step of their own then."""
    told = list(plan)
    for location, words in dict.fromkeys(_reasons(grades)):
        of_lines = [n for n, entry in enumerate(told) if any(edit.last for edit in entry.step.edits)]
        here = [n for n, entry in enumerate(told) if any(edit.is_at(location.place) for edit in entry.step.edits)]
        for number in (*here, *of_lines)[:1]:
            told[number] = replace(told[number], step=told[number].step.after(words))
            told = [entry for entry in told if entry.step.text != words]
    return told


def _reasons(grades: Sequence[Grade]) -> Iterator[tuple[Location, str]]:
    """What is said of errors, each with its place, where nobody knows the step: in words of a note, or else those of
    the check, but for the first, which the page shows. Where whole lines are written, errors may be about these."""
    known = {result.message for result in grades[0].results}
    for entry in grades:
        runs = [result for result in entry.results if result.check.kind == "runs" and result.is_open]
        is_own = not any(edit.last for step in entry.execution.followed for edit in step.edits)
        failures = entry.execution.failures if runs and is_own and not entry.execution.went_on else ()
        for failure in (failure for failure in failures if failure.location not in entry.of_others):
            note = cause(failure, entry.execution)
            if note is None and runs[0].message not in known:
                yield failure.location, runs[0].message
            elif note is not None and not note.edits:
                (step,) = steps_for([note], failure.location.file)
                yield note.location, step.text


def _tellers(grade: Grade, plan: Iterable[_Told], later: Sequence[Grade]) -> list[CheckResult]:
    """The results that tell what was done for the last run."""
    done = changes_of(later[-1].execution.followed) if later else set()
    told = {name for entry in plan for name in entry.checks if change_of(entry.step) in done}
    return [result for result in grade.results if result.check.id in told]


def _with_steps(result: CheckResult, grade: Grade, plan: Sequence[_Told], later: Sequence[Grade]) -> CheckResult:
    """A result with the steps that it tells, or else those of other checks by which it passes; of errors that are the
    matter of other exercises, none."""
    if not result.is_open:
        return result
    told = tuple(entry.step for entry in plan if result.check.id in entry.checks)
    is_elsewhere = result.check.kind == "runs" and bool(grade.of_others)
    if not told and result.status is Status.FAILED and later and not is_elsewhere:
        passes = any(other.check == result.check and other.status is Status.PASSED for other in later[-1].results)
        told = tuple(entry.step for entry in _for(result, plan, grade)) if passes else result.steps
    # What is said of cells has their numbers after a move, as the steps have.
    moved = [entry for entry in later if any(step.moves_cell for step in entry.execution.followed)][:1]
    said = [other.message for entry in moved for other in entry.results if other.check == result.check]
    is_said = result.status is Status.FAILED and result.check.kind != "runs"
    return replace(result, steps=told, message=said[0] if said and is_said else result.message)


def _for(result: CheckResult, plan: Sequence[_Told], grade: Grade) -> list[_Told]:
    """The steps by which a check passes that asks for none itself: of errors, those that change their lines."""
    places = [failure.location.place for failure in grade.execution.failures if result.check.kind == "runs"]
    with_edits = [entry for entry in plan if entry.step.edits]
    here = [entry for entry in with_edits if any(edit.is_at(place) for edit in entry.step.edits for place in places)]
    return here or with_edits


def _of_notes(notes: Iterable[Note]) -> Iterator[_Told]:
    """The steps of notes that only the grader has, once others are done; no check asks for them."""
    for note in (note for note in notes if note.edits):
        yield from map(_Told, steps_for([note], note.location.file))


def _written_at_once(plan: Sequence[_Told]) -> list[_Told]:
    """The steps without those for what others overwrite or add, which is added as it should be."""
    edits = [edit for told in plan if not told.step.is_advice for edit in told.step.edits]
    lines = [edit for edit in edits if edit.last is not None]
    calls = [edit for edit in edits if edit.call and not edit.argument]
    own = [edit for edit in edits if edit.adds_line and not edit.is_import]
    added = {edit: [other for other in edits if _is_of(other, edit)] for edit in own}
    right = {edit: reduce(_changed, others, edit.new) for edit, others in added.items()}

    def is_needless(edit: Edit) -> bool:
        """Whether it is in what another step writes, or gives a value to a name that another one replaces there."""
        if edit.adds_line:
            replaced = [other.old for other in edits if other.old and other.place == edit.place]
            return any(edit.new.startswith(f"{name} = ") for name in replaced)
        is_written = any(_is_in(call, edit) for call in calls) or any(map(edit.meets, lines))
        is_of_code = bool(edit.old or edit.call) and edit.last is None
        return is_of_code and (is_written or any(edit in others for others in added.values()))

    def is_kept(step: Step) -> bool:
        own = [edit for edit in step.edits if not edit.is_import]
        return not own or not all(map(is_needless, own))

    def as_it_should_be(step: Step) -> Step:
        for line in right.keys() & {*step.edits}:
            edits = tuple(replace(edit, new=right[line]) if edit == line else edit for edit in step.edits)
            step = replace(step, text=step.text.replace(line.new, right[line]), edits=edits)
        return step

    return [replace(told, step=as_it_should_be(told.step)) for told in plan if is_kept(told.step)]


def _is_in(call: Edit, edit: Edit) -> bool:
    """Whether an edit changes a call that is written anew, or a word that this has, the old one or the new."""
    has_word = any(word and word in call.new for word in (edit.old, edit.new))
    return call.place == edit.place and edit.old != "" and (has_word or f"{call.call}(" in edit.old)


def _is_of(edit: Edit, added: Edit) -> bool:
    """Whether an edit changes a line that a step adds."""
    is_there = edit.place == added.place and bool(edit.old or edit.call) and edit.last is None
    is_name = added.new.startswith(f"{edit.old} = ")  # which needs no value then
    return is_there and not is_name and _changed(added.new, edit) != added.new


def _changed(code: str, edit: Edit) -> str:
    """A line of code after an edit."""
    return followed(code, [{"file": "", "cell": None, "edits": [{**edit.change, "line": 1}]}], "")


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


def notes_added(grade: Grade, rounds: Sequence[Grade]) -> list[Note]:
    """What only the grader knows, once the steps are done: that targets are exchanged, perhaps."""
    later = _own(grade, rounds)
    own = [note for note in later[-1].notes if by_grader(note)] if later and not later[-1].execution.went_on else []
    return [note for note in own if note not in grade.notes]


def is_right(grade: Grade) -> bool:
    return not grade.execution.went_on and all(result.status is Status.PASSED for result in grade.results)


def is_of_use(grade: Grade) -> bool:
    """Whether a run that went on has led to lines to write: all else that it shows may be about what stood in."""
    has_failed = grade.match.model is not None and grade.match.model.has_failed
    failed = [result for result in grade.results if result.check.kind == "runs" and result.status is Status.FAILED]
    is_unclear = any(step.is_vague for result in failed for step in result.steps)
    return not grade.execution.went_on or (has_failed and not is_unclear)


def is_about_new_lines(step: Step, done: Iterable[Step]) -> bool:
    """Whether it changes lines that steps have written: the student's text does not have them."""
    written = [edit for other in done for edit in other.edits if edit.last is not None]
    return any(edit.meets(other) for edit in step.edits for other in written)
