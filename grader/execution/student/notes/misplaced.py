"""What a source shows to stand where it does not do what was meant: below `return`, in a loop, or third."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..source.places import Source
from ..source.rewrite import instead
from ..source.statements import last_name, own_parts
from .fit_calls import METHODS
from .keras2 import PlacedConclusion

INITIALIZER = re.compile("uniform|normal|zeros|ones|identity|orthogonal")


def _below_return(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """A `compile` or `fit` that no run comes to."""
    body = node.body if isinstance(node, ast.FunctionDef) else []
    ends = [number for number, statement in enumerate(body) if isinstance(statement, ast.Return)]
    parts = [part for statement in body[ends[0] + 1 :] for part in own_parts(statement)] if ends else []
    for call in [part for part in parts if isinstance(part, ast.Call) and last_name(part.func) in METHODS][:1]:
        yield call, ("below-return", {"above": source.location(body[ends[0]].lineno)["line"]})


def _ended(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """A loop at the end of a function that its own `return` ends; with a `continue`, it may be a search."""
    loop = node.body[-1] if isinstance(node, ast.FunctionDef) else None
    end = loop.body[-1] if isinstance(loop, ast.For) else None
    if isinstance(end, ast.Return) and not any(isinstance(part, ast.Continue) for part in ast.walk(node.body[-1])):
        line = ast.unparse(end)
        yield end, ("lost-result", {"line": line, "within": node.name, **instead("", line)})


def _bias_by_place(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """`Dense(20, 'sigmoid', 'uniform')`, which raises no error: text is true."""
    third = node.args[2] if isinstance(node, ast.Call) and last_name(node.func) == "Dense" and node.args[2:] else None
    if isinstance(third, ast.Constant) and isinstance(third.value, str) and INITIALIZER.search(third.value):
        named = [*node.keywords, ast.keyword("kernel_initializer", third)]
        new = ast.unparse(ast.Call(node.func, [*node.args[:2], *node.args[3:]], named))
        yield node, ("bias-by-place", instead(new, ast.unparse(node)))


MISPLACED: tuple[Callable[[ast.AST, Source], Iterator[PlacedConclusion]], ...] = (
    _below_return,
    _ended,
    _bias_by_place,
)
