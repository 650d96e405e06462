"""Where a course is: the tutorial, which is built in, or a folder of its own with a `grader.toml`.

    grader.toml              title, defaults for all assignments, companions
    assignments/<id>/        assignment.toml, README.md, starters, calibration.json, checks.py
    reference_solutions/     <id>.py; or reference.py in the folder of the assignment

A course is trusted: its `checks.py` run in the grader. It is never taken from where a submission could have put it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.errors import UsageError

SETTINGS, REFERENCES = "grader.toml", "reference_solutions"
VARIABLE = "GRADER_COURSE"
LAST = 100  # position of an assignment that names none


@dataclass(frozen=True)
class CourseFolder:
    """`root` is nothing for the tutorial. `defaults` are what its settings give assignments that say nothing else.

    `named` is what `--course` gave, if anything: a command that a message advises needs it again.
    """

    root: Path | None
    assignments: Path
    references: Path
    title: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    companions: tuple[str, ...] = ()
    named: Path | None = field(default=None, compare=False)

    def command(self, verb: str, name: str) -> str:
        """`grader calibrate two_towers --course my-course`, to be copied from a message."""
        where = "" if self.named is None else f" --course {_quoted(str(self.named))}"
        return f"grader {verb} {name}{where}"

    def specs(self) -> list[Path]:
        """The `assignment.toml` of each assignment, by the names of their folders."""
        return sorted(self.assignments.glob("*/assignment.toml"))

    def reference(self, name: str) -> Path:
        """Where the reference solution of an assignment is, or should be."""
        beside = self.assignments / name / "reference.py"
        return beside if beside.is_file() else self.references / f"{name}.py"


def tutorial() -> CourseFolder:
    """The course that is built in: next to the package in a checkout, inside it in an installation."""
    package = Path(__file__).parents[1]
    installed = package / "_assignments"
    folder = installed if installed.is_dir() else package.parent / "assignments"
    return CourseFolder(None, folder, package.parent / REFERENCES, "Tutorial on the Keras Functional API")


def find_course(given: Path | None, *, graded: Path | None = None) -> CourseFolder:
    """The course that was named, here or in the environment, else the one around the current folder, else the tutorial.

    `graded` is what will be graded by it. A course that was not named is refused if it contains that: whoever wrote the
    submission could have written the course.
    """
    if given:
        return replace(read_course(given), named=given)
    if path := os.environ.get(VARIABLE):
        return read_course(Path(path))
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / SETTINGS).is_file()), None)
    if root is None:
        return tutorial()
    if graded is not None and graded.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"{graded} is inside the course {root}, so its author may have written its settings. "
            f"If the course is yours, name it: --course {root}, or {VARIABLE} in the environment."
        )
    return read_course(root)


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


def read_course(root: Path) -> CourseFolder:
    """Raises `UsageError` for what is no course, `InvalidAssignment` for settings that cannot be used."""
    if not (root / "assignments").is_dir():
        fault = "is not a folder" if not root.is_dir() else "has no folder `assignments`"
        raise UsageError(
            f"--course {root}: this {fault}. A course has {SETTINGS} and assignments/<id>/assignment.toml."
        )
    place = root.resolve()
    course = CourseFolder(place, place / "assignments", place / REFERENCES, place.name)
    settings = root / SETTINGS
    if settings.is_file():
        from grader.assignments.toml import read_settings  # imported late: the built-in course needs no pydantic

        title, defaults, companions = read_settings(settings)
        return replace(course, title=title or course.title, defaults=defaults, companions=companions)
    return course
