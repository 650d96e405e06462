"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AssignmentOption = Annotated[
    list[str] | None,
    typer.Option("--assignment", "-a", metavar="ID", help="An exercise that must be present; repeatable."),
]
ReportOption = Annotated[
    list[str] | None, typer.Option("--report", metavar="FORMAT[=PATH]", help="Also write this format; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print only one JSON document on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="First seed of the training.")]
FullFitOption = Annotated[bool, typer.Option("--full-fit", help="Let `fit` run for all its epochs.")]
IsolationOption = Annotated[
    str, typer.Option("--isolation", metavar="LEVEL", help="auto, full, partial, container or none.")
]
PythonOption = Annotated[Path | None, typer.Option("--python", help="Run submissions with this Python.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show details when the grader itself fails.")]
