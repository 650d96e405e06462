"""What is to be done in a file, for all of its exercises: one list with one order.

Who does the steps of one exercise gives the lines of the next one other numbers. And the file runs as a whole: what any
exercise says to do for that, all of them say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter

from grader.domain import CheckResult, Edit, Grade, Location, Status, Step
from grader.domain.steps import in_order
from grader.domain.words import beginning


def one_list(grades: Sequence[Grade], rounds: Sequence[Grade]) -> list[Grade]:
    """The grades with the numbers of their steps in the list; what changes the same is one step.

    All count lines as they are now, and cells as a step before has left them that moves one. Imports come last. What
    was asked for again in `rounds` was undone there.
    """
    grades = [with_steps(grade, partial(_apart, grade, _of_others(grade, grades, rounds))) for grade in grades]
    runs = (result for grade in grades for result in grade.results if _ends_early(result))
    for_run = tuple(dict.fromkeys(step for result in runs for step in result.steps))
    places: dict[object, tuple[tuple[bool, int, bool], Step]] = {}
    for grade in grades:
        moved = 0  # cells, by the steps before
        for step in sorted(grade.next_steps, key=lambda step: step.number):
            is_import = bool(step.edits) and all(edit.is_import for edit in step.edits)
            places.setdefault(_key(step), ((is_import, moved, step.moves_cell), step))
            moved += step.moves_cell
    ordered = in_order(step for _, step in sorted(places.values(), key=itemgetter(0)))
    numbered = {_key(step): replace(step, number=number) for number, step in enumerate(ordered, start=1)}

    def listed(result: CheckResult) -> CheckResult:
        return replace(result, steps=for_run if _ends_early(result) else result.steps)

    grades = [replace(grade, results=tuple(map(listed, grade.results))) for grade in grades]
    return [with_steps(grade, lambda step: numbered.get(_key(step), step)) for grade in grades]


def with_steps(grade: Grade, change: Callable[[Step], Step]) -> Grade:
    """The grade with another step in place of each."""
    results = (replace(result, steps=tuple(map(change, result.steps))) for result in grade.results)
    return replace(grade, results=tuple(results), steps=tuple(map(change, grade.steps)))


def _of_others(grade: Grade, grades: Sequence[Grade], rounds: Sequence[Grade]) -> Callable[[Edit], bool]:
    """Whether another exercise needs something else where an edit is, at once or once that is done."""
    told = _edits(entry for entry in grades if entry is not grade)
    later = _edits(entry for entry in rounds if entry.assignment != grade.assignment)
    own = _edits(entry for entry in rounds if entry.assignment == grade.assignment)
    again = {(edit.place, _written(edit)[1]) for edit in own}

    def is_contested(edit: Edit) -> bool:
        is_again = (edit.place, _written(edit)[1]) in again
        undone = (other for other in later if is_again and (other.place, other.old) == (edit.place, edit.new))
        return any(_is_other(edit, other) for other in (*told, *(later if is_again else ()))) or any(undone)

    return is_contested


def _edits(grades: Iterable[Grade]) -> list[Edit]:
    return [edit for grade in grades for step in grade.next_steps for edit in step.edits]


def _apart(grade: Grade, is_contested: Callable[[Edit], bool], step: Step) -> Step:
    """The step, or what to do where another exercise needs something else in the same place."""
    contested = [edit for edit in step.edits if is_contested(edit)]
    if not contested:
        return step
    edit, title = contested[0], grade.assignment.title if grade.assignment else ""
    file = "" if edit.cell or edit.file == grade.submission.entry.name else edit.file
    code = f"`{edit.argument}={edit.new}`" if edit.argument else f"`{edit.new}`"
    what = code if edit.last is None else "other lines"
    words = (
        f'{beginning(Location(edit.cell, edit.line, file))} serves exercises that need different code there: "{title}" '
    )
    return Step(f"{words}needs {what}. Make what differs a parameter of the function.", is_vague=True)


def _is_other(edit: Edit, other: Edit) -> bool:
    """Whether two edits replace the same by different code, or each what the other writes."""
    if edit.last is not None and other.last is not None:
        return edit.meets(other) and (edit.place, edit.last, edit.new) != (other.place, other.last, other.new)
    (target, value), (target_of_other, value_of_other) = _written(edit), _written(other)
    is_undone = edit.old != "" and edit.place == other.place and (edit.old, edit.new) == (other.new, other.old)
    is_replacing = bool(edit.old or edit.call) and edit.last is None
    return is_replacing and value != value_of_other and (target == target_of_other or is_undone)


def _written(edit: Edit) -> tuple[object, str]:
    """What an edit is about, and what it writes there: of a keyword, the value, whether there is one already or not."""
    word, equals, _ = edit.old.partition("=")
    keyword = edit.argument or (word if equals and word.isidentifier() else "")
    about = keyword or (edit.old, edit.call, edit.nth)
    return (edit.place, about), edit.new.removeprefix(f"{keyword}=") if keyword else edit.new


def _ends_early(result: CheckResult) -> bool:
    """Whether a check is about the run of the file, and failed."""
    return result.check.kind == "runs" and result.status is Status.FAILED


def _key(step: Step) -> object:
    return change_of(step) or step.text


def change_of(step: Step) -> Collection[Edit]:
    """What a step changes, wherever it says so: the last line of a function has no other place."""
    return frozenset(replace(edit, line=0 if edit.within else edit.line) for edit in step.edits)


def changes_of(steps: Iterable[Step]) -> set[Collection[Edit]]:
    return {change_of(step) for step in steps}
