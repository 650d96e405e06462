"""Before anything is trained: is the spec sound, does the reference pass its own rubric, and does the starter score 0?

It takes seconds, and saves hours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.assignments.course import Course, files_beside, usable_calibration
from grader.assignments.folder import CourseFolder
from grader.assignments.lint import LintFinding, lint
from grader.assignments.spec import load_assignments, load_readable
from grader.authoring.references import author_code, reference_cases, reference_files, reference_path
from grader.domain import Assignment, Grade, ModelGraph, Status
from grader.domain.words import counted
from grader.errors import GraderError, InvalidAssignment
from grader.execution import execute
from grader.grading.grade import grade_execution
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration.calibrate import calibrate
from grader.training.calibration.thresholds import given_thresholds
from grader.training.host import local_trainer

Cases = Sequence[tuple[str, ModelGraph]]
STARTERS = ("starter.py", "starter.ipynb")


def examine(ids: Sequence[str], folder: CourseFolder) -> list[LintFinding]:
    """All that is odd about these assignments, or about all of a course."""
    everything, broken = load_readable(folder)
    for name in ids:
        if name not in broken:
            load_assignments([name], folder)  # raises for a name that no assignment has
    asked = [one for one in everything if not ids or one.id in ids]
    found = [_invalid(why) for name, why in broken.items() if not ids or name in ids]
    if not asked:
        return found
    with local_trainer() as trainer, author_code(files_beside(folder)) as supervisor:
        here = Worker(supervisor, trainer)
        return [*found, *(finding for one in asked for finding in _examined(one, everything, folder, here))]


def _invalid(why: str) -> LintFinding:
    file, _, what = why.partition(": ")
    todo = "Correct it first: until then, nothing else is examined here, and the assignment is not graded."
    return LintFinding(Path(file), "", what if what.endswith("?") else f"{what}.", todo)


def _examined(
    assignment: Assignment, others: Sequence[Assignment], folder: CourseFolder, here: Worker
) -> Iterator[LintFinding]:
    path = folder.reference(assignment.id)
    try:
        cases = reference_cases(assignment, folder, here.supervisor)
        path = reference_path(assignment, folder)
        for check in assignment.checks:
            if check.kind == "learns":
                reference_files(assignment, folder)
                given_thresholds(assignment, check)
    except GraderError as error:
        yield from lint(assignment, others)
        if str(error).startswith(f"{assignment.folder}{os.sep}assignment.toml"):
            yield _invalid(str(error))
        else:
            yield LintFinding(path, "", f"{str(error).removeprefix(f'{path}: ')}.", "Fix the reference solution.")
        return
    yield from lint(assignment, others, cases[0][1])
    for message in lost_points(_grade_untrained(assignment, cases, path, here)):
        yield LintFinding(path, "", f"The reference loses points on {message}", "Fix the rubric, or the reference.")
    try:
        usable_calibration(assignment, folder)
    except InvalidAssignment as error:
        yield replace(_invalid(str(error)), what_to_do="Until then, it is not graded.", severity="warning")
    for name in STARTERS:
        starter = assignment.folder / name
        if starter.is_file():
            yield from starter_findings(starter, _grade_untrained(assignment, cases, starter, here))
        else:
            yield LintFinding(starter, "", "There is no such file.", "Write one for students to start from.", "warning")


def starter_findings(starter: Path, grade: Grade) -> Iterator[LintFinding]:
    """What is wrong with a file that students start from; it must also run, so that they see their own errors only."""
    if grade.score:
        what = f"The unchanged starter gets {counted(grade.score, 'point')}."
        yield LintFinding(starter, "", what, "Leave more for students to do.")
    for failure in grade.execution.failures[:1]:
        what = f"The unchanged starter raises an error: {failure.type}: {failure.message[:200]}"
        todo = "Let it run to the end, for example with `model = None` where students write."
        where = replace(failure.location, file="" if failure.location.file == starter.name else failure.location.file)
        yield LintFinding(starter, str(where), what.rstrip(".") + ".", todo, "warning")


def _grade_untrained(assignment: Assignment, cases: Cases, path: Path, here: Worker) -> Grade:
    """The grade of an author's file by the rubric without `learns`, for which nothing has to be calibrated."""
    learns = {check.id for check in assignment.checks if check.kind == "learns"}
    rest = tuple(check for check in assignment.checks if check.id not in learns and not learns & set(check.requires))
    bare = replace(assignment, checks=rest)
    calibrations = {bare.id: calibrate(bare, cases, [here.trainer], lambda _: None)}
    course = Course((bare,), calibrations, asked=True)
    (submission,) = discover(path)
    execution = execute(
        submission, here.supervisor, functions=course.functions, marks=course.marks, limits=course.limits
    )
    return grade_execution(submission, execution, course, here.trainer).grades[0]


def lost_points(grade: Grade) -> list[str]:
    """What an author reads about each check that is not passed; of one that raised, the error."""
    missed = [one for one in grade.results if one.status is not Status.PASSED]
    return [f"`{one.check.id}`: {one.review or one.message}" for one in missed]


def refuse_own_rubric(assignment: Assignment, cases: Cases, reference: Path, here: Worker) -> None:
    """Raise `InvalidAssignment` if the reference loses points on a check other than `learns`."""
    if lost := lost_points(_grade_untrained(assignment, cases, reference, here)):
        raise InvalidAssignment(
            f"{reference}: the reference loses points under its own rubric, so nothing was trained.\n" + "\n".join(lost)
        )
