"""The command line: parses, prints, exits; nothing else does. Heavy imports are delayed until a command needs them."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from typing import Annotated

import typer

from grader.cli import authoring, export, grading, information, review
from grader.errors import GraderError

app = typer.Typer(
    name="grader",
    help="Grades Keras Functional API exercises: runs each submission in isolation, compares networks as graphs, "
    "trains them itself, and explains the verdict.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def of_all(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=lambda asked: _version() if asked else None)
    ] = False,
) -> None:
    """What every command understands."""


def _version() -> None:
    from importlib.metadata import version

    print(f"keras-grader {version('keras-grader')}")
    raise typer.Exit


for part in (grading, review, export, information, authoring):
    app.add_typer(part.app)


def main() -> None:
    """The console script: whatever happens, one clear message and an exit code; a traceback only with --verbose."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception as error:
        if {"-v", "--verbose"} & set(sys.argv):
            traceback.print_exc()
        hint = "this is a bug in the grader; run it again with --verbose, and report the output"
        print(f"grader: {type(error).__name__}: {error}\n{hint}", file=sys.stderr)
        sys.exit(3)


def _interrupted(number: int, frame: object) -> None:
    """End at once: runs and trainers end when their lifelines close, and what was finished is on disk, whole."""
    if os.isatty(2):
        os.write(2, b"\x1b[?25h")  # progress hides the cursor
    os.write(2, b"\ngrader: interrupted; what was finished is kept; run the same command again to continue\n")
    os._exit(130)
