"""Gradescope's `results.json`: a test for each check. Text is sent as text, so nothing in it is rendered.

The student sees it whatever the program did: what a grade that needs review has so far is said to be no final score.
"""

from __future__ import annotations

import json
from typing import Any

from grader.domain import Report
from grader.reporting.display import clean, one_line
from grader.reporting.formats.results import GradeResults, TestResult, results_of

NOT_FINAL = "This score is not final: a person will look at your work. It has the points that are certain so far."


def gradescope_json(report: Report) -> str:
    """The grades of one submission, all exercises together."""
    results = results_of(report)
    in_review = any(one.document.status == "needs_review" for one in results)
    said = [*[NOT_FINAL] * in_review, *map(_output, results)]
    result: dict[str, Any] = {
        "score": sum(one.document.score for one in results),
        "execution_time": round(max((one.document.execution.seconds for one in results), default=0.0)),
        "output": clean("\n\n".join(said)) or "There was nothing to grade.",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(one, test) for one in results for test in one.tests],
        "extra_data": {
            "status": {str(one.document.assignment): one.document.status for one in results},
            "not_found": [name for _, name in report.not_found],
        },
    }
    return json.dumps(result, indent=2, allow_nan=False)


def _test(grade: GradeResults, test: TestResult) -> dict[str, Any]:
    check = test.about
    judged = {"status": check.status} if check.status in ("passed", "failed") else {}
    return {
        "name": test.name,
        "score": check.score,
        "max_score": check.max_score,
        "output": test.text,
        "tags": [one_line(grade.document.assignment or ""), one_line(check.id)],
        "visibility": "visible",
        **judged,
    }


def _output(grade: GradeResults) -> str:
    review = (f"Needs review: {reason}" for reason in grade.story.review)
    return "\n".join([grade.verdict, *review, *grade.remarks])
