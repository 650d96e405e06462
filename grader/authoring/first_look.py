"""Before anything is trained: does the reference pass the rest of its own rubric? It takes seconds, and saves hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.assignments.course import Course
from grader.domain import Assignment, ModelGraph, Status
from grader.errors import InvalidAssignment
from grader.execution import Supervisor, execute
from grader.grading.grade import grade_execution
from grader.submissions import discover
from grader.training.calibration.calibrate import calibrate
from grader.training.trainer import Trainer


def refuse_own_rubric(
    assignment: Assignment, cases: Sequence[tuple[str, ModelGraph]], reference: Path, trainer: Trainer
) -> None:
    """Raise `InvalidAssignment` if the reference loses points at a check other than `learns`."""
    learns = {check.id for check in assignment.checks if check.kind == "learns"}
    rest = tuple(check for check in assignment.checks if check.id not in learns and not learns & set(check.requires))
    bare = replace(assignment, checks=rest)
    course = Course((bare,), {bare.id: calibrate(bare, cases, [trainer], lambda _: None)}, asked=True)
    (submission,) = discover(reference)
    with Supervisor("none") as supervisor:  # the author's own code
        execution = execute(
            submission, supervisor, functions=course.functions, marks=course.marks, limits=course.limits
        )
    (grade,) = grade_execution(submission, execution, course, trainer).grades
    lost = [f"`{one.check.id}`: {one.message}" for one in grade.results if one.status is not Status.PASSED]
    if lost:
        raise InvalidAssignment(
            f"{reference}: the reference loses points by its own rubric, so nothing was trained.\n" + "\n".join(lost)
        )
