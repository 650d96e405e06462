"""Reports for Gradescope, Classroom 50 and PrairieLearn: each is what its place takes, in every situation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.domain import Grade, Report
from grader.reporting import FORMATS
from grader.reporting.formats.platforms import MOST_BYTES as MAX_BYTES
from grader.reporting.formats.platforms import classroom50_json, prairielearn_json
from tests.integrations.schemas import validated
from tests.reporting.grades import grade_of, report_of

SCHEMAS = {
    "gradescope": "gradescope-results",
    "classroom50": "classroom50-result",
    "prairielearn": "prairielearn-results",
}
SITUATIONS = ("good", "wrong", "review", "unreadable", "empty", "hostile")
ReportOf = Callable[..., Report]
GradeOf = Callable[..., Grade]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_place_takes_its_report(name: str) -> None:
    for grades in ([], *([grade_of(one)] for one in SITUATIONS), [grade_of(one) for one in SITUATIONS]):
        validated(SCHEMAS[name], FORMATS[name](report_of(*grades)))


@pytest.mark.parametrize("name", ["github", "junit"])
def test_paths_begin_at_the_repository(name: str) -> None:
    """`check hw2` grades hw2/student-02.ipynb; CI knows the file by that."""
    report = report_of(grade_of("wrong"))
    assert "hw2/student-02.ipynb" in FORMATS[name](replace(report, provenance={"base": "hw2"}))
    assert "hw2" not in FORMATS[name](replace(report, provenance={"base": "."}))


ENVIRONMENT = {
    "CLASSROOM": "cs", "ASSIGNMENT": "two-inputs", "ASSIGNMENT_TYPE": "group", "OWNER": "grace",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r", "REVIEW_URL": "https://example.org/d",
}  # fmt: skip


def test_classroom50_hears_of_its_own_submission() -> None:
    result = json.loads(classroom50_json(report_of(grade_of("good"), grade_of("wrong")), ENVIRONMENT))
    about = [result[key] for key in ("classroom", "assignment", "assignment_type", "owner", "submission", "review")]
    assert about == ["cs", "two-inputs", "group", "grace", ENVIRONMENT["SUBMISSION_TAG"], "https://example.org/d"]
    assert (result["score"], result["max-score"]) == (15, 20)
    assert result["score"] == sum(test["score"] for test in result["tests"])


def test_classroom50_shows_the_commit_where_there_is_nothing_to_compare() -> None:
    assert json.loads(classroom50_json(report_of(), {**ENVIRONMENT, "REVIEW_URL": ""}))["review"] == "https://example.org/c"


@pytest.mark.parametrize("situation", ["review", "unreadable"])
def test_what_is_not_settled_gives_and_takes_no_points(situation: str) -> None:
    result = json.loads(classroom50_json(report_of(grade_of(situation)), ENVIRONMENT))
    assert (result["score"], result["max-score"], len(result["tests"])) == (0, 0, 1)
    held = json.loads(prairielearn_json(report_of(grade_of(situation))))
    assert held["gradable"] is False
    assert "score" not in held


def test_prairielearn_takes_a_share() -> None:
    result: dict[str, Any] = json.loads(prairielearn_json(report_of(grade_of("good"), grade_of("wrong"))))
    assert (result["gradable"], result["score"]) == (True, 0.75)
    assert any("Next step: Plot as many epochs as ran." in test["message"] for test in result["tests"])


def test_prairielearns_limit_is_kept() -> None:
    long = replace(report_of(), grades=report_of(grade_of("hostile")).grades * 100)
    text = prairielearn_json(long)
    assert len(text.encode()) < MAX_BYTES
    assert "score" in validated("prairielearn-results", text)
