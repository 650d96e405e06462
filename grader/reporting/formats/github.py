"""Workflow commands: annotations on a GitHub run, as many as it shows and a last one that counts the rest.

A line number of a notebook's JSON helps nobody, so notebooks are annotated as files, and the cell is
named in words.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from grader.domain import Location, Report
from grader.reporting.display import one_line
from grader.reporting.document import GradeDocument, grades_of
from grader.reporting.story import GRADER_FAULT, blamed, story_of

MAX_PER_LEVEL = 10  # GitHub shows at most so many of one level from one step


@dataclass(frozen=True)
class Annotation:
    """One workflow command before it is escaped."""

    level: str
    title: str
    message: str
    path: str
    line: int | None = None


def workflow_commands(report: Report) -> str:
    """All annotations as workflow commands, one a line."""
    found = [one for grade in grades_of(report) for one in _of_grade(grade, path_in_repository(report, grade))]
    lines = []
    for level in ("error", "warning", "notice"):
        of_level = [annotation for annotation in found if annotation.level == level]
        shown = of_level if len(of_level) <= MAX_PER_LEVEL else of_level[: MAX_PER_LEVEL - 1]
        lines += [_command(annotation) for annotation in shown]
        if len(shown) < len(of_level):
            lines.append(f"::{level} title=More::{len(of_level) - len(shown)} more are in the report.")
    return "".join(f"{line}\n" for line in lines)


def path_in_repository(report: Report, grade: GradeDocument) -> str:
    """The file from where the command was given: a path in a report begins at the folder that was graded."""
    base = str(report.provenance.get("base", ""))
    return one_line(posixpath.normpath(posixpath.join(base, grade.submission.path)), 800)


def escape_data(text: object) -> str:
    """Text as the message of a workflow command."""
    return one_line(text, 1000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: object) -> str:
    """Text as the value of a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _of_grade(grade: GradeDocument, path: str) -> Iterator[Annotation]:
    story = story_of(grade)
    if grade.status == "not_graded":
        yield Annotation("error", story.title, story.verdict, path)
    for check in story.checks:
        title = f"{story.title}: {check.about.title}"
        if check.about.status == "errored":
            yield Annotation("warning", title, GRADER_FAULT, path)
        if check.about.status == "failed" and not check.repeats:
            where = grade.execution if check.about.kind == "runs" else blamed(grade.model, check.about)
            message = " ".join(line.text for line in check.lines if line.label in ("", "Next step"))
            yield _located("error", title, message, path, where.location)
    if story.review:
        yield Annotation("warning", f"{story.title}: needs review", " ".join(story.review), path)
    for note in story.remarks:
        for place in note.places or (Location(),):
            yield _located("notice", f"{story.title}: {note.code}", note.message, path, place)


def _located(level: str, title: str, message: str, path: str, where: Location) -> Annotation:
    if where.cell is None:
        return Annotation(level, title, message, path, where.line)
    return Annotation(level, title, f"{Location(where.cell, where.line)}: {message}", path)


def _command(annotation: Annotation) -> str:
    properties = [f"file={escape_property(annotation.path)}"]
    if annotation.line is not None:
        properties.append(f"line={annotation.line}")
    properties.append(f"title={escape_property(annotation.title)}")
    return f"::{annotation.level} {','.join(properties)}::{escape_data(annotation.message)}"
