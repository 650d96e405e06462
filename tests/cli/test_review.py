"""`review`: what needs a person is shown, decided and written, case by case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.cli.review import Reviewer, cases
from grader.grading.overrides import load_overrides
from grader.reporting.document import GradeDocument
from tests.reporting.grades import grade_document, grade_of

GROUP = {"digest": "3f2a90c1d4be", "kind": "network", "title": "The merge is missing.", "causes": []}
REVIEW = grade_document(grade_of("review"))


def grade(who: str, group: dict[str, Any] | None = None, status: str = "needs_review") -> GradeDocument:
    """Of five checks, of which `learns` has been errored."""
    submission = {**REVIEW["submission"], "id": who, "sha256": "abc"}
    return GradeDocument.model_validate({**REVIEW, "submission": submission, "status": status, "group": group})


def walk(run: Path, grades: Sequence[GradeDocument], *answers: str, asked: list[str] | None = None) -> tuple[int, str]:
    """How many decisions were written, and what was printed; an empty answer is Enter."""
    pending, terminal = iter(answers), Console(file=StringIO(), width=100)

    def ask(_: Console, question: str, choices: Sequence[str] = (), default: str = "") -> str:
        answer = next(pending) or default
        (asked if asked is not None else []).append(question)
        assert not choices or answer in choices
        return answer

    reviewer = Reviewer(run, "A. Instructor", terminal, tuple(grades))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.cli.review.ask", ask)
        return reviewer.walk(cases(grades)), terminal.file.getvalue()  # type: ignore[attr-defined]


def test_equal_mistakes_are_one_case() -> None:
    """The largest group comes first; what needs nobody is not shown."""
    groups = cases([grade("anna"), grade("ben", GROUP), grade("cleo", GROUP), grade("dan", GROUP, "graded")])
    assert [[document.submission.id for document in alike] for alike in groups] == [["ben", "cleo"], ["anna"]]


ANNA, BEN, CLEO = grade("anna"), grade("ben", GROUP), grade("cleo", GROUP)
# Whose cases they are, the answers; how many decisions are written, and what they say.
WALKS: dict[str, tuple[list[GradeDocument], tuple[str, ...], str, list[dict[str, Any]]]] = {
    "a score for a whole group, with its members": (
        [BEN, CLEO], ("s", "", "1", "", "as agreed", "n"), "groups",
        [{"check": "learns", "score": 1, "group": GROUP["digest"], "members": ["ben", "cleo"]}],
    ),
    "a comment for one or for all": (
        [BEN, CLEO], ("c", "n", "Draw it.", "c", "y", "Draw it all.", "q"), "comments",
        [{"submission": "ben", "group": None}, {"submission": "", "group": GROUP["digest"]}],
    ),
    "full marks, and a total": (
        [ANNA, grade("ben")], ("f", "as agreed", "t", "3", "nearly", "q"), "overrides",
        [{"submission": "anna", "check": "total", "score": 10}, {"submission": "ben", "check": "total", "score": 3}],
    ),
    "a grade as it stands": (
        [BEN], ("a", "looked at it"), "overrides",
        [{"submission": "ben", "sha256": "abc", "check": "review", "who": "A. Instructor"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("grades", "answers", "kind", "expected"), WALKS.values(), ids=WALKS)
def test_a_decision_is_written(
    tmp_path: Path, grades: list[GradeDocument], answers: tuple[str, ...], kind: str, expected: list[dict[str, Any]]
) -> None:
    written, _ = walk(tmp_path, grades, *answers)
    decisions = getattr(load_overrides(tmp_path / "overrides.toml"), kind)
    assert written == len(expected)
    assert [
        {key: getattr(decision, key) for key in fields} for decision, fields in zip(decisions, expected, strict=True)
    ] == expected


def test_without_a_reason_nothing_is_written(tmp_path: Path) -> None:
    assert walk(tmp_path, [ANNA], "s", "", "1", "", "q")[0] == 0
    assert not (tmp_path / "overrides.toml").exists()


def test_the_reasons_the_page_and_the_checks_are_shown(tmp_path: Path) -> None:
    printed = walk(tmp_path, [ANNA], "s", "widths", "1", "so", "q")[1]
    assert re.search(r"widths +3 of 3 +The layers", printed)
    assert "The check `learns` could not be finished." in printed
    assert "feedback/anna/index.html" in printed.replace("\n", "")


def test_whoever_is_alone_in_a_group_is_not_asked_about_all(tmp_path: Path) -> None:
    questions: list[str] = []
    walk(tmp_path, [BEN], "a", "looked at it", asked=questions)
    assert not [question for question in questions if "all" in question.split()]
    assert "the student reads it" in questions[-1]
