"""Tries the next steps of a grade: the program with them runs and is graded, and what is left to do is told, too.

No verdict and no point depends on it. So a step need not foresee what the one before it leads to, whoever follows a
page to its end has full marks wherever it says so, and who reviews a network that an error has hidden sees what it
would have earned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from grader.domain import Edit, Grade, Step
from grader.execution.execute import FINISHED, can_go_on
from grader.grading.one_list import change_of, changes_of, one_list, with_steps
from grader.grading.told_steps import continued, is_about_new_lines, is_of_use, is_right, notes_added

MOST_ROUNDS = 8
MOST_STEPS = 20  # done at once; nobody reads more
MOST_TIMES = 2  # that a change is done: what is wrong may stand twice in a line
Again = Callable[[Sequence[Step], bool], Sequence[Grade]]


def tried(grades: Sequence[Grade], again: Again) -> tuple[Grade, ...]:
    """The grades of a program with all that is left to do once their steps are done, round by round.

    `again` grades the program with these steps, perhaps going on after errors; nothing where that shows nothing.
    """

    def placed(done: Sequence[Step], goes_on: bool) -> Sequence[Grade]:
        return [*map(_with_files, again(done, goes_on))]

    grades = [*map(_with_files, grades)]
    later = [grade for round_grades in _rounds(grades, placed) for grade in round_grades]
    whole = _confirmed([continued(grade, later) for grade in grades], grades, later, placed)
    if any(notes_added(grade, later) for grade in grades) and not all(grade.leads_to_full_marks for grade in whole):
        plain = [continued(grade, later, has_notes=False) for grade in grades]
        return max(whole, _confirmed(plain, grades, later, placed), key=_promises)
    return whole


def _promises(grades: Sequence[Grade]) -> int:
    return sum(grade.leads_to_full_marks for grade in grades)


def _confirmed(
    told: Sequence[Grade], before: Sequence[Grade], later: Sequence[Grade], again: Again
) -> tuple[Grade, ...]:
    """The grades with one list of steps: they lead to full marks only if all that it tells does, and nobody loses."""
    told = one_list(told, later)
    after = _with_all(told, later, again)
    scores = {entry.assignment.id: entry.score for entry in after if entry.assignment}
    is_loss = any(scores.get(entry.assignment.id, 0) < entry.score for entry in before if entry.assignment)
    right = [] if is_loss else [entry.assignment for entry in after if is_right(entry)]
    open_ends = [any(step.is_vague for step in grade.next_steps) for grade in told]
    leads = [grade.leads_to_full_marks and grade.assignment in right and not vague
             for grade, vague in zip(told, open_ends, strict=True)]  # fmt: skip
    return tuple(replace(grade, leads_to_full_marks=full) for grade, full in zip(told, leads, strict=True))


def _with_all(told: Sequence[Grade], later: Sequence[Grade], again: Again) -> Sequence[Grade]:
    """The grades with just the steps that are told, whatever the rounds have done; none where they lead to nothing."""
    if not any(grade.leads_to_full_marks for grade in told):
        return ()
    certain = {step.number: step for grade in told for step in _certain(grade)}
    steps, done = [certain[number] for number in sorted(certain)], later[-1].execution.followed
    if changes_of(steps) == changes_of(done):
        return [entry for entry in later if entry.execution.followed == done]
    return again(steps, False)


def _certain(grade: Grade) -> list[Step]:
    """The steps that are told as changes of the program, and help whatever a training gives."""
    return [step for step in grade.next_steps if step.edits and not step.is_advice]


def _steps(grade: Grade, kind: str = "") -> Iterator[Step]:
    """Of the checks that are open, perhaps only those of a kind."""
    results = (result for result in grade.results if result.is_open and kind in ("", result.check.kind))
    return (step for result in results for step in result.steps)


def _rounds(grades: Sequence[Grade], again: Again) -> Iterator[Sequence[Grade]]:
    """Errors first: a program that ends at one has built half a network. Where nobody knows the step, the program goes
    on after it, which shows the whole."""
    done: list[Step] = []
    is_over = grades[0].execution.full_fit or grades[0].execution.outcome not in FINISHED
    for _ in range(0 if is_over else MOST_ROUNDS):
        new, whole = _next(grades, done, of_errors=True), list[Grade]()
        if not new and can_go_on(grades[0].execution):
            yield (more := again(done, True))
            whole = [grade for grade in more if is_of_use(grade)]
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
        for step in _steps(grade, "runs" if of_errors and grade.match.model else ""):
            found.setdefault(change_of(step), step)
    times = Counter(map(change_of, done))
    new = [step for change, step in found.items() if times[change] < _most_times(step)]
    new = [step for step in new if step.edits and not (step.is_advice or is_about_new_lines(step, done))]
    new = [step for step in new if step.moves_cell][:1] or new[:MOST_STEPS]
    return sorted(new, key=lambda step: -step.edits[0].line)


def _with_files(grade: Grade) -> Grade:
    """The grade whose steps have the file of the model in edits that say none."""
    file = grade.match.model.location.file if grade.match.model else ""

    def placed(step: Step) -> Step:
        return replace(step, edits=tuple(replace(edit, file=edit.file or file) for edit in step.edits))

    return with_steps(grade, placed)


def _most_times(step: Step) -> int:
    return 1 if any(edit.last is not None for edit in step.edits) else MOST_TIMES
