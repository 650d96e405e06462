"""What is to be done in a file, for all of its exercises: one list with one order.

Who does the steps of one exercise gives the lines of the next one other numbers. And the file runs as a whole: what any
exercise says to do for that, all of them say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from grader.domain import CheckResult, Edit, Grade, Status, Step
from grader.domain.steps import in_order

LAST = 1_000  # above all numbers of steps, and of moves of cells


def one_list(grades: Sequence[Grade]) -> list[Grade]:
    """The grades with the numbers of their steps in the list; what changes the same is one step.

    All count lines as they are now, and cells as a step before has left them that moves one. Imports come last.
    """
    runs = (result for grade in grades for result in grade.results if _ends_early(result))
    for_run = tuple(dict.fromkeys(step for result in runs for step in result.steps))
    places: dict[object, tuple[int, Step]] = {}
    for grade in grades:
        moved = 0
        for step in sorted(grade.next_steps, key=lambda step: step.number or LAST):
            is_import = bool(step.edits) and all(edit.is_import for edit in step.edits)
            places.setdefault(_key(step), (LAST if is_import else moved, step))
            moved += step.moves_cell
    ordered = in_order(step for _, step in sorted(places.values(), key=lambda entry: (entry[0], entry[1].moves_cell)))
    numbered = {_key(step): replace(step, number=number) for number, step in enumerate(ordered, start=1)}

    def listed(result: CheckResult) -> CheckResult:
        steps = for_run if _ends_early(result) else result.steps
        return replace(result, steps=tuple(numbered.get(_key(step), step) for step in steps))

    return [replace(grade, results=tuple(map(listed, grade.results))) for grade in grades]


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
