"""The command line: parses, prints, exits; nothing else does. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys

import typer

from grader.cli import authoring, grading, information
from grader.errors import GraderError

app = typer.Typer(
    name="grader",
    help="Grades Keras Functional-API exercises: runs each submission in isolation, compares networks as graphs, "
    "trains them itself, and explains the verdict.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (grading, information, authoring):
    app.add_typer(part.app)


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
