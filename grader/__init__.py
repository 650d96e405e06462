"""Grades Keras Functional-API exercises. In a notebook: `from grader import check; check(model)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.notebook import Verdict

__all__ = ["check"]


def check(model: Any, assignment: str | None = None) -> Verdict:
    """Check a model in the notebook that built it: the verdict that `grader check` on the file will give.

    `assignment` is an exercise's id; without it the exercise is told by the variable's name, then by the network.
    What only running the whole file can show, `runs`, is left open. The model and its weights are not touched.
    """
    from grader.notebook import check_model  # waits: the command line must start without it

    return check_model(model, assignment)
