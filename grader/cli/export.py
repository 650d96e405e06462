"""`export` and `bundle`: files for platforms, with the grades of a finished run or for an autograder of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.assignments.folder import SETTINGS, CourseFolder, find_course
from grader.cli.common import CourseOption, print_outdated, say
from grader.domain.words import counted, listed, suggestion
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.assignments.course import Course
    from grader.gradebooks.totals import Filled, Total

app = typer.Typer()
PLACES = ("gradescope",)  # of autograders
SCRIPTS = ("setup.sh", "run_autograder")
# Of an assignment, next to its data. Students' code may be able to read a bundle: no solution is in it.
NEEDED = ("assignment.toml", "calibration.json", "checks.py", "README.md", "starter.ipynb", "starter.py")
MOST_SHOWN = 200  # of those who were left blank
# The formats, each with the name of its file; one that is filled in keeps the name that it has.
FILE_NAMES = {
    "csv": "grades-by-check.csv",
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
    from grader.filesystem import write
    from grader.gradebooks.totals import exercises, grades_by_check, nbgrader_grades, totals
    from grader.reporting import ClassView
    from grader.runs.folder import EXPORT, read_run

    if format_ not in FILE_NAMES:
        raise UsageError(f"export {format_}: unknown format. {suggestion(format_, FILE_NAMES)}")
    if format_ not in TO_GIVE and (gradebook or column):
        raise UsageError(f"export {format_} fills in no file of a platform: leave out --gradebook and --column.")
    wanted = exercises(view := ClassView.of(read_run(run)), assignment or ())
    all_totals = totals(view, wanted, provisional=provisional)
    place = out or run / EXPORT / (FILE_NAMES[format_] or (gradebook.name if gradebook else ""))
    if format_ in TO_GIVE:
        filled = _filled_in(format_, gradebook, all_totals, column, run)
    else:
        csv = grades_by_check(all_totals, wanted, provisional=provisional)
        filled = csv if format_ == "csv" else nbgrader_grades(all_totals)
    write(place, filled.content)
    _print(filled, place, wanted, provisional=provisional)
    print_outdated(run)


def _filled_in(format_: str, gradebook: Path | None, all_totals: tuple[Total, ...], column: str, run: Path) -> Filled:
    """The file of a platform with scores, or the zip of pages that belongs to it."""
    from grader.gradebooks.lms_files import fill_gradebook, fill_worksheet, moodle_feedback, read_gradebook

    if gradebook is None:
        hint = f"give {TO_GIVE[format_]} with --gradebook"
        raise UsageError(f"{hint}: the grader fills in that file, but cannot create it.")
    sheet = read_gradebook(gradebook)
    if format_ == "moodle-feedback":
        pages = {total.submission.id: run / "feedback" / total.submission.id / "index.html" for total in all_totals}
        return moodle_feedback(all_totals, sheet, pages, column)
    return {"moodle": fill_worksheet, "canvas": fill_gradebook}[format_](sheet, all_totals, column)


def _print(filled: Filled, place: Path, exercises: tuple[str, ...], *, provisional: bool) -> None:
    noun = filled.noun if filled.noun != "score" else "score" if provisional else "settled score"
    number = counted(len(filled.written), noun)
    print(f"{number}{' (final or so far)' if provisional else ''} of {listed(exercises)}: {place}")
    for remark in filled.remarks:
        say(remark)
    if filled.blank:
        print(f"left blank, {len(filled.blank)}:")
    for who, why in filled.blank[:MOST_SHOWN]:
        say(f"  {who}: {why}")
    if len(filled.blank) > MOST_SHOWN:
        print(f"  and {len(filled.blank) - MOST_SHOWN} more")


@app.command()
def bundle(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="gradescope.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The zip to write.")],
    assignment: Annotated[
        list[str], typer.Option("--assignment", "-a", metavar="ID", help="An exercise that it grades; repeatable.")
    ],
    course: CourseOption = None,
    wheel: Annotated[
        Path | None, typer.Option(help="Install the grader from this wheel, not from the package index.")
    ] = None,
) -> None:
    """Write the zip of an autograder, to upload as it is.

    It contains the scripts of the platform, the exercises, and the files of a course that grading needs, but no
    reference solution.

    Exit code: 0 written, 2 usage.
    """
    from grader.assignments.course import load_course
    from grader.filesystem import write, zipped

    if place not in PLACES:
        raise UsageError(f"bundle {place}: unknown platform. {suggestion(place, PLACES)}")
    if wheel is not None and not (wheel.suffix == ".whl" and wheel.is_file()):
        raise UsageError(f"--wheel {wheel}: this is not a wheel. `pip wheel --no-deps .` in a checkout makes one.")
    folder = find_course(course)
    against = load_course(assignment, folder)
    write(to, zipped(dict(_files(folder, against, wheel))))
    points = sum(exercise.max_score for exercise in against.assignments)
    print(f"{to}: grades {', '.join(exercise.id for exercise in against.assignments)}")
    print(
        f"In Gradescope: {points} autograder points, a container with 2 GB of memory or more, this zip as autograder."
    )


def templates(place: str) -> Path:
    """The folder of a platform's scripts: next to the package in a checkout, inside it in an installation."""
    package = Path(__file__).parents[1]
    installed = package / "_integrations"
    return (installed if installed.is_dir() else package.parent / "integrations") / place


def _files(folder: CourseFolder, against: Course, wheel: Path | None) -> Iterator[tuple[str, tuple[bytes, int]]]:
    from importlib.metadata import version

    for name in SCRIPTS:
        yield name, ((templates("gradescope") / name).read_bytes(), 0o755)
    yield "requirements.txt", (f"keras-grader[cpu]=={version('keras-grader')}\n".encode(), 0o644)
    yield "exercises.txt", ("".join(f"{assignment.id}\n" for assignment in against.assignments).encode(), 0o644)
    if wheel is not None:
        yield wheel.name, (wheel.read_bytes(), 0o644)
    if folder.root is not None:
        for path in _of_course(folder.root, against):
            yield f"course/{path.relative_to(folder.root).as_posix()}", (path.read_bytes(), 0o644)


def _of_course(root: Path, against: Course) -> Iterator[Path]:
    """Settings, checks that all assignments share, and these assignments. Raises `UsageError` for data elsewhere."""

    wanted = [root / SETTINGS, root / "assignments" / "checks.py"]
    for assignment in against.assignments:
        wanted += [assignment.folder / name for name in NEEDED]
    for data in against.data_files:
        if not data.is_relative_to(root):
            raise UsageError(
                f"{data}: this data file is outside the course, so it cannot be bundled; move it into the course."
            )
    yield from dict.fromkeys(path for path in (*wanted, *against.data_files) if path.is_file())
