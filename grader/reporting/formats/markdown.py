"""Markdown for a step summary: a table of grades, then what to fix. All text is escaped.

What is told of one grade is also for front ends of notebooks that show no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import code_parts, one_line
from grader.reporting.document import GradeDocument, grades_of
from grader.reporting.story import CheckBlock, Story, story_of

MAX_BYTES = 900_000  # GitHub refuses a step summary of more than 1 MiB
MAX_TEXT = 600  # of one sentence
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:$^=]|\.(?=\w)|(?<=^\d)\.|^-)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


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



def escaped(text: object, limit: int = MAX_TEXT) -> str:
    """One line without markup, links or table borders; what is `backquoted` becomes code."""
    parts = code_parts(one_line(text, limit))
    return "".join(f"<code>{_plain(part)}</code>" if is_code else _plain(part) for part, is_code in parts)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub("[&<>]", lambda match: _ENTITIES[match.group()], text))


def head_markdown(story: Story) -> str:
    """Title, points and how it ended."""
    points = f" {story.points}," if story.points else ""
    return f"**{escaped(story.title)}**:{points} {story.mark.symbol} {story.mark.word}"


def story_markdown(story: Story) -> Iterator[str]:
    """Its blocks but for the head, each to be followed by an empty line."""
    next_step = f" **Next step.** {escaped(story.next_step)}" if story.next_step else ""
    yield f"> {escaped(story.verdict)}{next_step}"
    if story.review:
        yield f"> **Needs review.** {' '.join(map(escaped, story.review))}"
    for comment in story.comments:
        yield f"> Comment by {escaped(comment)}"
    if story.checks:
        yield "\n".join(line for check in story.checks for line in _check(check))
    for sentence in filter(None, (story.found, story.ran, story.learned)):
        yield escaped(sentence)
    if notes := [f"- {escaped(note)}" for note in story.remarks]:
        yield "\n".join(notes)


def _check(check: CheckBlock) -> Iterator[str]:
    yield f"- {check.mark.symbol} **{escaped(check.about.title)}** ({check.mark.word}, {check.points})"
    for line in check.lines:
        yield f"  - {line.label}: {escaped(line.text)}" if line.label else f"  {escaped(line.text)}"
