"""The command line: parses, prints, exits; nothing else does. Heavy imports wait until a command needs them."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.errors import GraderError

app = typer.Typer(
    name="grader",
    help="Grades Keras Functional-API exercises: runs each submission in isolation, compares networks as graphs, "
    "trains them itself, and explains the verdict.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AssignmentOption = Annotated[
    list[str] | None,
    typer.Option("--assignment", "-a", metavar="ID", help="An exercise that must be there; repeatable."),
]
ReportOption = Annotated[
    list[str] | None, typer.Option("--report", metavar="FORMAT[=PATH]", help="Also write this format; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="First of the seeds that training uses.")]
FullFitOption = Annotated[bool, typer.Option("--full-fit", help="Let `fit` run as long as the student asked.")]
IsolationOption = Annotated[
    str, typer.Option("--isolation", metavar="LEVEL", help="auto, full, partial, container or none.")
]
PythonOption = Annotated[Path | None, typer.Option("--python", help="Run submissions with this Python.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


@app.command("list")
def list_assignments(as_json: JsonOption = False) -> None:
    """List the assignments."""
    from grader.assignments import load_assignments

    found = load_assignments()
    if as_json:
        _print_json([{"id": a.id, "title": a.title, "section": a.section, "points": a.max_score} for a in found])
        return
    width = max(len(assignment.id) for assignment in found)
    for assignment in found:
        print(
            f"{assignment.id:<{width}}  {assignment.max_score:>3} points  {assignment.title} (section {assignment.section})"
        )


@app.command()
def show(assignment: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show an assignment: its task and its rubric."""
    from grader.assignments import load_assignments

    (found,) = load_assignments([assignment])
    readme = found.folder / "README.md"
    if readme.is_file():
        print(readme.read_text(encoding="utf-8").rstrip() + "\n")
    print(f"Rubric of {found.id} ({found.max_score} points):")
    for check in found.checks:
        print(f"  {check.points:>2}  {check.id:<18} {check.title}")


@app.command()
def schema(name: Annotated[str, typer.Argument(help="assignment, grade or check")] = "assignment") -> None:
    """Print a JSON schema: of assignment.toml, of a grade, or of what `check --json` prints."""
    from grader.assignments import spec_schema
    from grader.errors import UsageError
    from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA

    schemas: dict[str, Callable[[], Any]] = {
        "assignment": spec_schema, "grade": lambda: GRADE_SCHEMA, "check": lambda: CHECK_SCHEMA,
    }  # fmt: skip
    if name not in schemas:
        raise UsageError(f"there is no schema `{name}`; there are {', '.join(schemas)}")
    _print_json(schemas[name]())


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE")]) -> None:
    """Explain a note that a report shows by its code."""
    from grader.errors import UsageError
    from grader.notes import EXPLANATIONS

    if code not in EXPLANATIONS:
        raise UsageError(f"there is no note `{code}`; there are {', '.join(sorted(EXPLANATIONS))}")
    print(f"{code}\n\n{EXPLANATIONS[code].sentence}\n\n{EXPLANATIONS[code].story}")


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Say what this installation has, what it lacks, and what to do about it."""
    from grader.doctor import examine

    findings = examine()
    if as_json:
        _print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "LACK"
            print(
                f"{mark}  {finding.name:<12} {finding.found}" + (f"\n      {finding.advice}" if finding.advice else "")
            )
    raise typer.Exit(0 if all(finding.ok or not finding.needed for finding in findings) else 3)


@app.command()
def cache(clear: Annotated[bool, typer.Option("--clear", help="Remove all of it.")] = False) -> None:
    """Show how much training is remembered on disk, or forget it."""
    from grader.training.memo import Memo, default_folder

    memo = Memo(default_folder())
    entries, size = memo.contents()
    if clear:
        memo.clear()
    verb = "removed" if clear else "remembered"
    print(f"{entries} trainings {verb}, {size / 2**20:.1f} MB, in {memo.folder}")


@app.command()
def inspect(
    path: Path, as_json: JsonOption = False, isolation: IsolationOption = "auto", python: PythonOption = None
) -> None:
    """Draw every network that the code builds, as a graph of layer calls; no assignment needed."""
    from grader.inspection import inspect_path, print_inspection

    found = inspect_path(path, isolation=isolation, python=python)
    if as_json:
        _print_json(found)
    else:
        print_inspection(_console(), found)


@app.command()
def check(
    path: Path,
    assignment: AssignmentOption = None,
    report: ReportOption = None,
    as_json: JsonOption = False,
    seed: SeedOption = 1,
    full_fit: FullFitOption = False,
    isolation: IsolationOption = "auto",
    python: PythonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check one submission: a notebook, a module, or the folder of a repository.

    Exit code: 0 every grade is full and none needs review, 1 less than that, 2 usage, 3 a fault of the grader,
    4 nothing to grade.
    """
    from grader.course import load_course
    from grader.notes import SENTENCES
    from grader.pipeline import Options, grade_path, report_of
    from grader.reporting import check_document, grade_document

    formats = _formats(report or [])
    course = load_course(assignment or [])
    if not quiet and not as_json and sys.stderr.isatty():
        print(f"checking {path} …", file=sys.stderr)
    graded = grade_path(path, course, Options(isolation, python, full_fit, seed))
    documents = [grade_document(grade, SENTENCES) for one in graded for grade in one.grades]
    not_found = list(dict.fromkeys(name for one in graded for name in one.not_found))
    _write_reports(formats, report_of(graded, documents, course))
    if as_json:
        _print_json(check_document(documents, not_found))
    else:
        _print_grades(documents)
    full = all(d["status"] == "graded" and d["score"] == d["max_score"] for d in documents)
    ours = any(c["status"] == "errored" for d in documents for c in d["checks"])
    raise typer.Exit(0 if full else 3 if ours else 1)


