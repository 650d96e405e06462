"""TOML: what authors write, read strictly, so that an error names the file, the key and the near miss; and values."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from grader.checks.spec_values import Table, near
from grader.errors import InvalidAssignment
from grader.submissions.companions import problem_of_name

Model = TypeVar("Model", bound=BaseModel)
Reveal = Literal["hint", "difference", "solution"]


class SettingsFile(Table):
    """A grader.toml."""

    title: str = Field("", max_length=120, description="name of the course")
    reveal: Reveal | None = Field(None, description="default of all assignments")
    limits: dict[str, float | int] = Field({}, description="defaults of `[limits]` of all assignments")
    companions: list[str] = Field(
        [],
        description="files and folders that go along with each submission, in the course or next to the submissions",
    )


def read_settings(path: Path) -> tuple[str, Mapping[str, Any], tuple[str, ...]]:
    """The title of a course, what assignments take that say nothing else, and names of companions."""
    settings = validated(SettingsFile, read_toml(path), path)
    for name in settings.companions:
        if problem := problem_of_name(name):
            raise InvalidAssignment(f"{path}: companions: {name!r}: {problem}")
    defaults = {name: value for name in ("reveal", "limits") if (value := getattr(settings, name))}
    return settings.title, defaults, tuple(settings.companions)


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises `InvalidAssignment` with its path."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidAssignment(f"{path}: {error}") from None


def toml(value: Any) -> str:
    """A value as TOML, which is JSON but for tables, dates, and a character that it wants escaped."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def validated(model: type[Model], data: Any, path: Path, where: str = "") -> Model:
    """`data` as a `model`; `where` is the key of the table in the file. Raises `InvalidAssignment`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        raise InvalidAssignment(f"{path}: {_key(problem, data, where)}: {_in_words(problem)}"[:400]) from None


def _key(problem: Any, data: Any, where: str) -> str:
    """`training.loss[1]`, as the file has it: pydantic adds the alternative of a union that it tried."""
    last = [problem["loc"][-1]] if problem["type"] == "missing" else [problem.get("ctx", {}).get("key")]
    for part in problem["loc"]:
        if isinstance(data, dict) and part in data:
            where, data = f"{where}.{part}", data[part]
        elif isinstance(data, list) and isinstance(part, int):
            where, data = f"{where}[{part + 1}]", data[part]
    return ".".join([where, *filter(None, last)]).removeprefix(".")


def _in_words(problem: Any) -> str:
    """What pydantic found; an unknown word with the nearest known one."""
    value, message = problem["input"], str(problem["msg"])
    match problem["type"]:
        case "missing":
            return "this key is required"
        case "literal_error":
            choices = re.findall("'([^']*)'", str(problem["ctx"]["expected"]))
            return f"unknown value `{value}`{near(value, choices)}"
        case "value_error" | "unknown_key":
            return message.removeprefix("Value error, ")
        case "model_type" | "dict_type":
            return f"expected a table, found {value!r}"
        case _:
            return f"{message}, found {value!r}"
