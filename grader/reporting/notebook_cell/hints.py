"""The next step, a little more each time: where to look, what is wrong, what to write.

Each sentence is one that the page shows too, so that hints reveal no more than the assignment does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.reporting.document import CheckPart, GradeDocument, ModelPart
from grader.reporting.notebook_cell.cell import cell_html, cell_markdown
from grader.reporting.student_view import Exercise

_QUOTED = re.compile(r"`([^`]+)`")


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
    documents = [one.document for one in exercises]
    ids = list(dict.fromkeys(one.id for document in documents for one in document.checks))
    if number < 1:
        return Hint("Hints are counted from 1: `hint(1)`, `hint(2)`, and so on.")
    if check and check not in ids:
        names = ", ".join(f"`{name}`" for name in ids)
        return Hint(f"There is no check `{check}`. Choose one of {names or 'none'}.")
    steps = next(filter(None, (_steps(document, check) for document in documents)), ())
    if not steps:
        return Hint("No hint is needed: no check has failed.")
    if number > len(steps):
        return Hint("There are no more hints. Compare your network with the task.")
    return Hint(steps[number - 1], number, len(steps))


def _steps(document: GradeDocument, check: str) -> tuple[str, ...]:
    """All hints about a check that failed, or about why there is no model; none where nothing failed."""
    failed = [one for one in document.checks if one.status == "failed" and check in ("", one.id)]
    if not failed:
        return tuple(document.reasons) if document.status == "not_graded" and not check else ()
    # What the verdict is about: the first check that cost points, or the one before it that failed for its reason.
    first = next((one for one in failed if one.max_score), failed[0])
    cause = next(one for one in failed if (one.message, one.hint) == (first.message, first.hint))
    what = f"{cause.message} Found: {cause.actual}." if cause.actual else cause.message
    how = f"Expected: {cause.expected}. {cause.hint}".strip() if cause.expected else cause.hint
    return tuple(dict.fromkeys(filter(None, (_where(cause, document.model), what, how))))


def _where(check: CheckPart, model: ModelPart) -> str:
    """The check, and the layer if one is to blame, by the name that its difference has for it."""
    about = f"“{check.title}” has failed."
    if place := next((one for one in check.differences if one.layer), None):
        name = next(iter(_QUOTED.findall(place.message)), place.layer)
        what, where = f"layer `{name}`", str(place.location)
    elif model.outcome == "found":
        what, where = f"model `{model.name}`" if model.name else "model", str(model.location)
    else:
        return about
    return f"{about} Look at the {what}{f' ({where})' if where else ''}."
