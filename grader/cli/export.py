"""`export`: the grades of a finished run go back to where they are needed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.common import print_outdated, say
from grader.domain.words import counted, listed, suggestion
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.gradebooks import Filled, Total

app = typer.Typer()
MOST_SHOWN = 200  # of those who were left blank
MOST_BYTES = 64 * 2**20  # of a page
# The formats, each with the name of its file; one that is filled in keeps the name that it has.
FORMATS = {
    "csv": "grades.csv",
    "moodle": "",
    "moodle-feedback": "moodle-feedback.zip",
    "canvas": "",
    "nbgrader": "nbgrader.csv",
}
TO_GIVE = {
    "moodle": 'Moodle\'s worksheet ("Download grading worksheet")',
    "moodle-feedback": "Moodle's worksheet, which says which student each number belongs to,",
    "canvas": 'Canvas\'s gradebook ("Export Entire Gradebook")',
}


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
) -> None:
    """Write the grades of a run for an LMS.

    csv: a column for each check. moodle: the grading worksheet, filled in. moodle-feedback: the zip of feedback files.
    canvas: the gradebook, filled in. nbgrader: its table of grades.

    Only settled scores are written; students whose grade is left blank are listed with the reason.

    Exit code: 0 written, 2 usage.
    """
    from grader.gradebooks import totals
    from grader.gradebooks.totals import exercises
    from grader.runs.folder import EXPORT, read_run

    if format_ not in FORMATS:
        raise UsageError(f"export {format_}: unknown format. {suggestion(format_, FORMATS)}")
    wanted = exercises(report := read_run(run), assignment or ())
    found = totals(report, wanted, provisional=provisional)
    place = out or run / EXPORT / (FORMATS[format_] or (gradebook.name if gradebook else "grades.csv"))
    if format_ in TO_GIVE:
        filled = _filled_in(format_, gradebook, found, column, run)
    else:
        filled = _table(format_, found, wanted, provisional=provisional)
    _write(filled, place)
    _print(filled, place, wanted, provisional=provisional)
    print_outdated(run)


def _filled_in(format_: str, gradebook: Path | None, found: tuple[Total, ...], column: str, run: Path) -> Filled:
    """The file of a platform with scores, or the zip of pages that belongs to it."""
    from grader.gradebooks import fill_gradebook, fill_worksheet, moodle_feedback, read_gradebook

    if gradebook is None:
        what = f"give {TO_GIVE[format_]} with --gradebook"
        raise UsageError(f"{what}: the grader fills in that file, but cannot create it.")
    sheet = read_gradebook(gradebook)
    if format_ == "moodle-feedback":
        pages = {one.submission: run / "feedback" / one.submission / "index.html" for one in found}
        return moodle_feedback(found, sheet, pages)
    return {"moodle": fill_worksheet, "canvas": fill_gradebook}[format_](sheet, found, column)


def _table(format_: str, found: tuple[Total, ...], exercises: tuple[str, ...], *, provisional: bool) -> Filled:
    from grader.gradebooks import grades_by_check, nbgrader_grades

    if format_ == "nbgrader":
        return nbgrader_grades(found)
    return grades_by_check(found, exercises, provisional=provisional)


def _write(filled: Filled, place: Path) -> None:
    """A table, or a zip of pages."""
    from grader.filesystem import read_regular, replace_durably, write

    if not filled.files:
        write(place, filled.text)
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in filled.files.items():
            archive.writestr(name, read_regular(path, MOST_BYTES))
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_durably(place, packed.getvalue(), f"{place.name}.grader-part")


def _print(filled: Filled, place: Path, exercises: tuple[str, ...], *, provisional: bool) -> None:
    what = filled.noun if filled.noun != "score" else "score" if provisional else "settled score"
    number = counted(len(filled.written), what)
    print(f"{number}{' (final or so far)' if provisional else ''} of {listed(exercises)}: {place}")
    for remark in filled.remarks:
        say(remark)
    if filled.blank:
        print(f"left blank, {len(filled.blank)}:")
    for who, why in filled.blank[:MOST_SHOWN]:
        say(f"  {who}: {why}")
    if len(filled.blank) > MOST_SHOWN:
        print(f"  and {len(filled.blank) - MOST_SHOWN} more")
