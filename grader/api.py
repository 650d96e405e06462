"""`grader.grade(path)`: what `grader check` does, for Python programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.assignments.course import load_course
from grader.assignments.folder import find_course
from grader.pipeline import check_path
from grader.reporting.notebook_cell import Report
from grader.runs.options import RunOptions


def grade_file(path: Path, assignments: Sequence[str], course: Path | None, options: RunOptions) -> Report:
    """The report on the work of one student, with the page that belongs to it."""
    against = load_course(assignments, find_course(course, graded=path))
    checked = check_path(path, against, options, for_python=True)
    return Report.of_exercises(
        checked.exercises,
        not_found=(name for _, name in checked.report.not_found),
        page=checked.page,
    )
