"""PrairieLearn's `results.json`: a score from 0 to 1, and a test for each check.

A submission with a grade that is not settled is *not gradable*: it costs the student neither points nor an attempt, and
the message says why. PrairieLearn takes one score for everything, so one unsettled exercise holds back all of it.
"""

from __future__ import annotations

import json
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.wording import Document

MAX_BYTES = 900_000  # PrairieLearn takes 1 MB
NOTHING = "No exercise was found in this submission."


def prairielearn_json(report: Report) -> str:
    """The grades of one submission, all exercises together."""
    grades = list(report.grades)
    unsettled = [grade for grade in grades if grade["status"] != "graded"]
    top = sum(grade["max_score"] for grade in grades)
    problems = [_problem(grade) for grade in unsettled] or ([] if top else [NOTHING])
    result: dict[str, Any] = {
        "gradable": not problems,
        **({"format_errors": problems} if problems else {"score": sum(grade["score"] for grade in grades) / top}),
        "message": clean("\n".join(f"{_title(grade)}: {wording.verdict(grade)}" for grade in grades)) or NOTHING,
        "output": clean("\n".join(_remarks(grades))),
        "tests": [_test(grade, check) for grade in grades for check in grade["checks"]],
    }
    text = json.dumps(result, indent=2, allow_nan=False)
    if len(text.encode()) > MAX_BYTES:
        result |= {"output": "", "tests": [], "message": "The report is too long for PrairieLearn."}
        text = json.dumps(result, indent=2, allow_nan=False)
    return text


def _title(grade: Document) -> str:
    return one_line(wording.title_of(grade))


def _problem(grade: Document) -> str:
    reasons = " ".join(grade["reasons"]) or wording.verdict(grade)
    person = " A person will look at it; this is not your fault." if grade["status"] == "needs_review" else ""
    return one_line(f"{_title(grade)}: {reasons}{person}", 1000)


def _remarks(grades: list[Document]) -> list[str]:
    found = []
    for grade in grades:
        found += [wording.how_it_learned(grade), *(f"Note: {note['message']}" for note in wording.other_notes(grade))]
    return [line for line in found if line]


def _test(grade: Document, check: Document) -> dict[str, Any]:
    return {
        "name": one_line(f"{_title(grade)}: {check['title']}"),
        "description": wording.CHECK_MARKS[check["status"]].word,
        "points": check["score"],
        "max_points": check["max_score"],
        "message": clean(wording.explained(check)),
    }
