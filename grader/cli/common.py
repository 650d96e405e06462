"""What several commands have in common: options, and how they print JSON, grades and remarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from grader.domain import ClassReport

CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course", metavar="DIR", envvar="GRADER_COURSE", show_envvar=True,
        help="The course; by default the one that contains the current folder (grader.toml), "
        "else the built-in course.",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print only one JSON document on stdout.")]


def print_outdated(run: Path) -> None:
    """What was exported from a run before its grades changed."""
    from grader.runs.folder import outdated_exports

    for path in outdated_exports(run):
        print(f"{path} is older than the grades: export it again before you use it")


def say(text: str, file: TextIO | None = None) -> None:
    """One line, whatever a name or a message of a student has in it; its indentation stays."""
    from grader.reporting.safe_text import one_line, without_commands

    indent = " " * (len(text) - len(text.lstrip(" ")))
    print(indent + without_commands(one_line(text, 400)), file=file)


def print_grades(report: ClassReport, before: ClassReport | None = None) -> None:
    """The grades of one submission, what was chosen or ignored, and which exercises are not there.

    After an earlier check, what has changed in each exercise since then.
    """
    from grader.reporting.document import grades_of
    from grader.reporting.safe_text import without_commands
    from grader.reporting.story import submission_story
    from grader.reporting.terminal import print_submission, print_submission_since
    from grader.reporting.wording import not_found

    terminal, grades = console(), list(grades_of(report))
    told = submission_story(grades)
    if before:
        known = list(grades_of(before))
        earlier = dict(zip((grade.assignment for grade in known), submission_story(known).exercises, strict=True))
        print_submission_since(terminal, [earlier.get(grade.assignment) for grade in grades], told)
        return
    print_submission(terminal, told)
    decisions = dict.fromkeys(text for grade in grades for text in grade.submission.decisions)
    absent = not_found(dict.fromkeys(name for _, name in report.not_found))
    for sentence in (*decisions, *filter(None, [absent])):
        terminal.print(f"\n{without_commands(sentence)}", style="dim", highlight=False, markup=False)


def console() -> Any:
    from rich.console import Console

    return Console()


def print_json(document: Any) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    print(text.replace("##[", "#\\u0023["))  # in the log of a workflow, `##[` would begin a command
