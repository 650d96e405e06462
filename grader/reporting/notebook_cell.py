"""What Python code gets instead of a page: a report that notebooks show, as the blocks of the page, and terminals."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

from markupsafe import Markup

from grader.domain import Grade, ModelGraph
from grader.reporting import wording
from grader.reporting.document import CHECK_SCHEMA_ID, CheckDocument, GradeDocument
from grader.reporting.safe_text import fragment, one_line, source
from grader.reporting.story import Line, NextSteps, Story, SubmissionStory, submission_story
from grader.reporting.student_view import exercise

LATER = "Checked only when the whole file is run: `grader check my.ipynb`."
SO_FAR = wording.Mark("✓", "+", "correct so far", "good")
RIGHT = "Everything that can be checked without the whole file is correct."
NEXT = "Save the notebook, and run `grader check my.ipynb` in a terminal: it also runs the whole file from the top."
WIDTH = 100
# Of the page's own markup only: what a student chose is escaped, and has neither `<`, `>` nor `"`.
_TAGS = re.compile(r"<([^<>]+)>")
_CLASS = re.compile(r' class="([^"]*)"')
_OF_A_PAGE = re.compile(r' (?:id|class|headers|aria-labelledby|tabindex)="[^"]*"')
_HEADINGS = frozenset({"h2", "h3"})  # the outline of a notebook is its author's
_RULES = re.compile(r"^([^{}/*\n]+)\{([^{}]+)\}$", re.MULTILINE)


@dataclass(frozen=True, repr=False)
class Report:
    """The verdict of `grader.check` on a model, or of `grader.grade` on a file.

    It is true where all checks that could be made have passed and nobody needs to review them, so it can be asserted.
    Notebooks show it with the networks drawn, terminals as `grader check` prints it.

    `not_found` are exercises that were not requested and are not in the file. `problem` says why nothing could be
    checked; it is empty otherwise. `page` is the page that `grader check --report html` writes, empty for a model.
    """

    grades: tuple[GradeDocument, ...]
    """One for each exercise, with the fields of the JSON."""
    not_found: tuple[str, ...] = ()
    problem: str = ""
    page: str = field(default="", compare=False)
    cells: str = field(default="", compare=False)
    """What notebooks show of the exercises, as `cells_of` makes it."""

    @classmethod
    def of_problem(cls, problem: str) -> Self:
        return cls((), problem=one_line(problem, 600))

    @classmethod
    def of_grades(cls, grades: Sequence[Grade], references: Mapping[str, ModelGraph]) -> Self:
        documents = tuple(map(GradeDocument.of, grades))
        return cls(documents, cells=cells_of(grades, documents, references))

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
        return CheckDocument.built(self, schema=CHECK_SCHEMA_ID).model_dump(by_alias=True)

    def __bool__(self) -> bool:
        return bool(self.grades) and all(map(_is_right, self.grades))

    def __repr__(self) -> str:
        parts = [self.problem] if self.problem else []
        parts += [_as_printed(self.grades)] if self.grades else []
        parts += [wording.not_found(self.not_found)] if self.not_found else []
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        """Readable on any background: text has the colour of its surroundings, and marks have their own background."""
        not_found = wording.not_found(self.not_found)
        around = fragment("cell.html", cells=Markup(self.cells), not_found=not_found, problem=self.problem)
        return _TAGS.sub(_inlined, around)


def cells_of(grades: Sequence[Grade], documents: Sequence[GradeDocument], references: Mapping[str, ModelGraph]) -> str:
    """Grades as blocks of a page, still without a style; expected networks may be drawn beside the students'."""
    told = _told(documents)
    blocks = [
        exercise(grade, document, story, references.get(document.assignment or ""))
        for grade, document, story in zip(grades, documents, told.exercises, strict=True)
    ]
    return fragment("cells.html", exercises=blocks, plans=told.steps)


def _is_right(document: GradeDocument) -> bool:
    judged = [check for check in document.checks if check.message != LATER]
    return document.status == "graded" and bool(judged) and all(check.status == "passed" for check in judged)


def _told(documents: Sequence[GradeDocument]) -> SubmissionStory:
    """A model that is right, though the file has not been run yet, is shown as what it is."""

    def so_far(document: GradeDocument, story: Story) -> Story:
        is_open = any(check.message == LATER for check in document.checks)
        right = replace(story, mark=SO_FAR, verdict=RIGHT, steps=NextSteps((Line(NEXT),)))
        return right if is_open and _is_right(document) else story

    told = submission_story(documents)
    return replace(told, exercises=tuple(map(so_far, documents, told.exercises)))


def _as_printed(documents: Sequence[GradeDocument]) -> str:
    """What the terminal prints of the exercises."""
    from rich.console import Console  # imported late: only a terminal needs it

    from grader.reporting.terminal import print_submission

    text = io.StringIO()
    plain = Console(file=text, width=WIDTH, color_system=None, force_jupyter=False, force_terminal=False)
    print_submission(plain, _told(documents))
    return text.getvalue().rstrip("\n")


def _inlined(match: re.Match[str]) -> str:
    """A tag with a style in place of its classes, and without addresses, which a notebook has already."""
    tag, _, attributes = match[1].removeprefix("/").partition(" ")
    element = "div" if tag in _HEADINGS else tag
    if match[1].startswith("/"):
        return f"</{element}>"
    classes = attribute[1].split() if (attribute := _CLASS.search(f" {attributes}")) else []
    names = {tag, *(f".{name}" for name in classes)}
    style = ";".join(style for selector, style in _rules() if selector <= names)
    kept = _OF_A_PAGE.sub("", f" {attributes}") if attributes else ""
    return f'<{element} style="{style}"{kept}>' if style else f"<{element}{kept}>"


@cache
def _rules() -> tuple[tuple[frozenset[str], str], ...]:
    """The style sheet: the tag and the classes that an element must have, and its style."""
    rules = [(part, style) for selectors, style in _RULES.findall(source("cell.css")) for part in selectors.split(",")]
    return tuple((frozenset(re.findall(r"\.?[\w-]+", selector)), style) for selector, style in rules)
