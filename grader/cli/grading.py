"""`check`, `grade` and `inspect`: what students, instructors and CI call."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.assignments.folder import find_course
from grader.cli.common import (
    CourseOption,
    JsonOption,
    console,
    print_grades,
    print_json,
    print_outdated,
    say,
)
from grader.errors import UsageError
from grader.sandbox.cgroups import usable_processors

if TYPE_CHECKING:
    from grader.assignments.course import Course
    from grader.domain import ClassReport
    from grader.submissions import Intake, Reader

app = typer.Typer()
AssignmentOption = Annotated[
    list[str] | None,
    typer.Option("--assignment", "-a", metavar="ID", help="An exercise that must be present; repeatable."),
]
ReportOption = Annotated[
    list[str] | None, typer.Option("--report", metavar="FORMAT[=PATH]", help="Also write this format; repeatable.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="First seed of the training.")]
FullFitOption = Annotated[bool, typer.Option("--full-fit", help="Let `fit` run for all its epochs.")]
IsolationOption = Annotated[
    str, typer.Option("--isolation", metavar="LEVEL", help="auto, full, partial, container or none.")
]
PythonOption = Annotated[Path | None, typer.Option("--python", help="Run submissions with this Python.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show details when the grader itself fails.")]


@app.command()
def check(
    path: Path,
    assignment: AssignmentOption = None,
    course: CourseOption = None,
    report: ReportOption = None,
    as_json: JsonOption = False,
    seed: SeedOption = 1,
    full_fit: FullFitOption = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Execute unchanged files again as well.")] = False,
    watched: Annotated[
        bool, typer.Option("--watch", "-w", help="Check again whenever the submission is saved, until Ctrl-C.")
    ] = False,
    isolation: IsolationOption = "auto",
    python: PythonOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check one submission.

    PATH is a notebook, a module, or the folder of a repository. A file that was checked before and has not changed
    is graded from the recording of that run. With --watch, each save is checked at once, and what it changed is shown.

    Exit code: 0 every exercise has full marks and none needs review, 1 otherwise, 2 usage, 3 an error in the
    grader, 4 nothing to grade.
    """
    from grader.assignments.course import load_course
    from grader.cli.progress import TerminalProgress
    from grader.pipeline import check_path
    from grader.reporting import check_document
    from grader.runs.options import RunOptions

    formats = parse_formats(report or [], as_json=as_json)
    against = load_course(assignment or [], find_course(course, graded=path))
    _print_left_out(against)
    progress = TerminalProgress(quiet=quiet or as_json)
    if sys.stderr.isatty():
        progress.stage(f"checking {path}")
    options = RunOptions(isolation, python, full_fit, seed)
    if watched:
        from grader.cli.watching import watch

        if as_json:
            raise UsageError("--watch is for people to read: leave out --json")
        watch(
            path,
            lambda processes: check_path(path, against, options, fresh=fresh, processes=processes),
            lambda result, page: write_reports(formats, result, page),
            [file for _, file in formats if file],
        )
        return
    checked = check_path(path, against, options, fresh=fresh, progress=progress)
    result = checked.report
    write_reports(formats, result, checked.page)
    if as_json:
        print_json(check_document(result))
    else:
        print_grades(result)
    raise typer.Exit(_exit_code_of_check(result.grades))


