"""Markdown for a step summary: a table of grades, then what to fix. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterator

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.document import GradeDocument, grades_of
from grader.reporting.markdown import escaped, story_markdown
from grader.reporting.story import story_of

MAX_BYTES = 900_000  # GitHub refuses a step summary of more than 1 MiB


def summary_markdown(report: Report) -> str:
    """The whole report, cut at the size limit of a step summary, with a note if it was cut."""
    lines: list[str] = []
    size = 0
    for line in _lines(report):
        size += len(line.encode()) + 1
        if size > MAX_BYTES:
            lines.append("\n*The rest is left out, because the size of a step summary is limited.*")
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "## Keras Functional API: grades"
    yield ""
    if len(report.grades):
        yield "| | Submission | Exercise | Score | Status |"
        yield "| --- | --- | --- | ---: | --- |"
    for grade in grades_of(report):
        mark = wording.grade_mark(grade)
        score = "" if grade.status == "not_graded" else f"{grade.score} / {grade.max_score}"
        name = escaped(grade.title or grade.assignment or "")
        yield f"| {mark.symbol} | {escaped(grade.submission.name)} | {name} | {score} | {mark.word} |"
    for identity, name in report.not_found:
        mark = wording.GRADE_MARKS["not_found"]
        yield f"| {mark.symbol} | {escaped(identity)} | {escaped(name)} | | {mark.word} |"
    if report.missing:
        people = ", ".join(escaped(name) for name in report.missing)
        yield f"\nNot submitted ({len(report.missing)}): {people}"
    for grade in grades_of(report):
        if grade.reasons or grade.notes or any(check.status != "passed" for check in grade.checks):
            yield from _details(grade)


def _details(grade: GradeDocument) -> Iterator[str]:
    story = story_of(grade)
    yield f"\n### {escaped(grade.submission.name)}: {escaped(story.title)}"
    for block in story_markdown(story):
        yield f"\n{block}"
