"""PrairieLearn's `results.json`: a score from 0 to 1, and a test for each check.

A submission with a grade that is not settled is *not gradable*: it costs the student neither points nor an attempt, and
the message says why. PrairieLearn takes one score for everything, so one unsettled exercise holds back all of it.
"""

from __future__ import annotations

import json
from typing import Any

from grader.domain import Report
from grader.reporting.display import clean, one_line
from grader.reporting.formats.results import GradeResults, results_of

MAX_BYTES = 900_000  # PrairieLearn takes 1 MB
NOTHING = "No exercise was found in this submission."


def prairielearn_json(report: Report) -> str:
    """The grades of one submission, all exercises together."""
    results = results_of(report)
    top = sum(one.document.max_score for one in results)
    problems = [_problem(one) for one in results if one.document.status != "graded"] or ([] if top else [NOTHING])
    score = {"score": sum(one.document.score for one in results) / top} if not problems else {}
    result: dict[str, Any] = {
        "gradable": not problems,
        **({"format_errors": problems} if problems else score),
        "message": clean("\n".join(one.verdict for one in results)) or NOTHING,
        "output": clean("\n".join(remark for one in results for remark in one.remarks)),
        "tests": [
            {
                "name": test.name,
                "description": test.word,
                "points": test.about.score,
                "max_points": test.about.max_score,
                "message": test.text,
            }
            for one in results
            for test in one.tests
        ],
    }
    text = json.dumps(result, indent=2, allow_nan=False)
    if len(text.encode()) > MAX_BYTES:
        result |= {"output": "", "tests": [], "message": "The report is too long for PrairieLearn."}
        text = json.dumps(result, indent=2, allow_nan=False)
    return text


def _problem(grade: GradeResults) -> str:
    in_review = grade.document.status == "needs_review"
    person = " A person will look at it; this is not your fault." if in_review else ""
    return one_line(f"{grade.title}: {grade.reason}{person}", 1000)
