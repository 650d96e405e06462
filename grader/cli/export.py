"""`export`: the grades of a finished run go back to where they are needed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.common import print_outdated

if TYPE_CHECKING:
    from grader.domain import Report
    from grader.gradebooks import Filled, Total
    from grader.gradebooks.feedback import Plan

app = typer.Typer()
MOST_SHOWN = 200  # of those who were left blank
MOST_BYTES = 64 * 2**20  # of a page


@dataclass(frozen=True)
class Request:
    """What was typed, and the scores that it is about."""

    run: Path
    report: Report
    found: tuple[Total, ...]
    exercises: tuple[str, ...]
    gradebook: Path | None
    column: str
    provisional: bool
    comments: bool
    out: Path

    def given(self, what: str) -> Path:
        """The file of the platform. Raises `UsageError` if there is none."""
        from grader.errors import UsageError

        if self.gradebook is None:
            raise UsageError(f"give {what} with --gradebook: the grader fills in that file, but cannot create it.")
        return self.gradebook

    @property
    def pages(self) -> dict[str, Path]:
        return {one.submission: self.run / "feedback" / one.submission / "index.html" for one in self.found}


@app.command()
def export(
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help="csv, moodle, moodle-feedback, canvas or nbgrader.")],
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `grade --out` wrote.")],
    gradebook: Annotated[Path | None, typer.Option(help="The file from the platform that is to be filled in.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; by default a new file in RUN/export.")] = None,
    assignment: Annotated[
        list[str] | None, typer.Option("--assignment", "-a", metavar="ID", help="Only this exercise; repeatable.")
    ] = None,
    column: Annotated[str, typer.Option(help="The column of the gradebook, if it has several.")] = "",
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Also write the points so far of grades that need review.")
    ] = False,
    comments: Annotated[
        bool, typer.Option("--comments", help="moodle: also a comment for each score, with what to do next.")
    ] = False,
) -> None:
    """Write the grades of a run for an LMS.

    csv: a column for each check. moodle: the grading worksheet, filled in. moodle-feedback: the zip of feedback files.
    canvas: the gradebook, filled in. nbgrader: its table of grades, and the tree for `nbgrader release_feedback`.

    Only settled scores are written; students whose grade is left blank are listed with the reason.

    Exit code: 0 written, 2 usage.
    """
    from grader.domain.words import suggestion
    from grader.errors import UsageError
    from grader.gradebooks import totals
    from grader.gradebooks.totals import exercises
    from grader.runs.finished import read_run
    from grader.runs.folder import EXPORT

    if format_ not in EXPORTS:
        raise UsageError(f"export {format_}: unknown format. {suggestion(format_, EXPORTS)}")
    if comments and format_ != "moodle":
        raise UsageError(f"--comments fills in a column of Moodle's worksheet; leave it out for {format_}.")
    report = read_run(run)
    wanted = exercises(report, assignment or ())
    found = totals(report, wanted, provisional=provisional)
    name, write = EXPORTS[format_]
    place = out or run / EXPORT / (name or (gradebook.name if gradebook else "grades.csv"))
    filled = write(Request(run, report, found, wanted, gradebook, column, provisional, comments, place))
    _print(filled, place, wanted, provisional=provisional)
    print_outdated(run)


def _csv(request: Request) -> Filled:
    from grader.filesystem import write
    from grader.gradebooks import grades_by_check

    filled = grades_by_check(request.found, request.exercises, provisional=request.provisional)
    write(request.out, filled.text)
    return filled


def _moodle(request: Request) -> Filled:
    from grader.filesystem import write
    from grader.gradebooks import fill_worksheet
    from grader.gradebooks.filling import read_gradebook

    sheet = read_gradebook(request.given('Moodle\'s worksheet ("Download grading worksheet")'))
    filled = fill_worksheet(sheet, request.found, request.column, comments=request.comments)
    write(request.out, filled.text)
    return filled


def _canvas(request: Request) -> Filled:
    from grader.filesystem import write
    from grader.gradebooks import fill_gradebook
    from grader.gradebooks.filling import read_gradebook

    sheet = read_gradebook(request.given('Canvas\'s gradebook ("Export Entire Gradebook")'))
    filled = fill_gradebook(sheet, request.found, request.column)
    write(request.out, filled.text)
    return filled


def _moodle_feedback(request: Request) -> Filled:
    from grader.filesystem import read_regular, replace_durably
    from grader.gradebooks import moodle_feedback
    from grader.gradebooks.filling import read_gradebook

    sheet = read_gradebook(request.given("Moodle's worksheet, which says which student each number belongs to,"))
    plan = moodle_feedback(request.found, sheet, request.pages)
    request.out.parent.mkdir(parents=True, exist_ok=True)
    part = request.out.with_name(f"{request.out.name}.grader-part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in plan.files.items():
            archive.writestr(name, read_regular(path, MOST_BYTES))
    replace_durably(request.out, part.read_bytes(), f"{request.out.name}.2.grader-part")
    part.unlink()
    return plan


def _nbgrader(request: Request) -> Filled:
    from grader.domain.words import counted
    from grader.filesystem import write
    from grader.gradebooks import nbgrader_feedback, nbgrader_grades

    filled = nbgrader_grades(request.found)
    write(request.out / "grades.csv", filled.text)
    if request.gradebook is None:
        filled.remarks.append("no feedback: give the course's folder, with `submitted` in it, with --gradebook")
        return filled
    plan = nbgrader_feedback(request.found, request.gradebook, request.pages)
    _copy(plan, request.out)
    filled.remarks += [f"no feedback for {who}: {why}" for who, why in plan.blank if (who, why) not in filled.blank]
    filled.remarks += plan.remarks
    pages = sum(name.startswith("feedback/") and name.endswith(".html") for name in plan.files)
    filled.remarks.append(f"{counted(pages, 'page')} in {request.out / 'feedback'}: put it into the course's folder")
    return filled


def _copy(plan: Plan, out: Path) -> None:
    """Pages, and the small files that nbgrader put next to a submission; a secret is there only on a Hub."""
    from grader.filesystem import copy_regular

    for name, path in plan.files.items():
        place = out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            copy_regular(path, place, MOST_BYTES)
        except OSError:
            place.unlink(missing_ok=True)
            if name.endswith(".html"):
                plan.remarks.append(f"{path} cannot be read; grade that submission again")


EXPORTS: Mapping[str, tuple[str, Callable[[Request], Filled]]] = {
    "csv": ("grades.csv", _csv),
    "moodle": ("", _moodle),
    "moodle-feedback": ("moodle-feedback.zip", _moodle_feedback),
    "canvas": ("", _canvas),
    "nbgrader": ("nbgrader", _nbgrader),
}


def _print(filled: Filled, place: Path, exercises: tuple[str, ...], *, provisional: bool) -> None:
    from grader.domain.words import counted, listed
    from grader.reporting.display import one_line, without_commands

    what = filled.noun if filled.noun != "score" else "score" if provisional else "settled score"
    number = counted(len(filled.written), what)
    print(f"{number}{' (final or so far)' if provisional else ''} of {listed(exercises)}: {place}")
    for remark in filled.remarks:
        print(without_commands(one_line(remark, 400)))
    if filled.blank:
        print(f"left blank, {len(filled.blank)}:")
    for who, why in filled.blank[:MOST_SHOWN]:
        print(f"  {without_commands(one_line(f'{who}: {why}', 400))}")
    if len(filled.blank) > MOST_SHOWN:
        print(f"  and {len(filled.blank) - MOST_SHOWN} more")
