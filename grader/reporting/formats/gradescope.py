"""Gradescope's `results.json`: a test for each check. Text is sent as text, so nothing in it is rendered.

The student sees it whatever the program did: what a grade that needs review has so far is said to be no final score.
"""

from __future__ import annotations

import json
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.wording import Document

NOT_FINAL = "This score is not final: a person will look at your work. It has the points that are certain so far."


def gradescope_json(report: Report) -> str:
    """The grades of one submission, all exercises together."""
    tests = [_test(grade, check) for grade in report.grades for check in grade["checks"]]
    told = [NOT_FINAL] if any(grade["status"] == "needs_review" for grade in report.grades) else []
    result: dict[str, Any] = {
        "score": sum(grade["score"] for grade in report.grades),
        "execution_time": round(max((grade["execution"]["seconds"] for grade in report.grades), default=0.0)),
        "output": clean("\n\n".join([*told, *map(_output, report.grades)])) or "There was nothing to grade.",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "status": {str(grade["assignment"]): grade["status"] for grade in report.grades},
            "not_found": [name for _, name in report.not_found],
        },
    }
    return json.dumps(result, indent=2, allow_nan=False)


def _test(grade: Document, check: Document) -> dict[str, Any]:
    title = grade.get("title") or grade["assignment"]
    test = {
        "name": one_line(f"{title}: {check['title']}"),
        "score": check["score"],
        "max_score": check["max_score"],
        "output": clean(wording.explained(check)),
        "tags": [one_line(grade["assignment"] or ""), one_line(check["id"])],
        "visibility": "visible",
    }
    if check["status"] in ("passed", "failed"):
        test["status"] = check["status"]
    return test


def _output(grade: Document) -> str:
    title = wording.title_of(grade)
    notes = [f"Note: {note['message']}" for note in wording.other_notes(grade)]
    in_review = grade["status"] == "needs_review"
    review = [f"Needs review: {reason}" for reason in grade["reasons"]] if in_review else []
    lines = [f"{title}: {wording.verdict(grade)}", wording.how_it_learned(grade), *review, *notes]
    return "\n".join(line for line in lines if line)
