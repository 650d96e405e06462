"""Grades Keras Functional-API exercises, in notebooks and in Python programs; `grader --help` is the command line.

    from grader import check, grade
    check(model)                     # in the notebook that built it
    report = grade("work.ipynb")     # what `grader check work.ipynb` does

Both return a `Report`. What a student did wrong is in it; what the grader cannot work with is a `GraderError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.api import grade
    from grader.errors import GraderError
    from grader.notebook import check
    from grader.reporting.document import GradeDocument
    from grader.reporting.notebook_cell import Report

__all__ = ["GradeDocument", "GraderError", "Report", "check", "grade"]

# The command line must start without what these bring, so each is loaded when it is first asked for.
_MODULES = {
    "GradeDocument": "grader.reporting.document",
    "GraderError": "grader.errors",
    "Report": "grader.reporting.notebook_cell",
    "check": "grader.notebook",
    "grade": "grader.api",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
