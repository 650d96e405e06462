"""Typed values out of untyped JSON: each function takes an object and a key, and refuses what is odd."""

from __future__ import annotations

import re
from typing import Any

from grader.domain import Place

# Terminal escapes, and every control character but tab and line feed.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Odd(Exception):
    """A value is not what the protocol says it is."""


def members(value: object, name: str = "it") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Odd(f"{name} is not an object")
    return value


def items(holder: dict[str, Any], key: str, most: int) -> list[Any]:
    value = holder.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise Odd(f"`{key}` is not a list of at most {most}")
    return value


def text(holder: dict[str, Any], key: str, most: int = 500) -> str:
    value = holder.get(key)
    if not isinstance(value, str):
        raise Odd(f"`{key}` is not text")
    return shown(value[:most])


def texts(holder: dict[str, Any], key: str, most: int = 100) -> tuple[str, ...]:
    values = items(holder, key, most)
    if not all(isinstance(value, str) for value in values):
        raise Odd(f"`{key}` is not a list of texts")
    return tuple(shown(value[:200]) for value in values)


def truth(holder: dict[str, Any], key: str) -> bool:
    value = holder.get(key)
    if not isinstance(value, bool):
        raise Odd(f"`{key}` is not true or false")
    return value


def count(holder: dict[str, Any], key: str) -> int:
    value = optional_int(holder, key)
    if value is None or value < 0:
        raise Odd(f"`{key}` is not a number from 0")
    return value


def optional_int(holder: dict[str, Any], key: str) -> int | None:
    value = holder.get(key)
    if value is None:
        return None
    if type(value) is not int or abs(value) > 10**12:
        raise Odd(f"`{key}` is not a whole number")
    return value


def place(holder: dict[str, Any], key: str = "place") -> Place:
    value = members(holder.get(key), f"`{key}`")
    return Place(optional_int(value, "cell"), optional_int(value, "line"), text(value, "file", 300))


def shown(value: str) -> str:
    """Text as a terminal would end up showing it: colours gone, and overwritten lines with them."""
    plain = ESCAPES.sub("", value).replace("\r\n", "\n")
    if "\r" in plain:
        plain = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in plain.split("\n"))
    return CONTROLS.sub("", plain)
