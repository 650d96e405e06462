"""`new`, `calibrate`, `validate`, `course copy` and others: what authors of assignments call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.assignments.folder import find_course, tutorial
from grader.cli.common import CourseOption, console, print_json
from grader.domain.words import counted, listed
from grader.errors import GraderError, InvalidAssignment, UsageError

app = typer.Typer()
course = typer.Typer(no_args_is_help=True, help="Make a course of your own.")
app.add_typer(course, name="course")
ALL = "all"
IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID]...")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="ID", help="Name of the assignment, such as two_towers.")],
    model: Annotated[Path, typer.Option("--from", metavar="FILE", help="A module with build_model().")],
    data: Annotated[
        Path | None, typer.Option(help="An .npz file: an array for each input and output, and its …_val.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write a complete assignment from a network.

    Writes its rubric, task, starters and data recipe into the course; if there is no folder --course, creates it.
    The network is trained a few times, to find thresholds and a first calibration.
    """
    from grader.authoring.draft import draft, new_course, save_draft, settle_thresholds

    if course is not None:
        new_course(course)
    folder = find_course(course)
    if folder.root is None:
        raise UsageError("the built-in course cannot be extended; name the folder of your own course: --course DIR")
    assignment = draft(name, model, data)
    save_draft(assignment, folder)
    try:
        settle_thresholds(name, folder, _stderr_line)
    except GraderError:
        calibrates = folder.command("calibrate", name)
        _stderr_line(f"{name}: the draft stays in {folder.assignments / name}: change it and run `{calibrates}`, or")
        _stderr_line("delete that folder, and start again with `grader new`. What stopped it:")
        raise
    for path in sorted({*(folder.assignments / name).iterdir(), folder.reference(name)}):
        print(path)
    checks = ", ".join(f"{check.id} {check.points}" for check in assignment.rubric.checks)
    print(f"\nrubric: {checks}; {assignment.rubric.points} points")
    print(f"\nNext: write the TODO parts of README.md, then run\n  {folder.command('calibrate', name)}")
    print(f"  {folder.command('validate', name)}")


@app.command()
def calibrate(
    assignment: IdsArgument = None,
    quick: Annotated[bool, typer.Option("--quick", help="A first look; a full run continues from it.")] = False,
    seeds: Annotated[
        int, typer.Option(min=20, help="How often each reference is trained; fewer say less, and take less time.")
    ] = 300,
    course: CourseOption = None,
) -> None:
    """Measure the reference solutions.

    Finds epochs and tries, and proposes thresholds where there are none; writes calibration.json.
    """
    from grader.authoring.validate import calibrate_assignments, print_calibrations

    folder = find_course(course)
    calibrations = calibrate_assignments(assignment or [], folder, _stderr_line, quick=quick, seeds=seeds)
    print_calibrations(console(), calibrations, folder)


@app.command()
def validate(
    assignment: IdsArgument = None,
    every: Annotated[int, typer.Option(min=1, help="Try only every Nth mistake, for a quick look.")] = 1,
    keep: Annotated[Path | None, typer.Option(help="Write the programs that show a gap into this folder.")] = None,
    learns: Annotated[
        bool, typer.Option("--learns/--no-learns", help="Train the networks that only `learns` decides about.")
    ] = True,
    course: CourseOption = None,
) -> None:
    """Try rubrics with their references, what they leave free, and mutants, each with one mistake.

    Prints the gaps: correct networks that lose points, and incorrect ones that lose none or lose them on the wrong
    check. Exit code 1 if there are any, 2 if an assignment cannot be validated; the others are.
    """
    from grader.assignments.course import load_course
    from grader.assignments.spec import load_assignments, load_readable
    from grader.authoring.lint import lint as linted
    from grader.authoring.validate import keep_gaps, print_validation
    from grader.authoring.validate import validate as validated

    sound, folder = True, find_course(course)
    everything, broken = load_readable(folder)
    for name, why in broken.items() if not assignment else ():
        _stderr_line(f"{name} is not validated: {why}")
    unusable = 0 if assignment else len(broken)
    for exercise in load_assignments(assignment, folder) if assignment else everything:
        for finding in (findings := linted(exercise, everything)):
            _stderr_line(str(finding))
        try:
            validation = validated(load_course([exercise.id], folder), folder, _stderr_line, every=every, learns=learns)
        except InvalidAssignment as error:  # the others are validated all the same
            _stderr_line(f"{exercise.id} is not validated: {error}")
            unusable += 1
            continue
        print_validation(console(), validation)
        if keep:
            keep_gaps(validation, keep)
        sound = sound and validation.is_sound and all(finding.severity == "warning" for finding in findings)
    if unusable or not sound:
        raise typer.Exit(2 if unusable else 1)


