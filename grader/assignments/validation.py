"""Tables of authors as typed values; errors name the file, the key and the near miss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from grader.domain.words import did_you_mean
from grader.errors import InvalidAssignment

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], data: Any, path: Path, where: str = "") -> Model:
    """`data` as a `model`; `where` is the key of the table in the file. Raises `InvalidAssignment`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = error.errors()
        first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
        if isinstance(first["input"], dict) and first["type"] == "string_type":  # a name or a table, and it is a table
            place = first["loc"][:-1]
            within = [one for one in problems if one is not first and one["loc"][: len(place)] == place]
            first = within[0] if within else first
        parts = _places(model, first["loc"])
        places = [str(part) for part in parts]
        key = _key([where, *parts] if where else parts)
        if first["type"] == "extra_forbidden":
            known = _fields(model, places[:-1])
            raise InvalidAssignment(f"{path}: {key}: unknown key{near(places[-1], known)}") from None
        raise InvalidAssignment(f"{path}: {key}: {_in_words(first)}"[:400]) from None


def near(name: str, known: Iterable[object]) -> str:
    """The end of a sentence about a name that is unknown: the nearest one, or all."""
    names = sorted(map(str, known))
    return did_you_mean(name, names) or (f"; available: {', '.join(names)}" if names else "")


def _places(model: type[BaseModel], loc: Sequence[str | int]) -> list[str | int]:
    """Keys of the file; pydantic adds the alternative of a union that it tried, such as `OptimizerPart`."""
    places: list[str | int] = []
    for part in loc:
        allowed = _fields(model, [str(place) for place in places])
        if isinstance(part, str) and ("[" in part or (part[:1].isupper() and part not in allowed)):
            continue
        places.append(part)
    return places


def _key(places: Sequence[str | int]) -> str:
    """`training.loss[1]`; entries of a list are counted from 1, as those of `checks` are."""
    found = ""
    for place in places:
        found += f"[{place + 1}]" if isinstance(place, int) else f".{place}" if found else place
    return found


def _in_words(problem: Any) -> str:
    """What pydantic found; an unknown word with the nearest known one."""
    if problem["type"] == "missing":
        return "this key is required"
    found, message = problem["input"], str(problem["msg"])
    if problem["type"] == "literal_error":
        known = re.findall("'([^']*)'", str(problem["ctx"]["expected"]))
        return f"unknown value `{found}`{near(str(found), known)}"
    return message.removeprefix("Value error, ") if problem["type"] == "value_error" else f"{message}, found {found!r}"


def _fields(model: type[BaseModel], places: Sequence[str]) -> list[str]:
    """The keys that are allowed at a place of the file."""
    annotation: Any = model
    for place in places:
        table = _table(annotation)
        if table is not None:
            annotation = table.model_fields[place].annotation if place in table.model_fields else None
        else:
            annotation = get_args(annotation)[-1] if get_origin(annotation) in (dict, list, tuple) else None
    found = _table(annotation)
    return list(found.model_fields) if found else []


def _table(annotation: Any) -> type[BaseModel] | None:
    """The table that a value may be, perhaps among other things."""
    every = (annotation,) if get_origin(annotation) in (dict, list, tuple) else (annotation, *get_args(annotation))
    return next((one for one in every if isinstance(one, type) and issubclass(one, BaseModel)), None)
