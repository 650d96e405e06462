"""What `grade` prints about a download before it grades it, and all of it with `--dry-run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from grader.domain import Submission
    from grader.submissions import Intake, Reader

LayoutOption = Annotated[
    str,
    typer.Option(
        help="auto, files, folders, repository, moodle, canvas, gradescope, nbgrader or classroom.",
    ),
]
PatternOption = Annotated[
    str, typer.Option(metavar="PATTERN", help="How a path identifies the student, such as {name}_{id}/{file}.")
]
AttemptOption = Annotated[str, typer.Option(help="Which of several attempts counts: latest, first or best.")]


def print_intake(intake: Intake) -> None:
    """On stderr, before a run: how many submissions of what kind, and what was ignored."""
    from grader.reporting.display import one_line, without_commands

    print(intake.summary(), file=sys.stderr)
    for remark in intake.remarks:
        print(f"  {without_commands(one_line(remark, 400))}", file=sys.stderr)


def print_dry_run(path: Path, reader: Reader, roster: Path | None) -> None:
    """On stdout, a line for each submission, with its file and every decision."""
    from grader.reporting.display import one_line, without_commands
    from grader.submissions import enrolled, opened

    with opened(path, reader) as taken:
        intake = enrolled(taken, roster)
        for submission in intake.submissions:
            print(without_commands(one_line(_line(submission), 400)))
            for decision in submission.origin.decisions:
                print(f"    {without_commands(one_line(decision, 400))}")
        for person in intake.absent:
            print(without_commands(one_line(f"{person.shown}: no submission")))
    print_intake(intake)


def _line(submission: Submission) -> str:
    origin = submission.origin
    ids = ", ".join(student.id for student in origin.students if student.id)
    marks = [
        "late" if origin.late else "",
        f"submitted {origin.submitted}" if origin.submitted else "",
        f"attempt {origin.attempt or 'best'} of {origin.attempts}" if origin.attempts > 1 else "",
        f"assignment {origin.work}" if origin.work else "",
        submission.problem,
    ]
    who = f"{submission.who} ({ids})" if ids and ids != submission.who else submission.who
    files = ", ".join(origin.paths) or submission.entry.name
    return "; ".join([f"{submission.id}: {who}: {files}", *filter(None, marks)])
