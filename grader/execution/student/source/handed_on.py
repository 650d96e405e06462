"""What functions are given by their calls, as far as they hand it on as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .data_flow import MUTATORS, bases, turning
from .sources import Source, Span
from .statements import bound_by, is_written_out, last_name, own_parts, reads

CHANGING = MUTATORS | {"clear", "pop", "popitem", "remove", "sort"}


class LineOfCode(Protocol):
    """A line of the student's, and the place of the expression that a frame is evaluating there."""

    @property
    def source(self) -> Source: ...
    @property
    def line(self) -> int: ...
    @property
    def span(self) -> Span: ...


@dataclass(frozen=True)
class Handed:
    """What a call gives to those parameters of a function that still have it on a line; nothing to what it leaves out.

    `rest` is the parameter for all other keywords, if that still has them, and `others` are these. What is unclear is
    not there: what a loop around the call gives in turn, and what is unpacked.
    """

    call: ast.Call | None = None
    values: Mapping[str, ast.expr | None] = field(default_factory=dict)
    rest: str = ""
    others: Mapping[str, ast.expr] = field(default_factory=dict)


NOTHING = Handed()


def handed_on(inner: LineOfCode, outer: LineOfCode) -> Handed:
    """What the function of a line has there of what it was given by the call that another line makes."""
    function, call = inner.source.function_at(inner.line), outer.source.at(outer.span, ast.Call)
    if function is None or call is None or last_name(call.func) != function.name:
        return NOTHING
    by_place = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
    by_place = by_place[inner.source.is_method(function) :]
    names = [*by_place, *(part.arg for part in function.args.kwonlyargs)]
    is_whole = is_written_out(call)
    given = dict(zip(by_place, call.args, strict=False)) if is_whole else {}
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    changed = _changed(node for node in own_parts(function) if getattr(node, "lineno", inner.line) < inner.line)
    turns = turning(outer.source.loops, outer.line)
    plain = {name: node for name, node in given.items() if turns.isdisjoint(reads(node))}
    values = {name: plain.get(name) for name in names if name in plain or (is_whole and name not in given)}
    rest = function.args.kwarg.arg if is_whole and function.args.kwarg else ""
    return Handed(
        call,
        {name: node for name, node in values.items() if name not in changed},
        rest if rest not in changed else "",
        {name: node for name, node in plain.items() if name not in names},
    )


def _changed(nodes: Iterable[Any]) -> set[str]:
    """The names that are given something, or whose values are changed."""
    nodes = [*nodes]
    parts: list[ast.expr] = [
        node for node in nodes if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
    ]
    calls = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    parts += [func.value for func in calls if func.attr in CHANGING]
    return bound_by(nodes).union(*map(bases, parts))
