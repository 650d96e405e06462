"""A course's `grader.toml`: its title, and defaults for all its assignments."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.errors import InvalidAssignment


class SettingsFile(BaseModel):
    """A grader.toml."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Literal["hint", "difference", "solution"] | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")


def read_settings(path: Path) -> tuple[str, dict[str, Any]]:
    """The title, and what assignments take that say nothing else. Raises `InvalidAssignment`."""
    try:
        found = SettingsFile.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidAssignment(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        known = ", ".join(SettingsFile.model_fields)
        what = f"unknown key; there are {known}" if first["type"] == "extra_forbidden" else first["msg"]
        raise InvalidAssignment(f"{path}: {key}: {what}, found {first['input']!r}"[:400]) from None
    return found.title, {name: value for name in ("reveal", "limits") if (value := getattr(found, name))}
