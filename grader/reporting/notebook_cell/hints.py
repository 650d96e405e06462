"""The next step, a little more each time: where to look, what is wrong, what to write.

Each sentence is one that the page shows too, so that hints reveal no more than the assignment does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.reporting import wording
from grader.reporting.notebook_cell.cell import cell_html, cell_markdown
from grader.reporting.student_view import Exercise
from grader.reporting.wording import Document


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
    if check and not any(one["id"] == check for exercise in exercises for one in exercise.document["checks"]):
        known = dict.fromkeys(f"`{one['id']}`" for exercise in exercises for one in exercise.document["checks"])
        return Hint(f"There is no check `{check}`. Choose one of {', '.join(known) or 'none'}.")
    for exercise in exercises:
        steps = _steps(exercise, check)
        if steps:
            left = number - len(steps)
            more = "There are no more hints. Compare your network with the task."
            return Hint(more) if left > 0 else Hint(steps[number - 1], number, len(steps))
    return Hint("No hint is needed: no check has failed.")


def _steps(exercise: Exercise, check: str) -> tuple[str, ...]:
    """All hints about a check that failed, or about why there is no model; none where nothing failed."""
    document = exercise.document
    failed = [one for one in document["checks"] if one["status"] == "failed" and check in ("", one["id"])]
    if not failed:
        reasons = document["reasons"] if document["status"] == "not_graded" and not check else ()
        return tuple(reasons)
    first = _cause(failed)
    found = (_where(first, exercise), _what(first), _how(first))
    return tuple(dict.fromkeys(text for text in found if text))


def _cause(failed: Sequence[Document]) -> Document:
    """What the verdict is about: the first check that cost points, or the one before it that failed for its reason."""
    first = next((one for one in failed if one["max_score"]), failed[0])
    return next(one for one in failed if (one["message"], one["hint"]) == (first["message"], first["hint"]))


def _where(check: Document, exercise: Exercise) -> str:
    """The check, and the layer if one is to blame, by the name that the message has for it."""
    document, about = exercise.document, f"“{check['title']}” has failed."
    place = next((one for one in check.get("differences", ()) if one["layer"]), None)
    if place:
        variable = exercise.variables.get(place["layer"], "")
        name = variable if f"`{variable}`" in check["message"] else place["layer"]
        where = wording.location(place["cell"], place["line"])
        return f"{about} Look at the layer `{name}`{f' ({where})' if where else ''}."
    model = document["model"]
    where = wording.location(model["cell"], model["line"])
    name = f" `{model['name']}`" if model["name"] else ""
    return f"{about} Look at the model{name}{f' ({where})' if where else ''}." if model["outcome"] == "found" else about


def _what(check: Document) -> str:
    found = f" Found: {check['actual']}." if check["actual"] else ""
    return f"{check['message']}{found}" if check["message"] else found.strip()


def _how(check: Document) -> str:
    expected = f"Expected: {check['expected']}. " if check["expected"] else ""
    return f"{expected}{check['hint']}".strip()
