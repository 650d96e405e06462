"""`check(model)` in a student's own notebook: the same engine on one model of this process.

Imports what `pipeline` imports; only `grader/__init__.py` imports it. Keras is the notebook's own, already there.
"""

from __future__ import annotations

import atexit
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from grader.reporting.notebook_cell import Report
    from grader.training.host import TrainerHost


def check(model: Any, assignment: str | None = None, course: str | PathLike[str] | None = None) -> Report:
    """Check a model in the notebook that built it, with the same verdict as `grader check` on the file.

    `assignment` is an exercise's id; without it, the variable's name decides, then the network. `course` is the folder
    of a course other than the built-in one, if none is around the notebook.
    `runs` and `fit` need the whole file, so they stay open. The model and its weights are not changed. What cannot be
    checked raises nothing: the report's `problem` says why.
    """
    from grader.notebook.live_check import check_model

    return check_model(model, assignment, Path(course) if course else None)


@cache
def trainer_host() -> TrainerHost:
    """The trainer of all checks in this process, which ends with it; only the first check may have to wait for it."""
    from grader.training.host import TrainerHost

    host = TrainerHost()
    atexit.register(host.close)
    return host


if "ipykernel" in sys.modules:  # a program may only mention `check`; a notebook will call it
    from grader.errors import GraderError

    with suppress(GraderError, OSError):  # what prevents it, the first check says
        trainer_host().start()  # it imports Keras while the student still builds the model
