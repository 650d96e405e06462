"""Grades Keras Functional-API exercises, in notebooks and in Python programs; `grader --help` is the command line.

    from grader import check, grade
    check(model)                     # in the notebook that built it
    report = grade("work.ipynb")     # what `grader check work.ipynb` does

Both return a `Report`. What a student did wrong is in it; what the grader cannot work with is a `GraderError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from grader.errors import GraderError
    from grader.reporting.document import GradeDocument
    from grader.reporting.notebook_cell import Hint, Report

__all__ = ["GradeDocument", "GraderError", "Hint", "Report", "check", "grade"]

# Imports are late throughout: the command line must start without what they bring.


def check(model: Any, assignment: str | None = None, course: str | PathLike[str] | None = None) -> Report:
    """Check a model in the notebook that built it, with the same verdict as `grader check` on the file.

    `assignment` is an exercise's id; without it, the variable's name decides, then the network. `course` is the folder
    of a course other than the built-in one, if none is around the notebook.
    `runs` and `fit` need the whole file, so they stay open. The model and its weights are not changed. What cannot be
    checked raises nothing: the report's `problem` says why.
    """
    from pathlib import Path

    from grader.notebook import check_model

    return check_model(model, assignment, Path(course) if course else None)


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
    from pathlib import Path

    from grader.api import grade_file
    from grader.runs.options import RunOptions

    asked = [assignment] if isinstance(assignment, str) else list(assignment or ())
    options = RunOptions(isolation, Path(python) if python else None, full_fit, seed)
    return grade_file(Path(path), asked, Path(course) if course else None, options)


def __getattr__(name: str) -> Any:
    """The types that the functions return and raise, when first asked for."""
    if name in ("Hint", "Report"):
        from grader.reporting import notebook_cell

        return getattr(notebook_cell, name)
    if name == "GradeDocument":
        from grader.reporting.document import GradeDocument

        return GradeDocument
    if name == "GraderError":
        from grader.errors import GraderError

        return GraderError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
