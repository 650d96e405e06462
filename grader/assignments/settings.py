"""A course's title, and defaults for all its assignments: in `grader.toml`, or `[tool.grader]` of `pyproject.toml`.

A folder that has both is refused: they would contradict each other one day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.assignments.course_layers import read_layers
from grader.assignments.folder import PROJECT, SETTINGS, project_table, read_toml
from grader.domain import NO_LAYERS, CourseLayers
from grader.errors import InvalidAssignment


class LayersTable(BaseModel):
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
    layers: LayersTable | None = Field(None, description="layer classes of the course: `file` and `classes`")


def read_settings(root: Path) -> tuple[str, dict[str, Any], CourseLayers]:
    """The title of a course, what assignments take that say nothing else, and its own layers.

    Raises `InvalidAssignment`.
    """
    own, table = root / SETTINGS, project_table(root)
    if own.is_file() and table is not None:
        raise InvalidAssignment(f"{root / PROJECT}: [tool.grader] and {own} are both here; remove one of them")
    path = root / PROJECT if table is not None else own
    written = read_toml(own) if table is None else table
    try:
        found = SettingsFile.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = ("tool", "grader") if table is not None else ()
        key = ".".join(map(str, (*place, *first["loc"])))
        known = ", ".join(SettingsFile.model_fields)
        what = f"unknown key; there are {known}" if first["type"] == "extra_forbidden" else first["msg"]
        raise InvalidAssignment(f"{path}: {key}: {what}, found {first['input']!r}"[:400]) from None
    try:
        layers = read_layers(root, found.layers.file, found.layers.classes) if found.layers else NO_LAYERS
    except InvalidAssignment as error:
        raise InvalidAssignment(f"{path}: {'tool.grader.' if table is not None else ''}layers.{error}") from None
    return found.title, {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}, layers
