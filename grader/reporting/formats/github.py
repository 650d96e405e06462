"""Workflow commands: annotations on a GitHub run, as many as it shows and a last one that counts the rest.

A line number of a notebook's JSON helps nobody, so notebooks are annotated as files, and the cell is
named in words.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import one_line
from grader.reporting.wording import Document

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
    found = [one for grade in report.grades for one in _of_grade(grade, path_in_repository(report, grade))]
    lines = []
    for level in ("error", "warning", "notice"):
        of_level = [annotation for annotation in found if annotation.level == level]
        shown = of_level if len(of_level) <= MAX_PER_LEVEL else of_level[: MAX_PER_LEVEL - 1]
        lines += [_command(annotation) for annotation in shown]
        if len(shown) < len(of_level):
            lines.append(f"::{level} title=More::{len(of_level) - len(shown)} more are in the report.")
    return "".join(f"{line}\n" for line in lines)


def path_in_repository(report: Report, grade: Document) -> str:
    """The file from where the command was given: a path in a report begins at the folder that was graded."""
    base = str(report.provenance.get("base", ""))
    return one_line(posixpath.normpath(posixpath.join(base, grade["submission"]["path"])), 800)


def escape_data(text: object) -> str:
    """Text as the message of a workflow command."""
    return one_line(text, 1000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: object) -> str:
    """Text as the value of a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _of_grade(grade: Document, path: str) -> Iterator[Annotation]:
    name = grade.get("title") or grade["assignment"] or "This file"
    if not grade["checks"] and grade["status"] != "graded":
        yield Annotation("error", str(name), wording.verdict(grade), path)
    repeated = wording.told_before(grade["checks"])
    for check in grade["checks"]:
        if check["id"] not in repeated:
            yield from _of_check(grade, check, path, f"{name}: {check['title']}")
    if grade["status"] == "needs_review" and grade["reasons"]:
        yield Annotation("warning", f"{name}: needs review", " ".join(grade["reasons"]), path)
    for note in wording.other_notes(grade):
        yield _located("notice", f"{name}: {note['code']}", note["message"], path, note)


def _of_check(grade: Document, check: Document, path: str, title: str) -> Iterator[Annotation]:
    if check["status"] == "errored":
        yield Annotation("warning", title, wording.GRADER_FAULT, path)
    if check["status"] != "failed":
        return
    where = grade["execution"] if check["kind"] == "runs" else wording.blamed(grade, check)
    parts = [check["message"], check["hint"]]
    yield _located("error", title, " ".join(part for part in parts if part), path, where)


def _located(level: str, title: str, message: str, path: str, where: Document) -> Annotation:
    if where["cell"] is None:
        return Annotation(level, title, message, path, where["line"])
    spelled = wording.location(where["cell"], where["line"])
    return Annotation(level, title, f"{spelled}: {message}", path)


def _command(annotation: Annotation) -> str:
    properties = [f"file={escape_property(annotation.path)}"]
    if annotation.line is not None:
        properties.append(f"line={annotation.line}")
    properties.append(f"title={escape_property(annotation.title)}")
    return f"::{annotation.level} {','.join(properties)}::{escape_data(annotation.message)}"
