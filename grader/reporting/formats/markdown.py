"""Markdown for a step summary, from the template `summary.md`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.document import grades_of
from grader.reporting.html import markdown_fragment
from grader.reporting.story import story_of
from grader.reporting.wording import Mark

MAX_BYTES = 900_000  # GitHub refuses a step summary of more than 1 MiB
MOST_DETAILS = 3000  # grades of which more would be told: no more fit
_REST = "\n*The rest is left out, because the size of a step summary is limited.*\n"


def summary_markdown(report: Report) -> str:
    """Markdown for a step summary: a table of grades, then what to fix. All text is escaped."""
    details = (
        (grade.submission.name, story_of(grade))
        for grade in grades_of(report)
        if grade.reasons or grade.notes or any(check.status != "passed" for check in grade.checks)
    )
    named = {"rows": list(_rows(report)), "missing": report.missing, "details": islice(details, MOST_DETAILS)}
    text = markdown_fragment("summary.md", **named)
    if len(text.encode()) <= MAX_BYTES:
        return text
    cut = text.encode()[:MAX_BYTES].decode("utf-8", "ignore")
    return cut[: cut.rindex("\n") + 1] + _REST


def _rows(report: Report) -> Iterator[tuple[Mark, str, str, str]]:
    for grade in grades_of(report):
        score = "" if grade.status == "not_graded" else f"{grade.score} / {grade.max_score}"
        yield wording.grade_mark(grade), grade.submission.name, grade.title or grade.assignment or "", score
    for identity, name in report.not_found:
        yield wording.GRADE_MARKS["not_found"], identity, name, ""
