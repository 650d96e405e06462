"""Where a course is: the tutorial, which is built in, or a folder of its own with a `grader.toml`.

    grader.toml              title, defaults for all assignments, companions; or [tool.grader] in pyproject.toml
    assignments/<id>/        assignment.toml, README.md, starters, calibration.json, checks.py
    reference_solutions/     <id>.py; or reference.py in the folder of the assignment

A course is trusted: its `checks.py` run in the grader. It is never taken from where a submission could have put it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.errors import InvalidAssignment, UsageError

SETTINGS, PROJECT, REFERENCES = "grader.toml", "pyproject.toml", "reference_solutions"
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


@dataclass(frozen=True)
class Outline:
    """An assignment in a list."""

    id: str
    title: str
    section: str
    points: int


def tutorial() -> CourseFolder:
    """The course that is built in: next to the package in a checkout, inside it in an installation."""
    package = Path(__file__).parents[1]
    installed = package / "_assignments"
    folder = installed if installed.is_dir() else package.parent / "assignments"
    return CourseFolder(None, folder, package.parent / REFERENCES, "Tutorial on the Keras Functional API")


def is_in_checkout() -> bool:
    """Whether the current folder is in a checkout of the grader, so that its tutorial may grow."""
    checkout = Path(__file__).parents[2]
    return (checkout / "assignments").is_dir() and Path.cwd().is_relative_to(checkout.resolve())


def find_course(given: Path | None, *, graded: Path | None = None) -> CourseFolder:
    """The course that was named, here or in the environment, else the one around the current folder, else the tutorial.

    `graded` is what will be graded by it. A course that was not named is refused if it contains that: whoever wrote the
    submission could have written the course.
    """
    if given:
        return replace(read_course(given), named=given)
    if named := os.environ.get(VARIABLE):
        return read_course(Path(named))
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if has_settings(folder)), None)
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
        what = "is not a folder" if not root.is_dir() else "has no folder `assignments`"
        raise UsageError(f"--course {root}: this {what}. A course has {SETTINGS} and assignments/<id>/assignment.toml.")
    place = root.resolve()
    course = CourseFolder(place, place / "assignments", place / REFERENCES, place.name)
    if settings := _settings_of(root):
        from grader.assignments.spec import read_settings  # imported late: a list of assignments needs no pydantic

        title, defaults, companions = read_settings(*settings)
        return replace(course, title=title or course.title, defaults=defaults, companions=companions)
    return course


def has_settings(root: Path) -> bool:
    """Whether a folder says of itself that it is a course."""
    return (root / SETTINGS).is_file() or _project_table(root) is not None


def _settings_of(root: Path) -> tuple[dict[str, Any], Path, str] | None:
    """The table with the settings of a course, if it has any, its file, and its key there.

    Two of them would contradict each other.
    """
    own, project, table = root / SETTINGS, root / PROJECT, _project_table(root)
    if table is None:
        return (read_toml(own), own, "") if own.is_file() else None
    if own.is_file():
        raise InvalidAssignment(f"{project}: [tool.grader] and {own} are both here; remove one of them")
    return table, project, "tool.grader"


def _project_table(root: Path) -> dict[str, Any] | None:
    """`[tool.grader]` of the project in a folder, if there is one. Raises `InvalidAssignment` if it cannot be read."""
    path = root / PROJECT
    try:
        if "grader" not in path.read_text("utf-8-sig"):  # a project that has nothing to do with us may be damaged
            return None
    except (OSError, UnicodeDecodeError):
        return None
    tools = read_toml(path).get("tool")
    table = tools.get("grader") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise InvalidAssignment(f"{path}: tool.grader: expected a table, found {table!r}"[:400])
    return table


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises `InvalidAssignment` with its path."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidAssignment(f"{path}: {error}") from None


def outlines(course: CourseFolder) -> list[Outline]:
    """All assignments of a course in its order, as far as a list shows them; a spec is not examined further."""
    found = []
    for path in course.specs():
        spec = read_toml(path)
        try:
            points = sum(check["points"] for check in spec["checks"])
            outline = Outline(path.parent.name, spec["title"], spec.get("section", ""), points)
            found.append((spec.get("position", LAST), outline))
        except (KeyError, TypeError) as error:
            raise InvalidAssignment(f"{path}: `title` or the points of a check cannot be read ({error})") from None
    return [outline for _, outline in sorted(found, key=lambda pair: (pair[0], pair[1].id))]
