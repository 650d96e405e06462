"""Where a course is: the tutorial, which is built in, or a folder of its own with a `grader.toml`.

    grader.toml              title, and defaults for all assignments
    assignments/<id>/        assignment.toml, README.md, starters, calibration.json, checks.py
    reference_solutions/     <id>.py; or reference.py in the folder of the assignment

A course is trusted: its `checks.py` run in the grader. It is never taken from where a submission could have put it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.errors import InvalidAssignment, UsageError

SETTINGS = "grader.toml"
VARIABLE = "GRADER_COURSE"


@dataclass(frozen=True)
class CourseFolder:
    """`root` is nothing for the tutorial. `defaults` are what `grader.toml` gives assignments that say nothing else."""

    root: Path | None
    assignments: Path
    references: Path
    title: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def reference(self, name: str) -> Path:
        """Where the reference solution of an assignment is, or should be."""
        beside = self.assignments / name / "reference.py"
        return beside if beside.is_file() else self.references / f"{name}.py"


class SettingsFile(BaseModel):
    """A grader.toml."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")


def tutorial() -> CourseFolder:
    """The course that is built in: next to the package in a checkout, inside it in an installation."""
    package = Path(__file__).parents[1]
    installed = package / "_assignments"
    folder = installed if installed.is_dir() else package.parent / "assignments"
    return CourseFolder(None, folder, package.parent / "reference_solutions", "Tutorial on the Keras Functional API")


def find_course(given: Path | None, *, graded: Path | None = None) -> CourseFolder:
    """The course that was named, here or in the environment, else the one around the current folder, else the tutorial.

    `graded` is what will be graded by it. A course that was not named is refused if it contains that: whoever wrote the
    submission could have written the course.
    """
    if named := given or os.environ.get(VARIABLE):
        return read_course(Path(named))
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / SETTINGS).is_file()), None)
    if root is None:
        return tutorial()
    if graded is not None and graded.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"{graded} is inside of the course {root}, so that its author may have written {SETTINGS}. "
            f"If the course is yours, name it: --course {root}, or {VARIABLE} in the environment."
        )
    return read_course(root)


def read_course(root: Path) -> CourseFolder:
    """Raises `UsageError` for what is no course, `InvalidAssignment` for settings that cannot be used."""
    if not (root / "assignments").is_dir():
        what = "is not a folder" if not root.is_dir() else "has no folder `assignments`"
        raise UsageError(f"--course {root}: this {what}. A course has {SETTINGS} and assignments/<id>/assignment.toml.")
    settings = _settings(root / SETTINGS)
    defaults = {name: value for name in ("reveal", "limits") if (value := getattr(settings, name))}
    title = settings.title or root.resolve().name
    return CourseFolder(root.resolve(), root / "assignments", root / "reference_solutions", title, defaults)


def _settings(path: Path) -> SettingsFile:
    if not path.is_file():
        return SettingsFile()  # type: ignore[call-arg]
    try:
        return SettingsFile.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidAssignment(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        known = ", ".join(SettingsFile.model_fields)
        what = f"unknown key; there are {known}" if first["type"] == "extra_forbidden" else first["msg"]
        raise InvalidAssignment(f"{path}: {key}: {what}, found {first['input']!r}"[:400]) from None
