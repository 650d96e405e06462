"""Types of values that a student's program may have made up, with the bounds within which they are read.

A text that is too long is cut. A list or an object that is too long is an error, before much of it has been read.
Schemas publish these bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

# Terminal escapes, and every control character but tab and line feed.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
EXPRESSION = re.compile(r"[\w.'\"\[\](),: +*/-]{1,60}")
PREFIX = re.compile(r"(?:[^\W\d]\w*\.){0,3}")
MOST_CALLS = 20  # compiles and fits of one model; the first ones and the last
MOST_LAYERS = 1_000
MOST_CODE = 50_000  # characters of all statements of a model
MOST_HELD = 100  # tensors, and layers, by the variables of one frame
MOST_QUOTED = 400  # characters of code in a sentence
MOST_STATEMENTS = 100  # that build one model
MOST_READS = 200  # tensors that calls read, each wherever the code says so


def shown(value: str) -> str:
    """Text as a terminal would end up showing it: colours gone, and overwritten lines with them."""
    plain = ESCAPES.sub("", value).replace("\r\n", "\n")
    if "\r" in plain:
        plain = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in plain.split("\n"))
    return CONTROLS.sub("", plain)


@dataclass(frozen=True)
class Cut(GroupedMetadata):
    """So many characters of a text, as a terminal would show them."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield AfterValidator(lambda text: shown(text[: self.most]))
        yield WithJsonSchema({"type": "string", "maxLength": self.most})


@dataclass(frozen=True)
class Items(GroupedMetadata):
    """A list, of at most so many; nothing is read after its first error."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield Field(max_length=self.most, fail_fast=True)


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


def _identifier(text: str) -> str:
    """A name as Python has them, with dots; of anything else, what such a name can hold."""
    return re.sub(r"[^\w.]+", "_", text)[:200]


def quotable(value: object) -> str:
    """Code as it can stand between backquotes, in one line."""
    return " ".join(value.replace("`", "'").split())[:MOST_QUOTED] if isinstance(value, str) else ""


Flag: TypeAlias = Annotated[bool, Strict()]
Number: TypeAlias = Annotated[float, Strict()]
Whole: TypeAlias = Annotated[int, Strict(), Field(ge=-(10**12), le=10**12)]
Count: TypeAlias = Annotated[int, Strict(), Field(ge=0, le=10**12)]
FromOne: TypeAlias = Annotated[Whole | None, AfterValidator(lambda number: number if number and number > 0 else None)]
Object: TypeAlias = dict[str, Any]  # read in turn by whoever needs it
Text: TypeAlias = Annotated[str, Cut(500)]
Name: TypeAlias = Annotated[str, Cut(200)]
Names: TypeAlias = Annotated[tuple[Name, ...], Items(100)]
Identifier: TypeAlias = Annotated[str, Cut(500), AfterValidator(_identifier)]
LayerName: TypeAlias = Annotated[str, AfterValidator(lambda name: name[:80])]  # as it is: configs are searched for it
Expression: TypeAlias = Annotated[str, Cut(80), AfterValidator(lambda text: text if EXPRESSION.fullmatch(text) else "")]
Prefix: TypeAlias = Annotated[str, Cut(80), AfterValidator(lambda text: text if PREFIX.fullmatch(text) else "")]
Quoted: TypeAlias = Annotated[str, Strict(), AfterValidator(quotable)]
Spaces: TypeAlias = Annotated[int, Strict(), Field(ge=0, le=100)]
LineNumber: TypeAlias = Annotated[int, Strict(), Field(ge=0, lt=10**6)]
Ranges: TypeAlias = Annotated[tuple[tuple[Number, Number], ...], Items(64)]
