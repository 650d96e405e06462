"""Where a value that a layer was given is written, if that is not in the call itself.

That is the only literal of this value to which names, entries of lists, loops and parameters lead back.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from .flows import arguments, bases, given_by_call, parts
from .locate import Source, Sources, call_span
from .statements import last_name

MOST_STEPS = 100
MOST_SHOWN = 80


@dataclass(frozen=True)
class _Part:
    """An expression, and its source, in which variables are told apart."""

    node: Any
    source: Source

    def is_within(self, node: ast.AST, source: Source) -> bool:
        return source is self.source and node.lineno <= self.node.lineno <= node.end_lineno  # type: ignore[attr-defined]


def written_values(
    sources: Sources, layer: Any, frame: FrameType | None, values: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """By parameter of the layer that a frame is creating with these values: the literal, and where it is."""
    apart = ((source.told_apart, one) for source, one in sources.frames(frame))
    calls = [_Part(source.at(call_span(one), ast.Call), source) for source, one in apart]
    if not calls or calls[0].node is None or last_name(calls[0].node.func) != type(layer).__name__:
        return {}
    creating, calls = calls[0], [call for call in calls if call.node is not None]
    program = [source.told_apart for source in sources.known.values()]
    found = {}
    for name, node in arguments(creating.node, list(inspect.signature(type(layer).__init__).parameters)[1:]).items():
        literals = _literals(_Part(node, creating.source), repr(values.get(name)), calls, program)
        if len(literals) == 1 and literals[0].node not in ast.walk(creating.node) and _is_alone(literals[0]):
            source, literal = literals[0].source, literals[0].node
            text = ast.get_source_segment(source.text, literal) or ""
            found[name] = {"text": text[:MOST_SHOWN], "location": source.location(literal.lineno)}
    return found


def _literals(start: _Part, value: str, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """Those of a value that an expression may have it from."""
    waiting, seen, found = [start], set[str](), dict[str, _Part]()
    while waiting and len(seen) < MOST_STEPS:
        part = waiting.pop()
        for node in parts(part.node):
            if isinstance(node, ast.Constant):
                if repr(node.value) == value:  # a cell may be known by several names of files
                    found[f"{part.source.location(node.lineno)} {node.col_offset}"] = _Part(node, part.source)
                continue
            for name in {*bases(node)} - seen:
                seen.add(name)
                waiting += _given(name, _Part(node, part.source), calls, program)
    return list(found.values())


def _given(name: str, part: _Part, calls: Sequence[_Part], program: Sequence[Source]) -> list[_Part]:
    """What a name may have been given: by a call that is being made, by a loop around, or else anywhere."""
    for call in calls:
        functions = (source.functions.get(last_name(call.node.func)) for source in program)
        for value, names in (pair for function in functions if function for pair in given_by_call(call.node, function)):
            if name in names:
                return [_Part(value, call.source)]
    pairs = [(node, _Part(value, source)) for source in program for node, value in source.given.get(name, ())]
    around = [value for node, value in pairs if part.is_within(node, value.source)]
    return around or [value for _, value in pairs]


def _is_alone(literal: _Part) -> bool:
    """Whether it is clear which it is in its line."""
    line = [one.value for one in literal.source.nodes
            if isinstance(one, ast.Constant) and one.lineno == literal.node.lineno]  # fmt: skip
    return line.count(literal.node.value) == 1
