"""`calibrate`, `validate` and `schema`: what authors of assignments call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from grader.cli.options import IsolationOption
from grader.cli.printing import console, print_json

app = typer.Typer()


@app.command()
def calibrate(assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None) -> None:
    """Find thresholds from the reference solutions.

    Also epochs and tries; writes calibration.json. Minutes for each assignment.
    """
    from grader.authoring import calibrate_assignments

    calibrate_assignments(assignment or [], console(), _stderr_line)


@app.command()
def validate(
    assignment: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Grade the reference solutions by their rubrics.

    Each must get full marks. Exit code 1 if one does not.
    """
    from grader.authoring import validate_assignments

    if not validate_assignments(assignment or [], console(), isolation):
        raise typer.Exit(1)


@app.command()
def schema(name: Annotated[str, typer.Argument(help="assignment, grade or check")] = "assignment") -> None:
    """Print a JSON schema.

    Of assignment.toml, of a grade, or of what `check --json` prints.
    """
    from grader.assignments import spec_schema
    from grader.errors import UsageError
    from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA

    schemas: dict[str, Callable[[], Any]] = {
        "assignment": spec_schema,
        "grade": lambda: GRADE_SCHEMA,
        "check": lambda: CHECK_SCHEMA,
    }
    if name not in schemas:
        raise UsageError(f"there is no schema `{name}`; there are {', '.join(schemas)}")
    print_json(schemas[name]())


def _stderr_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
