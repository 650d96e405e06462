"""`grader.grade(path)`: what `grader check` does, for Python programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from grader.reporting.notebook_cell import Report


def grade(
    path: str | PathLike[str],
    assignment: str | Sequence[str] | None = None,
    course: str | PathLike[str] | None = None,
    *,
    isolation: str = "auto",
    python: str | PathLike[str] | None = None,
    full_fit: bool = False,
    seed: int = 1,
) -> Report:
    """Grade one student's file, folder or zip, as `grader check` does, in a sandbox.

    `assignment` is the id of an exercise, or several; each of them is then mandatory. Without it, exercises that are
    not in the file are listed in `not_found`. `course` is the folder of a course other than the built-in one.
    `isolation`, `python`, `full_fit` and `seed` are the options of `grader check`.

    Raises `UsageError` for a path or an option that cannot be used, `InvalidAssignment` for a course that is not valid,
    `NothingToGrade` where there is no submission, `GraderFault` where the grader failed; all are `GraderError`s, in
    `grader.errors`.
    """
    from grader.assignments.course import load_course
    from grader.assignments.folder import find_course
    from grader.pipeline import check_path
    from grader.reporting.document import grades_of
    from grader.reporting.notebook_cell import Report
    from grader.runs.options import RunOptions

    asked = [assignment] if isinstance(assignment, str) else list(assignment or ())
    against = load_course(asked, find_course(Path(course) if course else None, graded=Path(path)))
    options = RunOptions(isolation, Path(python) if python else None, full_fit, seed)
    checked = check_path(Path(path), against, options, for_python=True)
    not_found = tuple(dict.fromkeys(name for _, name in checked.report.not_found))
    return Report(tuple(grades_of(checked.report)), not_found, page=checked.page, cells=checked.cells)
