"""The report that Python code gets, on a model or on a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from grader.domain import Grade, ModelGraph
from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.document import GradeDocument, check_document
from grader.reporting.notebook_cell.cell import cell_html, cell_markdown
from grader.reporting.notebook_cell.hints import Hint, hint
from grader.reporting.student_view import Exercise, Known, exercise

LATER = "Checked only when the whole file is run: `grader check my.ipynb`."
SO_FAR = wording.Mark("✓", "+", "correct so far", "good")
RIGHT = "Everything that can be checked without the whole file is correct."
NEXT = "Save the notebook, and run `grader check my.ipynb` in a terminal: it also runs the whole file from the top."
WIDTH = 100


@dataclass(frozen=True, repr=False)
class Report:
    """The verdict of `grader.check` on a model, or of `grader.grade` on a file.

    It is true where all checks that could be made have passed and nobody needs to review them, so it can be asserted.
    Notebooks show it with the networks drawn, terminals as `grader check` prints it.

    `not_found` are exercises that were not requested and are not in the file. `problem` says why nothing could be
    checked; it is empty otherwise. `page` is the page that `grader check --report html` writes, empty for a model.
    """

    exercises: tuple[Exercise, ...] = field(compare=False)
    documents: tuple[Mapping[str, Any], ...]
    not_found: tuple[str, ...] = ()
    problem: str = ""
    page: str = field(default="", compare=False)

    @classmethod
    def of_problem(cls, problem: str) -> Self:
        return cls((), (), problem=one_line(problem, 600))

    @classmethod
    def of_grades(
        cls, grades: Iterable[Grade], references: Mapping[str, ModelGraph], notes_text: Mapping[str, str]
    ) -> Self:
        known = {name: Known(graph) for name, graph in references.items()}
        return cls.of_exercises(
            exercise(grade, known.get(grade.assignment.id if grade.assignment else "", Known()), notes_text)
            for grade in grades
        )

    @classmethod
    def of_exercises(cls, exercises: Iterable[Exercise], *, not_found: Iterable[str] = (), page: str = "") -> Self:
        shown = tuple(map(_encouraged, exercises))
        return cls(shown, tuple(one.document for one in shown), tuple(dict.fromkeys(not_found)), page=page)

    @cached_property
    def grades(self) -> tuple[GradeDocument, ...]:
        """A grade for each exercise: `assignment`, `score`, `max_score`, `status`, `checks`, as in the JSON."""
        return tuple(GradeDocument.model_validate(document) for document in self.documents)

    @property
    def score(self) -> int:
        """Points of all exercises together."""
        return sum(document["score"] for document in self.documents)

    @property
    def max_score(self) -> int:
        return sum(document["max_score"] for document in self.documents)

    @property
    def document(self) -> dict[str, Any]:
        """What `grader check --json` prints."""
        return check_document(self.documents, self.not_found)

    def hint(self, number: int = 1, check: str = "") -> Hint:
        """A little more each time: where to look, what is wrong, what to write.

        It is about the first check that failed, or about the one whose id is `check`.
        """
        return Hint(self.problem) if self.problem else hint(self.exercises, number, check)

    def __bool__(self) -> bool:
        return bool(self.documents) and all(map(_is_right, self.documents))

    def __repr__(self) -> str:
        parts = [self.problem] if self.problem else []
        parts += map(_as_printed, self.exercises)
        parts += [wording.not_found(self.not_found)] if self.not_found else []
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return cell_html(self.exercises, self.not_found, self.problem)

    def _repr_markdown_(self) -> str:
        return cell_markdown(self.exercises, self.not_found, self.problem)


def _is_right(document: wording.Document) -> bool:
    judged = [check for check in document["checks"] if check["message"] != LATER]
    return document["status"] == "graded" and bool(judged) and all(check["status"] == "passed" for check in judged)


def _encouraged(one: Exercise) -> Exercise:
    """A model that is right, though the file has not been run yet, is shown as what it is."""
    is_open = any(check["message"] == LATER for check in one.document["checks"])
    right = is_open and _is_right(one.document)
    return replace(one, mark=SO_FAR, verdict=RIGHT, next_step=NEXT) if right else one


def _as_printed(one: Exercise) -> str:
    """What the terminal prints of an exercise."""
    from rich.console import Console  # imported late: only a terminal needs it

    from grader.reporting.terminal import print_grade

    text = io.StringIO()
    plain = Console(file=text, width=WIDTH, color_system=None, force_jupyter=False, force_terminal=False)
    print_grade(plain, one.document, one.mark)
    return text.getvalue().rstrip("\n")