@app.command()
def release(
    assignment: IdsArgument = None,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder, or a file that ends in .zip.")] = Path("release"),
    course: CourseOption = None,
) -> None:
    """Write what students get.

    Writes the task, its starters and its data, but nothing of the solution.
    """
    from grader.authoring.release import release as released

    for path in released(assignment or [], find_course(course), to):
        print(path)


@app.command()
def lint(assignment: IdsArgument = None, course: CourseOption = None) -> None:
    """Look for mistakes in assignments, within seconds.

    Checks names and values, points, the README, the starter, and the reference against its own rubric. Exit code 1 if
    there are errors.
    """
    from grader.authoring.lint import examine

    findings = examine(assignment or [], find_course(course))
    for finding in findings:
        print(finding)
    errors = [finding for finding in findings if finding.severity == "error"]
    errors_and_warnings = f"{counted(len(errors), 'error')}, {counted(len(findings) - len(errors), 'warning')}"
    print(errors_and_warnings if findings else "nothing to improve")
    if errors:
        raise typer.Exit(1)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help="assignment, grade, check, diff or recording")] = "assignment",
    course: CourseOption = None,
) -> None:
    """Print a JSON schema.

    It describes assignment.toml with the kinds of checks of a course, a grade, what `check --json` or `diff --json`
    prints, or what a sandboxed run leaves.
    """
    from grader.assignments.spec import spec_schema
    from grader.execution import recording_schema
    from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA
    from grader.runs.compare import DIFF_SCHEMA

    schemas: dict[str, Callable[[], Any]] = {
        "assignment": lambda: spec_schema(find_course(course).assignments),
        "grade": lambda: GRADE_SCHEMA,
        "check": lambda: CHECK_SCHEMA,
        "diff": lambda: DIFF_SCHEMA,
        "recording": recording_schema,
    }
    if name not in schemas:
        raise UsageError(f"there is no schema `{name}`; choose one of {', '.join(schemas)}")
    print_json(schemas[name]())


@course.command()
def copy(
    name: Annotated[str, typer.Argument(metavar="ID", help="An exercise of the built-in course, or `all` of them.")],
    to: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of your course.")] = Path("course"),
) -> None:
    """Copy an exercise of the built-in course into a course of your own, so that its rubric can be changed.

    Copies its rubric, task, starters and calibration, which holds as long as data and training stay as they are; from a
    checkout, its reference solution too. What is in the folder already stays as it is.

    Exit code: 0 copied, 2 usage.
    """
    from grader.assignments.course import copy_course

    copied = copy_course([] if name == ALL else [name], tutorial(), to)
    first = next(iter(copied))
    print(f"{to}: {listed([*copied])}")
    print(f"Change the checks and their points in {to / 'assignments' / first / 'assignment.toml'}, then run")
    print(f"  grader show {first} --course {to}")
    print(f"  grader grade FOLDER --course {to} --assignment {first}")
    if not all(copied.values()):
        needed = to / "reference_solutions" / f"{first}.py"
        print(
            "\nReference solutions are not part of an installation. Checks and points can be changed without; `lint`,"
        )
        print(f"`validate` and `calibrate` need {needed}, with build_model().")


def _stderr_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
