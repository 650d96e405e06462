"""A course's title, and defaults for all its assignments: in `grader.toml`, or `[tool.grader]` of `pyproject.toml`.

A folder that has both is refused: they would contradict each other one day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.assignments.course_layers import read_layers
from grader.assignments.folder import PROJECT, SETTINGS, project_table, read_toml
from grader.assignments.validation import validated
from grader.domain import NO_LAYERS, CourseLayers
from grader.errors import InvalidAssignment


class Layers(BaseModel):
    """Layer classes of the course. The file is trusted, runs in the trainer, and is next to each submission."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str = Field(description="module next to the settings, such as `layers.py`")
    classes: list[str] = Field(min_length=1, description="names of its classes that networks may contain")


class SettingsFile(BaseModel):
    """A grader.toml, or the table `[tool.grader]`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")
    layers: Layers | None = Field(None, description="layer classes of the course: `file` and `classes`")


def read_settings(root: Path) -> tuple[str, dict[str, Any], CourseLayers]:
    """The title of a course, what assignments take that say nothing else, and its own layers.

    Raises `InvalidAssignment`.
    """
    own, table = root / SETTINGS, project_table(root)
    if own.is_file() and table is not None:
        raise InvalidAssignment(f"{root / PROJECT}: [tool.grader] and {own} are both here; remove one of them")
    path, inside = (own, "") if table is None else (root / PROJECT, "tool.grader")
    found = validated(SettingsFile, read_toml(own) if table is None else table, path, inside)
    try:
        layers = read_layers(root, found.layers.file, found.layers.classes) if found.layers else NO_LAYERS
    except InvalidAssignment as error:
        raise InvalidAssignment(f"{path}: {f'{inside}.' if inside else ''}layers.{error}") from None
    return found.title, {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}, layers
