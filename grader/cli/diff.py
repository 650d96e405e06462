"""`diff`: two gradings of a class compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.common import JsonOption, console, print_json
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.runs.compare import State

app = typer.Typer()
MOST_GROUPS = 1_000


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder of a run, or a folder in its previous/.")],
    new: Annotated[
        Path | None,
        typer.Argument(metavar="[NEW]", help="A second one; without it, OLD is compared with the grading before it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two gradings.

    Reports whose score went up or down, in which check, and why: another version of the file, the rubric, the task,
    the calibration, an override, versions, options, or a change in the grader.

    Exit code: 0 compared, 2 usage.
    """
    from grader.runs.compare import compare
    from grader.runs.regrade import states

    if new is None:
        kept = states(old)
        if not kept:
            raise UsageError(f"{old}: no earlier grades are kept here; name two runs: grader diff OLD NEW")
        old, new = kept[0], old
    found = compare(_state(old), _state(new))
    if as_json:
        print_json(found)
        return
    from grader.reporting.terminal import print_changes

    print_changes(console(), {"changes": found}, MOST_GROUPS)


def _state(folder: Path) -> State:
    from grader.runs.compare import state_of
    from grader.runs.folder import read_run
    from grader.runs.regrade import GRADES, read_state

    if (folder / GRADES).is_file():
        return read_state(folder)
    report = read_run(folder)
    return state_of(str(folder), report.provenance, report.grades)
