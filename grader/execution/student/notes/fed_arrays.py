"""Arrays that a model is fed: their shapes, and how a call has them."""

from __future__ import annotations

import ast
import math
import numbers
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..source.statements import inert
from ..source.written_calls import Argument, NoteValues, list_of, unparsed

Shape = tuple[int | None, ...]
MOST_ARRAYS = 64
PRIMARY = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Tuple, ast.Dict)  # which need no brackets


@dataclass(frozen=True)
class Fed:
    """One of the two things that `fit`, or its `validation_data`, is given; the model's `tensors` have `names`."""

    argument: Argument
    tensors: tuple[Any, ...]
    names: tuple[str, ...]
    where: str

    @property
    def data(self) -> Any:
        return self.argument.value

    @cached_property
    def arrays(self) -> dict[Any, Any]:
        """By their key in a dict or a list, in the order of the model."""
        if not is_data(self.data):
            return {}
        if isinstance(self.data, dict):
            keys = [name for name in self.names if name in self.data] or list(self.data)
            return {key: self.data[key] for key in keys[:MOST_ARRAYS]}
        return {0: self.data} if self.is_one else dict(enumerate(self.data[:MOST_ARRAYS]))

    @property
    def is_one(self) -> bool:
        """Whether it is a single array, or stands for one."""
        return not isinstance(self.data, (dict, list, tuple)) or is_numbers(self.data)

    @property
    def shapes(self) -> Iterator[tuple[Shape, Shape]]:
        """What the model needs of each array, and what the array has."""
        yield from zip(map(shape_of, self.tensors), map(shape_of, self.arrays.values()), strict=False)

    @property
    def text(self) -> str:
        return self.argument.text or self.argument.name

    def text_of(self, index: int) -> str:
        """One of the arrays, as it stands in the call."""
        elements = getattr(self.argument.node, "elts", ())
        if not self.is_one and len(elements) == len(self.arrays):
            return unparsed(elements[index])
        node = self.argument.node
        whole = self.text if node is None or isinstance(node, PRIMARY) else f"({self.text})"
        return self.text if self.is_one else f"{whole}[{list(self.arrays)[index]!r}]"

    def in_form(self, numpy: str = "") -> NoteValues:
        """The argument with each array in the form that the model takes: lists as arrays, rows as columns, and as many
        columns as it has."""
        texts = []
        for index, (needed, array) in enumerate(zip(map(shape_of, self.tensors), self.arrays.values(), strict=False)):
            text, shape = self.text_of(index), shape_of(array)
            if isinstance(array, numbers.Number) or is_numbers(array):
                text = f"{numpy}.array({text if is_numbers(array) else f'[{text}]'})"
            elif len(needed) == 2:
                text = in_columns(text, shape, needed[1] or 0)
            texts.append(text)
        return self.instead(texts)

    def instead(self, texts: Sequence[str]) -> NoteValues:
        """The argument with these arrays."""
        whole = texts[0] if self.is_one else list_of(texts)
        return self.argument.instead(whole) if len(texts) == len(self.arrays) else {}


def in_columns(text: str, shape: Shape, wanted: int) -> str:
    """The code of an array, with which it has so many columns: of a row, and of numbers in more axes, one."""
    numbers_of_one = math.prod(size or 1 for size in shape[1:])
    if wanted == 1 and (is_row(shape) or (len(shape) > 2 and numbers_of_one == 1)):
        return f"{text}.reshape(-1, 1)"
    return f"{text}[:, :{wanted}]" if len(shape) == 2 and (shape[1] or 0) > wanted > 0 else text


def is_data(value: Any) -> bool:
    """Arrays, and what stands for arrays; a data set or a generator is not looked into."""
    if inert([value]):
        return False
    return isinstance(value, (list, tuple, dict, numbers.Number)) or (hasattr(value, "shape") and value is not None)


def is_row(shape: Shape) -> bool:
    """Whether this is the shape of all samples side by side, in one that holds them."""
    return shape[:1] == (1,) and math.prod(size or 1 for size in shape[1:]) > 1


def is_numbers(value: Any) -> bool:
    """A list of plain numbers, however deep: Keras wants an array."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(item, numbers.Number) or is_numbers(item) for item in value[:100])


def shape_of(array: Any) -> Shape:
    try:
        return tuple(None if size is None else int(size) for size in list(getattr(array, "shape", None) or ())[:16])
    except (TypeError, ValueError):
        return ()


def has_columns(needed: Shape, shape: Shape) -> bool:
    """(N,) and (N, 1) are the same to Keras, and to us."""
    return fits(needed, shape) or fits(needed, (*shape, 1)) or (shape[-1:] == (1,) and fits(needed, shape[:-1]))


def fits(needed: Shape, given: Shape) -> bool:
    axes = zip(needed, given, strict=False)
    return len(needed) == len(given) and all(None in sizes or sizes[0] == sizes[1] for sizes in axes)
