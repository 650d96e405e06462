"""Readers for the parameters of layers: each takes an untrusted plain value and returns a typed one, or refuses.

Nothing is imported by name and nothing is built here: a parameter is a number in a range, a word out of a list,
a tuple of these, or an initializer, regularizer or constraint out of a table. Everything else is `Refused`,
with a reason that reads on from "`Dense` layer `d1`: ".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.domain import Configured, Value

Reader = Callable[[Any], Value]

MAX_WIDTH = 4096


class Refused(Exception):
    """An untrusted value is not of the required kind; the text is the reason."""


class _Required:
    """Marks a parameter that has no default."""


REQUIRED = _Required()


@dataclass(frozen=True)
class Field:
    """One parameter of a layer class: how it is read, and Keras's default in read form."""

    read: Reader
    default: Value | _Required = REQUIRED


Fields = dict[str, Field]


def shown(value: Any) -> str:
    """A short form of an untrusted value for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def whole(low: int, high: int = MAX_WIDTH) -> Reader:
    def read(value: Any) -> Value:
        if type(value) is not int or not low <= value <= high:
            raise Refused(f"expected a whole number from {low} to {high}, found {shown(value)}")
        return value

    return read


def real(low: float, high: float) -> Reader:
    def read(value: Any) -> Value:
        if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
            raise Refused(f"expected a number from {low:g} to {high:g}, found {shown(value)}")
        return float(value)

    return read


def flag(value: Any) -> Value:
    if type(value) is not bool:
        raise Refused(f"expected true or false, found {shown(value)}")
    return value


def word(*choices: str) -> Reader:
    def read(value: Any) -> Value:
        if not isinstance(value, str) or value not in choices:
            raise Refused(f"expected one of {', '.join(choices)}, found {shown(value)}")
        return value

    return read


def text(value: Any) -> Value:
    """Free text that stays inert, such as an einsum equation."""
    if not isinstance(value, str) or len(value) > 64:
        raise Refused(f"expected a short string, found {shown(value)}")
    return value


def optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def nested(read: Reader, depth: int = 2, length: int = 16) -> Reader:
    """One value or a (nested) list of such values; lists become tuples."""

    def read_nested(value: Any, depth: int = depth) -> Value:
        if isinstance(value, list | tuple):
            if depth == 0 or len(value) > length:
                raise Refused(f"expected at most {length} values, found {shown(value)}")
            return tuple(read_nested(item, depth - 1) for item in value)
        return read(value)

    return read_nested


def size(ndim: int, low: int = 1) -> Reader:
    """A number for each of `ndim` axes, one number standing for all; always read as a tuple."""

    def read(value: Any) -> Value:
        values = value if isinstance(value, list | tuple) else [value] * ndim
        if len(values) != ndim:
            raise Refused(f"expected {ndim} numbers, found {shown(value)}")
        return tuple(whole(low)(item) for item in values)

    return read


def configured(value: Any) -> tuple[str, Mapping[str, Any]]:
    """Class name and config of a serialised Keras object, refusing anything that is not of Keras."""
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise Refused(f"expected a Keras object, found {shown(value)}")
    config = value.get("config") or {}
    module = value.get("module")
    if module is not None and not str(module).split(".")[0] == "keras":
        raise Refused(f"`{value['class_name']}` is not a Keras class")
    if not isinstance(config, dict):
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


AXES = nested(whole(-8, 8), depth=1)


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
