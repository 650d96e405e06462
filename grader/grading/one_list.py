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


def one_list(grades: Sequence[Grade]) -> list[Grade]:
    """The grades with the numbers of their steps in the list; what changes the same is one step.

    All count lines as they are now, and cells as a step before has left them that moves one. Imports come last.
    """
    grades = [_changed(grade, partial(_apart, told=[step for grade in grades for step in grade.next_steps]))
              for grade in grades]  # fmt: skip
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
    return [_changed(grade, lambda step: numbered.get(_key(step), step)) for grade in grades]


def _changed(grade: Grade, change: Callable[[Step], Step]) -> Grade:
    results = (replace(result, steps=tuple(map(change, result.steps))) for result in grade.results)
    return replace(grade, results=tuple(results))


def _apart(step: Step, told: Iterable[Step]) -> Step:
    """The step, or what to do where another one would undo it: two exercises have one line for what differs."""
    others = [edit for other in told for edit in other.edits]
    undone = [edit for edit in step.edits if any(_undoes(other, edit) for other in others)]
    if not undone:
        return step
    place = beginning(Location(undone[0].cell, undone[0].line, "" if undone[0].cell else undone[0].file))
    words = f"{place} serves exercises that need different code there: give each of them a line of its own."
    return Step(words, is_vague=True)


def _undoes(edit: Edit, other: Edit) -> bool:
    is_there = (edit.file, edit.cell, edit.line) == (other.file, other.cell, other.line)
    return is_there and (edit.old, edit.new) == (other.new, other.old) and edit.old != edit.new


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
