"""What a grade says in words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.reporting.document import CheckPart, GradeDocument, NotePart
from grader.reporting.wording import CHECK_MARKS, GRADE_MARKS, next_step, points, verdict
from tests.reporting.grades import grade_of

WRONG = GradeDocument.of(grade_of("wrong"))
FIRST = WRONG.checks[0]
SKIPPED = FIRST.model_copy(update={"status": "skipped", "message": "Not run.", "hint": "Write `np` in place of `npp`."})
ERRORED = FIRST.model_copy(update={"status": "errored"})


def note(code: str, message: str) -> NotePart:
    return NotePart.model_validate({"code": code, "message": message, "cell": None, "line": None})


PANDAS, DECIDED = note("missing-package", "`pandas` is not installed."), note("override", "Set by a person: total = 10")
OURS = "The grader could not finish its work. This is not your fault."


@pytest.mark.parametrize(
    ("changes", "words", "step"),
    [
        ({}, "Cell 5 raised an error, line 2.", "Plot as many epochs as ran."),
        ({"notes": [PANDAS]}, "Cell 5 raised an error, line 2.", "Plot as many epochs as ran."),
        ({"notes": [PANDAS], "status": "needs_review"}, "`pandas` is not installed.", ""),
        ({"notes": [DECIDED], "score": 10}, "Set by a person: total = 10", "Plot as many epochs as ran."),
        ({"checks": [SKIPPED]}, "Not run.", "Write `np` in place of `npp`."),
        ({"checks": [SKIPPED, ERRORED]}, OURS, ""),
        ({"checks": [], "status": "needs_review"}, "Nothing could be checked; a person will look at this work.", ""),
        ({"checks": WRONG.checks[1:2]}, "Your work meets all requirements of the exercise.", ""),
    ],
)
def test_the_verdict_is_the_cause_that_comes_first(changes: dict[str, Any], words: str, step: str) -> None:
    document = WRONG.model_copy(update=changes)
    assert (verdict(document), next_step(document)) == (words, step)


def test_no_two_statuses_look_alike() -> None:
    for marks in (CHECK_MARKS, GRADE_MARKS):
        assert len({mark.word for mark in marks.values()}) == len(marks)
    assert len({mark.symbol for mark in GRADE_MARKS.values()}) == len(GRADE_MARKS)


@pytest.mark.parametrize(("score", "top", "words"), [(1, 2, "1 / 2"), (0, 0, "not scored")])
def test_a_check_of_no_points_is_not_scored(score: int, top: int, words: str) -> None:
    check: CheckPart = FIRST.model_copy(update={"score": score, "max_score": top})
    assert points(check) == words
