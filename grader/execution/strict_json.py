"""Untrusted JSON: bytes that every parser reads in the same way, and types of values with their bounds.

The bounds are held where values are read, and published with the schema. A text that is too long is cut. A list or an
object that is too long is an error, before much of it has been read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from annotated_types import GroupedMetadata
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import core_schema

from grader.filesystem import read_regular

MOST_BYTES = 16 * 1024 * 1024
MOST_NESTING = 64
MOST_NODES = 400_000  # a layer of a config has about 60; these take half a second to read
MOST_DIGITS = 40
# Strings whole, so that what is inside them counts for nothing; the quote is missing where one never ends.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.DOTALL)
# A backslash that is itself escaped begins no escape: text about surrogates is text.
LONE_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")
# Terminal escapes, and every control character but tab and line feed.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Unreadable(Exception):
    """Why a file cannot be read as strict JSON."""


def load(path: Path) -> Any:
    """The content of a file that meets all of these conditions."""
    try:
        content = read_regular(path, MOST_BYTES, once=True)
    except OSError as error:
        raise Unreadable(error.strerror or "it cannot be opened") from None
    _check_size(content)
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_int=_bounded_int,
            parse_float=_finite_float,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not strict JSON ({str(error)[:200]})") from None


def _check_size(content: bytes) -> None:
    """Nesting and number of nodes, before a parser spends memory or stack on them."""
    if LONE_SURROGATE.search(content):
        raise Unreadable("it has escaped surrogates")
    depth = nodes = 0
    for match in TOKEN.finditer(content):
        token = match[0]
        if token[:1] == b'"':
            if not match[1]:
                raise Unreadable("a string in it is not terminated")
            continue
        nodes += 1
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token, 0)
        if depth > MOST_NESTING or nodes > MOST_NODES:
            raise Unreadable("it is nested too deeply or has too many parts")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key occurs twice")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _bounded_int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits) if len(digits) <= MOST_DIGITS else math.inf
    if not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def shown(value: str) -> str:
    """Text as a terminal would end up showing it: colours gone, and overwritten lines with them."""
    plain = ESCAPES.sub("", value).replace("\r\n", "\n")
    if "\r" in plain:
        plain = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in plain.split("\n"))
    return CONTROLS.sub("", plain)


# Types


Whole: TypeAlias = Annotated[int, Field(ge=-(10**12), le=10**12)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=10**12)]
Size: TypeAlias = Annotated[int, Field(ge=0, le=2**50)]
Object: TypeAlias = dict[str, Any]  # read in turn by whoever needs it


class Part(BaseModel):
    """An object of known keys; others, of newer versions, are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True)
class Cut(GroupedMetadata):
    """So many characters of a text, as a terminal would show them."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield AfterValidator(lambda said: shown(said[: self.most]))
        yield WithJsonSchema({"type": "string", "maxLength": self.most})


@dataclass(frozen=True)
class Items(GroupedMetadata):
    """A list, of at most so many; nothing is read after its first error."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield Field(max_length=self.most, fail_fast=True, strict=False)  # JSON has lists, and no tuples


@dataclass(frozen=True)
class Entries(GroupedMetadata):
    """An object with keys of any name, at most so many."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield Field(max_length=self.most)
        yield BeforeValidator(self._counted)  # pydantic counts after it has read all of them

    def _counted(self, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > self.most:
            raise ValueError(f"has more than {self.most} entries")
        return value


@dataclass(frozen=True)
class Made:
    """A noun that is `made` from a part that has the same names, which is what the schema has."""

    source: type[Part]
    made: Callable[..., Any]

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._made, handler.generate_schema(self.source))

    def _made(self, part: Part) -> Any:
        return self.made(**dict(part))


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong, in a sentence about its key; it quotes no value."""
    first = error.errors(include_url=False, include_input=False)[0]
    parts = (shown(str(part)[:80]).replace("`", "'") for part in first["loc"])
    key = " ".join(".".join(parts).split())
    words = {
        "missing": "is missing",
        "tuple_type": "is not a list",
        "dict_type": "is not an object",
        "model_type": "is not an object",
        "too_long": f"has more than {first.get('ctx', {}).get('max_length')} entries",
    }
    return f"`{key}` {words.get(first['type'], first['msg'].removeprefix('Input ').removeprefix('Value error, '))}"
