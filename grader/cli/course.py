"""`course`: a course of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

course = typer.Typer(no_args_is_help=True, help="Make a course of your own.")
app = typer.Typer()
app.add_typer(course, name="course")
ALL = "all"


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
    from grader.assignments.copy import copy_course
    from grader.assignments.folder import tutorial
    from grader.domain.words import listed

    copied = copy_course([] if name == ALL else [name], tutorial(), to)
    first = copied.ids[0]
    print(f"{to}: {listed(copied.ids)}")
    print(f"Change the checks and their points in {to / 'assignments' / first / 'assignment.toml'}, then run")
    print(f"  grader show {first} --course {to}")
    print(f"  grader grade FOLDER --course {to} --assignment {first}")
    if copied.without_reference:
        print(
            "\nReference solutions are not part of an installation. `check`, `grade`, `show` and `bundle` need none:\n"
            "checks and points can be changed. `lint` and `validate`, and `calibrate` after a change of the data, the\n"
            f"training or the network, need one: {to / 'reference_solutions' / f'{first}.py'}, with build_model()."
        )
