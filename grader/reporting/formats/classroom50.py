"""Classroom 50's `result.json`: a test for each check. The runner's environment says what it is about.

The runner stamps owner, kind of assignment and time of submission over what is written here. A grade that is not
settled gives no points and takes none: it is one test of 0 points, which says why.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from grader.domain import Report
from grader.reporting.display import clean, one_line
from grader.reporting.formats.results import GradeResults, results_of

SCHEMA = "classroom50/result/v1"
VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
OTHERWISE = {"assignment_type": "individual", "submission": "submit/none"}


def classroom50_json(report: Report, environment: Mapping[str, str] | None = None) -> str:
    """The grades of one submission, all exercises together; `environment` is the runner's, by default our own."""
    found = os.environ if environment is None else environment
    about = {key: one_line(found.get(name) or OTHERWISE.get(key, "unknown"), 400) for key, name in VARIABLES.items()}
    if not found.get("REVIEW_URL"):
        about["review"] = about["commit"]  # as the runner has it where there is nothing to compare
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tests = [test for grade in results_of(report) for test in _tests(grade)]
    result: dict[str, Any] = {
        "schema": SCHEMA,
        **about,
        "datetime": now,
        "graded_at": now,
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(result, indent=2, allow_nan=False)


def _tests(grade: GradeResults) -> Iterator[dict[str, Any]]:
    if grade.document.status != "graded":
        yield _test(one_line(f"{grade.title}: {grade.story.mark.word}"), 0, 0, clean(grade.reason), passed=False)
        return
    for test in grade.tests:
        check = test.about
        yield _test(test.name, check.score, check.max_score, test.text, passed=check.status == "passed")


def _test(name: str, score: int, top: int, message: str, *, passed: bool) -> dict[str, Any]:
    return {"test-name": name, "passed": passed, "score": score, "max-score": top, "message": message}
