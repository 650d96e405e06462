"""What the settings of a course say: its title, defaults for its assignments, and what goes along with submissions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.assignments.validation import validated
from grader.errors import InvalidAssignment
from grader.submissions.companions import problem_of_name


class SettingsFile(BaseModel):
    """A grader.toml, or the table `[tool.grader]`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")
    companions: list[str] = Field(
        [],
        description="files and folders that go along with each submission, in the course or next to the submissions",
    )


def read_settings(table: dict[str, Any], path: Path, inside: str) -> tuple[str, Mapping[str, Any], tuple[str, ...]]:
    """The title of a course, what assignments take that say nothing else, and names of companions.

    `table` is what the file at `path` has under the key `inside`, or all of it. Raises `InvalidAssignment`.
    """
    found = validated(SettingsFile, table, path, inside)
    for name in found.companions:
        if problem := problem_of_name(name):
            raise InvalidAssignment(f"{path}: {f'{inside}.' if inside else ''}companions: {name!r}: {problem}")
    defaults = {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}
    return found.title, defaults, tuple(found.companions)
