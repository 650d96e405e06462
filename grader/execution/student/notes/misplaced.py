"""What a source shows to stand where it does not do what was meant: below `return`, in a loop or below it, or third."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from ..source.places import Source
from ..source.rewrite import elsewhere, instead, unparsed
from ..source.statements import last_name, own_parts
from .arguments import METHODS
from .keras2 import Found

INITIALIZER = re.compile("uniform|normal|zeros|ones|identity|orthogonal")


def _below_return(node: Any, source: Source) -> Iterator[Found]:
    """A `compile` or `fit` that no run comes to."""
    body = node.body if isinstance(node, ast.FunctionDef) else []
    ends = [number for number, one in enumerate(body) if isinstance(one, ast.Return)]
    parts = [part for one in body[ends[0] + 1 :] for part in own_parts(one)] if ends else []
    for call in [one for one in parts if isinstance(one, ast.Call) and last_name(one.func) in METHODS][:1]:
        yield call, ("below-return", {"above": source.location(body[ends[0]].lineno)["line"]})


def _ended(node: Any, source: Source) -> Iterator[Found]:
    """A loop at the end of a function that its own `return` ends; one that goes on to what fits may be so."""
    loop = node.body[-1] if isinstance(node, ast.FunctionDef) else None
    end = loop.body[-1] if isinstance(loop, ast.For) else None
    if isinstance(end, ast.Return) and not any(isinstance(one, ast.Continue) for one in ast.walk(node.body[-1])):
        line = ast.unparse(end)
        yield end, ("loop-body", {"case": "return", "gone": line, "line": line, "within": node.name})


def _repeated(node: Any, source: Source) -> Iterator[Found]:
    """`[Input((1,))] * 3`, which is one input three times; a layer may be meant to be one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
        made = node.left.elts[0] if len(node.left.elts) == 1 else None
        if isinstance(made, ast.Call) and last_name(made.func) == "Input":
            each = f"[{ast.unparse(made)} for _ in range({ast.unparse(node.right)})]"
            yield node, ("loop-body", {"case": "times", **instead(each, ast.unparse(node))})


def _emptied(node: Any, source: Source) -> Iterator[Found]:
    """A list that is made anew in each pass, is given something there, and is read below."""
    body = node.body if isinstance(node, ast.For) else []
    made = [one for one in body if isinstance(one, ast.Assign) and unparsed(one.value) == "[]"]
    if not made:
        return  # what follows looks at the whole source
    below = {one.id for one in source.loads if one.lineno > (node.end_lineno or 0)}
    filled = {_appended(one) for one in ast.walk(node)}
    stored = Counter(one.id for one in source.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    for one in made:
        name = unparsed(one.targets[0])
        if name in below and name in filled and stored[name] == 1:
            above = source.location(node.lineno)["line"]
            yield one, ("loop-body", {"case": "list", "made": ast.unparse(one), "above": above})


def _appended_once(node: Any, source: Source) -> Iterator[Found]:
    """What each pass of a loop makes, put into a list below the loop."""
    body = node.body if isinstance(node, (ast.Module, ast.FunctionDef)) else []
    for loop, after in pairwise(body):
        if isinstance(loop, ast.For) and _is_for_each(after, loop):
            call, last = ast.unparse(after), ast.unparse(loop.body[-1])
            inside = elsewhere(source, [(loop.body[-1].lineno, f"{last}; {call}", last)])
            yield after, ("loop-body", {"case": "append", "gone": call, **inside})


def _each_from_the_first(node: Any, source: Source) -> Iterator[Found]:
    """`h = Dense(units)(x)` in a loop that reads no `h` and gives `x` no value: all layers but the last are lost."""
    lines = [one for one in node.body if isinstance(one, ast.Assign)] if isinstance(node, ast.For) else []
    inside = [one for one in ast.walk(node) if isinstance(one, ast.Name)] if lines else []
    read = {one.id for one in inside if isinstance(one.ctx, ast.Load)}
    given = {one.id for one in inside if isinstance(one.ctx, ast.Store)}
    for line in lines:
        name, call = unparsed(line.targets[0]), line.value
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            continue
        is_layer = isinstance(call.func, ast.Call) or unparsed(call.func) == unparsed(node.target)
        first, needed = unparsed(call.args[0]), [one for one in source.named(name) if one.lineno > node.end_lineno]
        if is_layer and first.isidentifier() and first not in given and name not in read and needed:
            if any(_appended(one) and name in map(unparsed, one.value.args) for one in source.nodes):  # type: ignore[attr-defined]
                continue  # which is told as that
            new = ast.unparse(ast.Assign(line.targets, ast.Call(call.func, [ast.Name(name)], call.keywords), lineno=0))
            there = elsewhere(source, [(line.lineno, new, ast.unparse(line))])
            yield node, ("loop-body", {"case": "chain", "name": name, "line": f"{name} = {first}", **there})


def _bias_by_place(node: Any, source: Source) -> Iterator[Found]:
    """`Dense(20, 'sigmoid', 'uniform')`, of which no error comes: text is true."""
    third = node.args[2] if isinstance(node, ast.Call) and last_name(node.func) == "Dense" and node.args[2:] else None
    if isinstance(third, ast.Constant) and isinstance(third.value, str) and INITIALIZER.search(third.value):
        named = [*node.keywords, ast.keyword("kernel_initializer", third)]
        new = ast.unparse(ast.Call(node.func, [*node.args[:2], *node.args[3:]], named))
        yield node, ("bias-by-place", instead(new, ast.unparse(node)))


def _is_for_each(line: ast.stmt, loop: ast.For) -> bool:
    """Whether a line below a loop adds to a list what each pass of the loop makes."""
    name, call = _appended(line), getattr(line, "value", None)
    made = {unparsed(target) for one in loop.body if isinstance(one, ast.Assign) for target in one.targets}
    given = {*map(unparsed, call.args)} if isinstance(call, ast.Call) else set()
    return bool(name) and bool(given & made) and name not in {_appended(one) for one in ast.walk(loop)}


def _appended(node: ast.AST) -> str:
    """The list to which a statement appends."""
    call = node.value if isinstance(node, ast.Expr) else None
    is_append = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append"
    return unparsed(call.func.value) if is_append else ""  # type: ignore[union-attr]


MISPLACED: tuple[Callable[[ast.AST, Source], Iterator[Found]], ...] = (
    _repeated,
    _below_return,
    _ended,
    _emptied,
    _appended_once,
    _each_from_the_first,
    _bias_by_place,
)