@app.command()
def grade(
    directory: Path,
    assignment: AssignmentOption = None,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("reports/latest"),
    jobs: Annotated[int, typer.Option(min=1, max=256, help="How many submissions at a time; by default all cores.")] = 0
    or (os.cpu_count() or 1),
    layout: Annotated[str, typer.Option(help="How the folder is laid out.")] = "auto",
    roster: Annotated[Path | None, typer.Option(help="CSV of who should have handed in.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this submission; repeatable.")] = None,
    fresh: Annotated[bool, typer.Option(help="Grade again what was graded before.")] = False,
    fail_under: Annotated[float | None, typer.Option(help="Exit 1 if a grade is under this percentage.")] = None,
    report: ReportOption = None,
    as_json: JsonOption = False,
    seed: SeedOption = 1,
    full_fit: FullFitOption = False,
    isolation: IsolationOption = "auto",
    python: PythonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Grade a class: every submission in a folder, unattended, with a report for staff and a page for each student.

    Exit code: 0 completed, 1 under --fail-under, 2 usage, 3 could not complete, 4 nothing to grade.
    """
    from grader.course import load_course
    from grader.pipeline import ClassOptions, Options, grade_class
    from grader.progress import Progress

    formats = _formats(report or [])
    course = load_course(assignment or [])
    of_class = ClassOptions(layout, tuple(only or ()), roster, jobs, fresh, shlex.join(["grader", *sys.argv[1:]]))
    with Progress(quiet=quiet) as progress:
        result = grade_class(directory, out, course, Options(isolation, python, full_fit, seed), of_class, progress)
    _write_reports(formats, result)
    if as_json:
        _print_json({"schema": "grader.class/1", "grades": list(result.grades), "out": str(out)})
    else:
        from grader.reporting.terminal import print_summary

        print_summary(_console(), result)
        print(f"\nreport: {out / 'index.html'}")
    if fail_under is not None and any(_percentage(document) < fail_under for document in result.grades):
        raise typer.Exit(1)


@app.command()
def calibrate(assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None) -> None:
    """Find thresholds, epochs and tries from the reference solutions, and write calibration.json; minutes each."""
    from grader.authoring import calibrate_assignments

    calibrate_assignments(assignment or [], _console(), _stderr_line)


@app.command()
def validate(
    assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Grade the reference solutions by their own rubrics: each must get full marks. Exit code 1 if one does not."""
    from grader.authoring import validate_assignments

    if not validate_assignments(assignment or [], _console(), isolation):
        raise typer.Exit(1)


def main() -> None:
    """The console script: turns what the grader raises on purpose into one clear message and an exit code."""
    try:
        app(standalone_mode=True)
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("grader: interrupted; what was finished is kept", file=sys.stderr)
        sys.exit(130)


def _formats(wanted: list[str]) -> list[tuple[str, Path | None]]:
    from grader.errors import UsageError
    from grader.reporting import FORMATS

    parsed = []
    for item in wanted:
        name, _, path = item.partition("=")
        if name not in FORMATS:
            raise UsageError(f"--report {name}: there is no such format; there are {', '.join(FORMATS)}")
        parsed.append((name, Path(path) if path else None))
    return parsed


def _write_reports(formats: list[tuple[str, Path | None]], report: Any) -> None:
    from grader.publishing import write
    from grader.reporting import FORMATS

    for name, path in formats:
        text = FORMATS[name](report)
        if path is None:
            print(text)
        else:
            write(path, text)


def _print_grades(documents: list[dict[str, Any]]) -> None:
    from grader.reporting.terminal import print_grade

    console = _console()
    for number, document in enumerate(documents):
        if number:
            console.print()
        print_grade(console, document)


def _percentage(document: dict[str, Any]) -> float:
    return 100.0 * document["score"] / document["max_score"] if document["max_score"] else 0.0


def _console() -> Any:
    from rich.console import Console

    return Console()


def _stderr_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
