"""Grades Keras Functional-API exercises. In a notebook: `from grader import check; check(model)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from grader.notebook import Verdict

__all__ = ["check"]


def check(model: Any, assignment: str | None = None, course: Path | None = None) -> Verdict:
    """Check a model in the notebook that built it, with the same verdict as `grader check` on the file.

    `assignment` is an exercise's id; without it, the variable's name decides, then the network. `course` is the folder
    of a course other than the tutorial, if none is around the notebook.
    `runs` needs the whole file, so it stays open. The model and its weights are not changed.
    """
    from grader.notebook import check_model  # imported late: the command line must start without it

    return check_model(model, assignment, course)