@app.command()
def grade(
    directory: Path,
    assignment: AssignmentOption = None,
    course: CourseOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("reports/latest"),
    jobs: Annotated[
        int,
        typer.Option(
            min=1, max=256, help="How many submissions to grade at a time.", show_default="the number of processors"
        ),
    ] = usable_processors(),
    layout: Annotated[
        str, typer.Option(help="auto, files, folders, repository, moodle, canvas, gradescope, nbgrader or classroom.")
    ] = "auto",
    pattern: Annotated[
        str, typer.Option(metavar="PATTERN", help="How a path identifies the student, such as {name}_{id}/{file}.")
    ] = "",
    roster: Annotated[Path | None, typer.Option(help="CSV of everybody who should submit.")] = None,
    companions: Annotated[
        list[str] | None,
        typer.Option(
            "--companions",
            metavar="NAME",
            help="A file or folder, in the course or next to the submissions, that goes along with each; repeatable.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be graded, but grade nothing.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this submission; repeatable.")] = None,
    fresh: Annotated[bool, typer.Option(help="Execute and grade everything again, even what is finished.")] = False,
    rerun: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHICH",
            help="Execute again what ended so: missing-package, timeout or errored; repeatable.",
        ),
    ] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Grade on this Dask cluster.")] = None,
    fail_under: Annotated[float | None, typer.Option(help="Exit 1 if a grade is below this percentage.")] = None,
    report: ReportOption = None,
    as_json: JsonOption = False,
    seed: SeedOption = 1,
    full_fit: FullFitOption = False,
    isolation: IsolationOption = "auto",
    python: PythonOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Grade a class.

    Grades every submission in a folder, or in the download of an LMS, unattended, and writes a report for staff
    and a page for each student. A run that was stopped and is started again grades only what is missing or changed.
    After a change of a rubric, a threshold or an override, grades are computed again from the recordings; only new
    or changed submissions are executed.

    Exit code: 0 completed, 1 below --fail-under, 2 usage, 3 could not complete, 4 nothing to grade.
    """
    from grader.assignments.course import load_course
    from grader.cli.progress import TerminalProgress
    from grader.grading.grade import RERUNS
    from grader.pipeline import grade_class
    from grader.reporting import OF_ONE
    from grader.runs.options import ClassOptions, RunOptions
    from grader.submissions import Reader
    from grader.submissions.identity import read_ids

    for word in set(rerun or ()).difference(RERUNS):
        raise UsageError(f"--rerun {word}: choose one of {', '.join(RERUNS)}")
    progress = TerminalProgress(quiet=quiet or dry_run)
    progress.stage("reading the course")
    formats = parse_formats(report or [], as_json=as_json)
    for name in OF_ONE.intersection(name for name, _ in formats):
        raise UsageError(f"--report {name} is for one student: use it with `check`")
    against = load_course(assignment or [], find_course(course, graded=directory)).with_companions(companions or ())
    _print_left_out(against)
    reader = Reader(layout, pattern, companions=against.elsewhere, ids=read_ids(out))
    if dry_run:
        _print_dry_run(directory, reader, roster)
        return
    command = shlex.join(["grader", *sys.argv[1:]])
    of_class = ClassOptions(
        reader, tuple(only or ()), roster, jobs, fresh, tuple(rerun or ()), dask, command
    )  # fmt: skip
    announce = _print_intake if not quiet else lambda intake: None
    with progress:
        result = grade_class(
            directory, out, against, RunOptions(isolation, python, full_fit, seed), of_class, progress, announce
        )
    _print_left_behind(result.provenance)
    write_reports(formats, result)
    _show_class(result, out, as_json=as_json)
    if len(result.grades) and all(map(_is_our_fault, result.grades)):
        raise typer.Exit(3)
    if fail_under is not None and _is_under(fail_under, result):
        raise typer.Exit(1)


@app.command()
def inspect(
    path: Path,
    course: CourseOption = None,
    as_json: JsonOption = False,
    isolation: IsolationOption = "auto",
    python: PythonOption = None,
) -> None:
    """Describe every network that the code builds.

    Shows each as a graph of layer calls, and says why others were not built; no assignment is needed. A course adds
    what goes along with every submission.
    """
    from grader.cli.inspection import inspected, print_inspection

    document = inspected(path, isolation, python, find_course(course))
    if as_json:
        print_json(document)
    else:
        print_inspection(console(), document)


def parse_formats(wanted: list[str], *, as_json: bool) -> list[tuple[str, Path | None]]:
    from grader.reporting import FORMATS

    parsed = []
    for item in wanted:
        name, _, path = item.partition("=")
        if name not in FORMATS:
            raise UsageError(f"--report {name}: unknown format; choose one of {', '.join(FORMATS)}")
        if as_json and not path:
            raise UsageError(f"--report {name}: stdout is used by --json; write --report {name}=PATH")
        if name == "html" and not path and sys.stdout.isatty():
            raise UsageError("--report html: a page would fill the terminal; write --report html=PAGE.html")
        parsed.append((name, Path(path) if path else None))
    return parsed


def write_reports(formats: list[tuple[str, Path | None]], report: ClassReport, page: str = "") -> None:
    """In each format; one student has a `page` already, where a class has its own."""
    from grader.filesystem import write
    from grader.reporting import FORMATS

    for name, path in formats:
        text = page if page and name == "html" else FORMATS[name](report)
        if path is None:
            print(text)
        else:
            write(path, text)


def _print_left_out(course: Course) -> None:
    """On stderr, assignments of the course that are not graded because they cannot be."""
    for name, why in course.left_out.items():
        print(f"{name} is not graded: {why}", file=sys.stderr)


def _print_intake(intake: Intake) -> None:
    """On stderr, before a run: how many submissions of what kind, and what was ignored."""
    print(intake.summary(), file=sys.stderr)
    for remark in intake.remarks:
        say(f"  {remark}", sys.stderr)


def _print_left_behind(facts: Mapping[str, Any]) -> None:
    """On stderr, the modules of a class that were imported and not copied, and what to do if that was a mistake."""
    from grader.reporting.safe_text import one_line

    for who, names in facts.get("left_behind", {}).items():
        modules = ", ".join(f"`{one_line(name)}`" for name in names)
        print(
            f"{who}: imports {modules} from the folder of the class, which was not copied: it may be somebody else's. "
            f"If everybody needs it, declare it: `--companions {one_line(names[0])}`, or `companions` in grader.toml.",
            file=sys.stderr,
        )


def _print_dry_run(path: Path, reader: Reader, roster: Path | None) -> None:
    """On stdout, a line for each submission, with what an LMS says of it and every decision."""
    from grader.reporting.document import SubmissionPart
    from grader.reporting.wording import about_submission
    from grader.submissions import enrolled, opened

    with opened(path, reader) as taken:
        intake = enrolled(taken, roster)
        for submission in intake.submissions:
            ids = ", ".join(student.id for student in submission.origin.students if student.id)
            who = f"{submission.who} ({ids})" if ids and ids != submission.who else submission.who
            say(f"{submission.id}: {who}: {', '.join(submission.origin.paths) or submission.entry.name}")
            assignment = f"assignment {submission.origin.work}" if submission.origin.work else ""
            sentences = about_submission(SubmissionPart.of(submission))
            for line in filter(None, (submission.problem, assignment, *sentences)):
                say(f"    {line}")
        for person in intake.absent:
            say(f"{person.shown}: no submission")
    _print_intake(intake)


def _show_class(result: ClassReport, out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"schema": "grader.class/1", "grades": list(result.grades), "out": str(out)})
        return
    from grader.reporting.terminal import print_summary

    print_summary(console(), result)
    print(f"\nreport: {out / 'index.html'}")
    print_outdated(out)


def _is_under(limit: float, result: ClassReport) -> bool:
    """Whether a settled grade is below a percentage; says on stderr how many are."""
    settled = [document for document in result.grades if document["status"] == "graded"]
    under = sum(100 * document["score"] < limit * max(document["max_score"], 1) for document in settled)
    if under:
        print(f"{under} of {len(settled)} grades are below {limit:g} percent", file=sys.stderr)
    return bool(under)


def _exit_code_of_check(documents: Iterable[Mapping[str, Any]]) -> int:
    """0 every exercise has full marks and none needs review, 3 the grader failed, 1 otherwise."""
    if all(d["status"] == "graded" and d["score"] == d["max_score"] for d in documents):
        return 0
    errored = any(c["status"] == "errored" for d in documents for c in d["checks"])
    return 3 if errored or any(map(_is_our_fault, documents)) else 1


def _is_our_fault(document: Mapping[str, Any]) -> bool:
    """A submission that the grader failed on; one that was stopped has met a limit of the student's making."""
    unread = document["assignment"] is None and document["status"] == "needs_review"
    return unread and not document["execution"]["limit"]
