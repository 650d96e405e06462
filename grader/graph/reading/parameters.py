"""Parameters of layers, by the kind of the value: an untrusted plain value becomes a typed one, or is refused.

Nothing is imported by name and nothing is built here. A value is a number, a truth value, a short text, a tuple of
these, or an object of Keras out of a table. What Keras makes of it, the trainer finds out. A reason reads on from
"`Dense` layer `d1`: ".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.domain import Configured, Value

Reader = Callable[[Any], Value]

LARGEST = 10**9
LONGEST_TEXT = 64
MOST_VALUES = 4096  # in all the tuples of a parameter together
MOST_DEPTH = 4


class Refused(Exception):
    """An untrusted value is not of the required kind; the text is the reason."""


class _Required:
    """Marks a parameter that has no default."""


REQUIRED = _Required()


@dataclass(frozen=True)
class Field:
    """One parameter of a class: how it is read, Keras's default in read form, and its `words` if it has only these."""

    read: Reader
    default: Value | _Required = REQUIRED
    words: tuple[str, ...] = ()


Fields = dict[str, Field]


def shown(value: Any) -> str:
    """A short form of an untrusted value for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def plain(held: Reader, *, number: bool = False, sizes: int = 0) -> Reader:
    """Reads any plain value; objects of Keras in it by `held`.

    A `number` that is whole is read as a float, so that 1 and 1.0 are the same; one number for all of several `sizes`
    is written for each.
    """

    def read(value: Any) -> Value:
        whole = value if not sizes or value is None or isinstance(value, list | tuple) else [value] * sizes
        return _read(whole, held, number, [MOST_VALUES], MOST_DEPTH)

    return read


def _read(value: Any, held: Reader, number: bool, left: list[int], depth: int) -> Value:
    left[0] -= 1
    match value:
        case None | bool():
            return value
        case int() | float() if math.isfinite(value) and abs(value) <= LARGEST:
            return float(value) if number else value
        case str() if len(value) <= LONGEST_TEXT:
            return value
        case dict():
            return held(value)
        case list() | tuple() if depth and len(value) <= left[0]:
            return tuple(_read(item, held, number, left, depth - 1) for item in value)
    raise Refused(f"expected a number, a short text or a short list of these, found {shown(value)}")


def configured(value: Any) -> tuple[str, Mapping[str, Any]]:
    """Class name and config of a serialised Keras object, refusing anything that is not of Keras."""
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise Refused(f"expected a Keras object, found {shown(value)}")
    config = value.get("config") or {}
    module = value.get("module")
    if (module is not None and str(module).split(".")[0] != "keras") or not isinstance(config, dict):
        raise Refused(f"`{value['class_name']}` is not a Keras class")
    return value["class_name"], config


def read_params(fields: Mapping[str, Field], config: Mapping[str, Any], ignored: frozenset[str]) -> Configured:
    """Read a config by a table of fields: parameters that differ from Keras's defaults, sorted by name.

    Keys that the table does not know are accepted when `null` or `false`, since a newer Keras adds such.
    """
    params: dict[str, Value] = {}
    for key, raw in config.items():
        if key in ignored:
            continue
        field = fields.get(key)
        if field is None:
            if raw is None or raw is False:
                continue
            raise Refused(f"`{key}={shown(raw)}` is not known to the grader")
        try:
            value = field.read(raw)
        except Refused as refusal:
            raise Refused(f"`{key}`: {refusal}") from None
        if isinstance(field.default, _Required) or not _same(value, field.default):
            params[key] = value
    missing = [key for key, field in fields.items() if field.default is REQUIRED and key not in params]
    if missing:
        raise Refused(f"`{missing[0]}` is missing")
    return Configured("", tuple(sorted(params.items())))


def _same(value: Value, default: Value | _Required) -> bool:
    return value == default and isinstance(value, bool) == isinstance(default, bool)


def choice(table: Mapping[str, Mapping[str, Field]], aliases: Mapping[str, str], noun: str) -> Reader:
    """An object out of a table of Keras classes, or `None`: initializers, regularizers, constraints."""

    def read(value: Any) -> Value:
        if value is None:
            return None
        if isinstance(value, str):
            value = {"class_name": value, "config": {}}
        kind, config = configured(value)
        kind = aliases.get(kind, kind)
        if kind not in table:
            raise Refused(f"`{kind}` is not a {noun} that the grader knows; use one from Keras")
        return Configured(kind, read_params(table[kind], config, frozenset({"seed"})).params)

    return read
