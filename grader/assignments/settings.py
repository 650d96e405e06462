"""A course's title, and defaults for all its assignments: in `grader.toml`, or `[tool.grader]` of `pyproject.toml`.

A folder that has both is refused: they would contradict each other one day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.assignments.folder import PROJECT, SETTINGS, project_table, read_toml
from grader.assignments.validation import validated
from grader.errors import InvalidAssignment


class SettingsFile(BaseModel):
    """A grader.toml, or the table `[tool.grader]`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")


def read_settings(root: Path) -> tuple[str, dict[str, Any]]:
    """The title of a course, and what assignments take that say nothing else. Raises `InvalidAssignment`."""
    own, table = root / SETTINGS, project_table(root)
    if own.is_file() and table is not None:
        raise InvalidAssignment(f"{root / PROJECT}: [tool.grader] and {own} are both here; remove one of them")
    if table is None:
        found = validated(SettingsFile, read_toml(own), own)
    else:
        found = validated(SettingsFile, table, root / PROJECT, "tool.grader")
    return found.title, {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}


