"""Types of untrusted values: their bounds are held where they are read, and published with the schema.

A text that is too long is cut. A list or an object that is too long is an error, before much of it has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

from grader.execution.strict_json import shown

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
    """A value that is `made` from one of another type, which is what the schema has."""

    source: Any
    made: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.made, handler.generate_schema(self.source))


def becoming(noun: Callable[..., Any]) -> Callable[[Part], Any]:
    """Makes a noun from a part that has the same names."""
    return lambda part: noun(**dict(part))


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
