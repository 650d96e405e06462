"""The next step, a little more each time: where to look, what is wrong, what to write.

Each sentence is one that the page shows too, so that hints reveal no more than the assignment does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.reporting.document import CheckPart
from grader.reporting.notebook_cell.cell import cell_html, cell_markdown
from grader.reporting.student_view import Exercise


@dataclass(frozen=True)
class Hint:
    """The `number`-th of `total` hints, counted from 1; `total` is 0 where there is nothing to hint at."""

    text: str
    number: int = 0
    total: int = 0

    def __str__(self) -> str:
        return f"Hint {self.number} of {self.total}: {self.text}" if self.number else self.text

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return cell_markdown((), problem=str(self))

    def _repr_html_(self) -> str:
        return cell_html((), hint=str(self))


def hint(exercises: Sequence[Exercise], number: int, check: str = "") -> Hint:
    """The `number`-th hint about the check of that id, by default the first that did not pass."""
    if number < 1:
        return Hint("Hints are counted from 1: `hint(1)`, `hint(2)`, and so on.")
    known = list(dict.fromkeys(one.id for exercise in exercises for one in exercise.document.checks))
    if check and check not in known:
        names = ", ".join(f"`{name}`" for name in known)
        return Hint(f"There is no check `{check}`. Choose one of {names or 'none'}.")
    steps = next(filter(None, (_steps(exercise, check) for exercise in exercises)), ())
    if not steps:
        return Hint("No hint is needed: no check has failed.")
    if number > len(steps):
        return Hint("There are no more hints. Compare your network with the task.")
    return Hint(steps[number - 1], number, len(steps))


def _steps(exercise: Exercise, check: str) -> tuple[str, ...]:
    """All hints about a check that failed, or about why there is no model; none where nothing failed."""
    document = exercise.document
    failed = [one for one in document.checks if one.status == "failed" and check in ("", one.id)]
    if not failed:
        return tuple(document.reasons) if document.status == "not_graded" and not check else ()
    cause = _cause(failed)
    what = [cause.message, f"Found: {cause.actual}." if cause.actual else ""]
    how = [f"Expected: {cause.expected}." if cause.expected else "", cause.hint]
    found = (_where(cause, exercise), *(" ".join(filter(None, parts)) for parts in (what, how)))
    return tuple(dict.fromkeys(text for text in found if text))


def _cause(failed: Sequence[CheckPart]) -> CheckPart:
    """What the verdict is about: the first check that cost points, or the one before it that failed for its reason."""
    first = next((one for one in failed if one.max_score), failed[0])
    return next(one for one in failed if (one.message, one.hint) == (first.message, first.hint))


def _where(check: CheckPart, exercise: Exercise) -> str:
    """The check, and the layer if one is to blame, by the name that the message has for it."""
    about, model = f"“{check.title}” has failed.", exercise.document.model
    place = next((one for one in check.differences if one.layer), None)
    if place:
        variable = exercise.variables.get(place.layer, "")
        what, where = f"layer `{variable if f'`{variable}`' in check.message else place.layer}`", place.location
    elif model.outcome == "found":
        what, where = f"model `{model.name}`" if model.name else "model", model.location
    else:
        return about
    return f"{about} Look at the {what}{f' ({where})' if str(where) else ''}."
