"""`calibrate`, `validate` and `schema`: what authors of assignments call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.cli.common import IsolationOption, console, print_json

app = typer.Typer()


@app.command()
def calibrate(
    assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A first look; a full run goes on from it.")] = False,
    minutes: Annotated[float, typer.Option(min=1, help="Most time for each; fewer seeds fit in less.")] = 120.0,
) -> None:
    """Measure the reference solutions.

    Finds epochs and tries, and proposes thresholds where there are none; writes calibration.json.
    """
    from grader.authoring.validate import calibrate_assignments, print_calibrations

    found = calibrate_assignments(assignment or [], _stderr_line, quick=quick, minutes=minutes)
    print_calibrations(console(), found)


@app.command()
def validate(
    assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    every: Annotated[int, typer.Option(min=1, help="Try only every Nth program, for a quick look.")] = 1,
    keep: Annotated[Path | None, typer.Option(help="Write the programs that show a gap into this folder.")] = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Try rubrics with their references, equal variants and wrong mutants.

    Prints the gaps: right programs that lose points, and wrong ones that lose none or lose them at the wrong check.
    Exit code 1 if anything does.
    """
    from grader.assignments.course import load_course
    from grader.assignments.spec import load_assignments
    from grader.authoring.validate import keep_gaps, print_validation
    from grader.authoring.validate import validate as validated

    sound = True
    for one in load_assignments(assignment or []):
        found = validated(load_course([one.id]), isolation, _stderr_line, every)
        print_validation(console(), found)
        if keep:
            keep_gaps(found, keep)
        sound = sound and found.is_sound
    if not sound:
        raise typer.Exit(1)


@app.command()
def schema(name: Annotated[str, typer.Argument(help="assignment, grade or check")] = "assignment") -> None:
    """Print a JSON schema.

    Of assignment.toml, of a grade, or of what `check --json` prints.
    """
    from grader.assignments.spec import spec_schema
    from grader.errors import UsageError
    from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA

    schemas: dict[str, Callable[[], Any]] = {
        "assignment": spec_schema,
        "grade": lambda: GRADE_SCHEMA,
        "check": lambda: CHECK_SCHEMA,
    }
    if name not in schemas:
        raise UsageError(f"there is no schema `{name}`; choose one of {', '.join(schemas)}")
    print_json(schemas[name]())


def _stderr_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
