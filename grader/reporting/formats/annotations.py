"""Annotations on code: the workflow commands of a GitHub run, as many as it shows."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from grader.domain import Location, Report
from grader.reporting.display import one_line
from grader.reporting.document import GradeDocument, grades_of
from grader.reporting.story import GRADER_FAULT, blamed, story_of

NOWHERE = Location()
MAX_PER_LEVEL = 10  # GitHub shows at most so many of one level from one step


@dataclass(frozen=True)
class Annotation:
    """What is said of a place, in a file of the repository."""

    level: str
    title: str
    message: str
    path: str
    where: Location

    def __str__(self) -> str:
        """As a workflow command. A line number of a notebook's JSON helps nobody, so the message names the cell."""
        in_cell = self.where.cell is not None
        message = f"{Location(self.where.cell, self.where.line)}: {self.message}" if in_cell else self.message
        line = f"line={self.where.line}," if self.where.line is not None and not in_cell else ""
        properties = f"file={escape_property(self.path)},{line}title={escape_property(self.title)}"
        return f"::{self.level} {properties}::{escape_data(message)}"


def workflow_commands(report: Report) -> str:
    """Workflow commands: annotations on a GitHub run, as many as it shows and a last one that counts the rest."""
    found = [one for grade in grades_of(report) for one in _of_grade(grade, path_in_repository(report, grade))]
    lines: list[str] = []
    for level in ("error", "warning", "notice"):
        of_level = [str(annotation) for annotation in found if annotation.level == level]
        if more := len(of_level) - MAX_PER_LEVEL + 1 if len(of_level) > MAX_PER_LEVEL else 0:
            of_level = [*of_level[:-more], f"::{level} title=More::{more} more are in the report."]
        lines += of_level
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
        yield Annotation("error", story.title, story.verdict, path, NOWHERE)
    for check in story.checks:
        title = f"{story.title}: {check.about.title}"
        if check.about.status == "errored":
            yield Annotation("warning", title, GRADER_FAULT, path, NOWHERE)
        if check.about.status == "failed" and not check.repeats:
            where = grade.execution if check.about.kind == "runs" else blamed(grade.model, check.about)
            message = " ".join(line.text for line in check.lines if line.label in ("", "Next step"))
            yield Annotation("error", title, message, path, Location(where.cell, where.line))
    if story.review:
        yield Annotation("warning", f"{story.title}: needs review", " ".join(story.review), path, NOWHERE)
    for note in story.remarks:
        for place in note.places or (NOWHERE,):
            yield Annotation("notice", f"{story.title}: {note.code}", note.message, path, place)
