"""What a GitHub run shows: annotations on code, by workflow commands, and a step summary in Markdown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import NamedTuple

from grader.domain import ClassReport, Location
from grader.reporting import wording
from grader.reporting.document import GradeDocument, grades_of
from grader.reporting.safe_text import fragment, one_line
from grader.reporting.story import GRADER_FAULT, NextSteps, Story, blamed, lines_of, submission_story
from grader.reporting.wording import Mark

NOWHERE = Location()
MAX_PER_LEVEL = 10  # GitHub shows at most so many of one level from one step
MAX_BYTES = 900_000  # GitHub refuses a step summary of more than 1 MiB
MOST_DETAILS = 3000  # submissions of which more would be told: no more fit
_REST = "\n*The rest is left out, because the size of a step summary is limited.*\n"


def workflow_commands(report: ClassReport) -> str:
    """Workflow commands: annotations on a GitHub run, as many as it shows and a last one that counts the rest."""
    commands = [
        command
        for grades in _by_submission(report)
        for grade, story in zip(grades, submission_story(grades).exercises, strict=True)
        for command in _of_grade(grade, story, path_in_repository(report, grade))
    ]
    lines: list[str] = []
    for level in ("error", "warning", "notice"):
        of_level = [command for command in commands if command.startswith(f"::{level} ")]
        if more := len(of_level) - MAX_PER_LEVEL + 1 if len(of_level) > MAX_PER_LEVEL else 0:
            of_level = [*of_level[:-more], f"::{level} title=More::{more} more are in the report."]
        lines += of_level
    return "".join(f"{line}\n" for line in lines)


def path_in_repository(report: ClassReport, grade: GradeDocument) -> str:
    """The file from where the command was given: a path in a report begins at the folder that was graded."""
    base = str(report.provenance.get("base", ""))
    return one_line(posixpath.normpath(posixpath.join(base, grade.submission.path)), 800)


def escape_data(text: object) -> str:
    """Text as the message of a workflow command."""
    return one_line(text, 1000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: object) -> str:
    """Text as the value of a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _annotation(level: str, title: str, message: str, path: str, where: Location = NOWHERE) -> str:
    """What is said of a place. A line number of a notebook's JSON helps nobody, so the message names the cell."""
    in_cell = where.cell is not None
    message = f"{where}: {message}" if in_cell else message
    line = f"line={where.line}," if where.line is not None and not in_cell else ""
    return f"::{level} file={escape_property(path)},{line}title={escape_property(title)}::{escape_data(message)}"


def _of_grade(grade: GradeDocument, story: Story, path: str) -> Iterator[str]:
    if grade.status == "not_graded":
        yield _annotation("error", story.title, story.verdict, path)
    for check in story.checks:
        title = f"{story.title}: {check.about.title}"
        if check.about.status == "errored":
            yield _annotation("warning", title, GRADER_FAULT, path)
        if check.about.status == "failed" and not check.repeats:
            where = grade.execution if check.about.kind == "runs" else blamed(grade.model, check.about)
            lines = [line for line in lines_of(check.about) if line.label in ("", "Next step")]  # it stands alone
            message = " ".join(f"{line.text} {'; '.join(line.code)}".strip() for line in lines)
            yield _annotation("error", title, message, path, Location(where.cell, where.line))
    if story.review:
        yield _annotation("warning", f"{story.title}: needs review", " ".join(story.review), path)
    for note in story.remarks:
        for place in note.places or (NOWHERE,):
            yield _annotation("notice", f"{story.title}: {note.code}", note.message, path, place)


def summary_markdown(report: ClassReport) -> str:
    """Markdown for a step summary: a table of grades, then what to fix. All text is escaped."""
    details = (entry for grades in _by_submission(report) if (entry := _details(grades)).stories)
    named = {"rows": list(_rows(report)), "missing": report.missing, "details": islice(details, MOST_DETAILS)}
    text = re.sub(r"\n{3,}", "\n\n", fragment("summary.md", **named)).strip() + "\n"
    if len(text.encode()) <= MAX_BYTES:
        return text
    cut = text.encode()[:MAX_BYTES].decode("utf-8", "ignore")
    return cut[: cut.rindex("\n") + 1] + _REST


def _by_submission(report: ClassReport) -> Iterator[list[GradeDocument]]:
    return (list(grades) for _, grades in groupby(grades_of(report), lambda grade: grade.submission.id))


class _Details(NamedTuple):
    """Of a submission: its name, what to do next, and the stories of the exercises that have something to say."""

    name: str
    steps: Sequence[NextSteps]
    stories: Sequence[Story]


def _details(grades: Sequence[GradeDocument]) -> _Details:
    told = submission_story(grades)
    stories = [
        story
        for grade, story in zip(grades, told.exercises, strict=True)
        if grade.reasons or grade.notes or any(check.status != "passed" for check in grade.checks)
    ]
    return _Details(grades[0].submission.name, told.steps, stories)


def _rows(report: ClassReport) -> Iterator[tuple[Mark, str, str, str]]:
    for grade in grades_of(report):
        score = "" if grade.status == "not_graded" else f"{grade.score} / {grade.max_score}"
        yield wording.grade_mark(grade), grade.submission.name, grade.title or grade.assignment or "", score
    for identity, name in report.not_found:
        yield wording.GRADE_MARKS["not_found"], identity, name, ""
