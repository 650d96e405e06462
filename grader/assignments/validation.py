"""Tables of authors as typed values; errors name the file, the key and the near miss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from grader.domain.words import did_you_mean
from grader.errors import InvalidAssignment

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], data: Any, path: Path, where: str = "", context: Any = None) -> Model:
    """`data` as a `model`; `where` is the key of the table in the file. Raises `InvalidAssignment`."""
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        problems = error.errors()
        first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
        places = [str(part) for part in first["loc"]]
        key = ".".join([where, *places] if where else places)
        if first["type"] == "extra_forbidden":
            known = _fields(model, places[:-1])
            raise InvalidAssignment(f"{path}: {key}: unknown key{near(places[-1], known)}") from None
        raise InvalidAssignment(f"{path}: {key}: {_in_words(first)}"[:400]) from None


def near(name: str, known: Iterable[object]) -> str:
    """The end of a sentence about a name that is unknown: the nearest one, or all."""
    names = sorted(map(str, known))
    return did_you_mean(name, names) or (f"; available: {', '.join(names)}" if names else "")


def _in_words(problem: Any) -> str:
    """What pydantic found; an unknown word with the nearest known one."""
    found, message = problem["input"], str(problem["msg"])
    if problem["type"] == "literal_error":
        known = re.findall("'([^']*)'", str(problem["ctx"]["expected"]))
        return f"unknown value `{found}`{near(str(found), known)}"
    return message.removeprefix("Value error, ") if problem["type"] == "value_error" else f"{message}, found {found!r}"


def _fields(model: type[BaseModel], places: Sequence[str]) -> list[str]:
    """The keys that are allowed at a place of the file."""
    for place in places:
        annotation = model.model_fields[place].annotation if place in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
