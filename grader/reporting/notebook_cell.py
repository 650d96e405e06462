"""What Python code gets instead of a page: a report that notebooks and terminals show, and hints about it.

In a cell it has the blocks of the student's page. Each sentence of a hint is one that the page shows too, so that hints
reveal no more than the assignment does.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

from grader.domain import Grade, ModelGraph
from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.document import CheckPart, GradeDocument, ModelPart, check_document
from grader.reporting.html import fragment, source
from grader.reporting.student_view import Exercise, exercise

LATER = "Checked only when the whole file is run: `grader check my.ipynb`."
SO_FAR = wording.Mark("✓", "+", "correct so far", "good")
RIGHT = "Everything that can be checked without the whole file is correct."
NEXT = "Save the notebook, and run `grader check my.ipynb` in a terminal: it also runs the whole file from the top."
WIDTH = 100
_QUOTED = re.compile(r"`([^`]+)`")
# Of the page's own markup only: what a student chose is escaped, and has neither `<`, `>` nor `"`.
_TAGS = re.compile(r"<([^<>]+)>")
_CLASS = re.compile(r' class="([^"]*)"')
_OF_A_PAGE = re.compile(r' (?:id|class|headers|aria-labelledby|tabindex)="[^"]*"')
_HEADINGS = frozenset({"h2", "h3"})  # the outline of a notebook is its author's
_RULES = re.compile(r"^([^{}/*\n]+)\{([^{}]+)\}$", re.MULTILINE)


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

    def _repr_html_(self) -> str:
        return _html((), hint=str(self))


@dataclass(frozen=True, repr=False)
class Report:
    """The verdict of `grader.check` on a model, or of `grader.grade` on a file.

    It is true where all checks that could be made have passed and nobody needs to review them, so it can be asserted.
    Notebooks show it with the networks drawn, terminals as `grader check` prints it.

    `not_found` are exercises that were not requested and are not in the file. `problem` says why nothing could be
    checked; it is empty otherwise. `page` is the page that `grader check --report html` writes, empty for a model.
    """

    exercises: tuple[Exercise, ...]
    not_found: tuple[str, ...] = ()
    problem: str = ""
    page: str = field(default="", compare=False)

    @classmethod
    def of_problem(cls, problem: str) -> Self:
        return cls((), problem=one_line(problem, 600))

    @classmethod
    def of_grades(
        cls, grades: Iterable[Grade], references: Mapping[str, ModelGraph], notes_text: Mapping[str, str]
    ) -> Self:
        documents = ((grade, GradeDocument.of(grade, notes_text)) for grade in grades)
        return cls.of_exercises(exercise(grade, one, references.get(one.assignment or "")) for grade, one in documents)

    @classmethod
    def of_exercises(cls, exercises: Iterable[Exercise], *, not_found: Iterable[str] = (), page: str = "") -> Self:
        return cls(tuple(map(_encouraged, exercises)), tuple(dict.fromkeys(not_found)), page=page)

    @property
    def grades(self) -> tuple[GradeDocument, ...]:
        """A grade for each exercise: `assignment`, `score`, `max_score`, `status`, `checks`, as in the JSON."""
        return tuple(exercise.document for exercise in self.exercises)

    @property
    def documents(self) -> tuple[dict[str, Any], ...]:
        """The same as plain data."""
        return tuple(grade.model_dump(by_alias=True) for grade in self.grades)

    @property
    def score(self) -> int:
        """Points of all exercises together."""
        return sum(grade.score for grade in self.grades)

    @property
    def max_score(self) -> int:
        return sum(grade.max_score for grade in self.grades)

    @property
    def document(self) -> dict[str, Any]:
        """What `grader check --json` prints."""
        return check_document(self.documents, self.not_found)

    def hint(self, number: int = 1, check: str = "") -> Hint:
        """A little more each time: where to look, what is wrong, what to write.

        It is about the first check that failed, or about the one whose id is `check`.
        """
        return Hint(self.problem) if self.problem else _hint(self.exercises, number, check)

    def __bool__(self) -> bool:
        return bool(self.grades) and all(map(_is_right, self.grades))

    def __repr__(self) -> str:
        parts = [self.problem] if self.problem else []
        parts += map(_as_printed, self.exercises)
        parts += [wording.not_found(self.not_found)] if self.not_found else []
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return _html(self.exercises, self.not_found, self.problem)


def _is_right(document: GradeDocument) -> bool:
    judged = [check for check in document.checks if check.message != LATER]
    return document.status == "graded" and bool(judged) and all(check.status == "passed" for check in judged)


def _encouraged(one: Exercise) -> Exercise:
    """A model that is right, though the file has not been run yet, is shown as what it is."""
    is_open = any(check.message == LATER for check in one.document.checks)
    right = replace(one.story, mark=SO_FAR, verdict=RIGHT, next_step=NEXT)
    return replace(one, story=right) if is_open and _is_right(one.document) else one


def _as_printed(one: Exercise) -> str:
    """What the terminal prints of an exercise."""
    from rich.console import Console  # imported late: only a terminal needs it

    from grader.reporting.terminal import print_grade

    text = io.StringIO()
    plain = Console(file=text, width=WIDTH, color_system=None, force_jupyter=False, force_terminal=False)
    print_grade(plain, one.story)
    return text.getvalue().rstrip("\n")


def _hint(exercises: Sequence[Exercise], number: int, check: str = "") -> Hint:
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


def _html(exercises: Sequence[Exercise], not_found: Sequence[str] = (), problem: str = "", hint: str = "") -> str:
    """Readable on any background: text has the colour of its surroundings, and marks have a background of their own."""
    named = {"exercises": exercises, "not_found": wording.not_found(not_found), "problem": problem, "hint": hint}
    return _TAGS.sub(_inlined, fragment("cell.html", **named))


def _inlined(match: re.Match[str]) -> str:
    """A tag with a style in place of its classes, and without addresses, which a notebook has already."""
    tag, _, attributes = match[1].removeprefix("/").partition(" ")
    shown = "div" if tag in _HEADINGS else tag
    if match[1].startswith("/"):
        return f"</{shown}>"
    classes = found[1].split() if (found := _CLASS.search(f" {attributes}")) else []
    names = {tag, *(f".{name}" for name in classes)}
    style = ";".join(style for selector, style in _rules() if selector <= names)
    kept = _OF_A_PAGE.sub("", f" {attributes}") if attributes else ""
    return f'<{shown} style="{style}"{kept}>' if style else f"<{shown}{kept}>"


@cache
def _rules() -> tuple[tuple[frozenset[str], str], ...]:
    """The style sheet: the tag and the classes that an element must have, and its style."""
    rules = [(one, style) for selectors, style in _RULES.findall(source("cell.css")) for one in selectors.split(",")]
    return tuple((frozenset(re.findall(r"\.?[\w-]+", selector)), style) for selector, style in rules)
