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
from .fit_calls import METHODS
from .keras2 import PlacedConclusion

ONCE = ("zip", "map", "filter", "enumerate", "reversed", "iter")  # what they give is gone through once
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
        yield end, ("lost-result", {"case": "return", "gone": line, "line": line, "within": node.name})


def _repeated(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """`[Input((1,))] * 3`, which is one input three times; one layer may be meant to be shared."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
        entry = node.left.elts[0] if len(node.left.elts) == 1 else None
        if isinstance(entry, ast.Call) and last_name(entry.func) == "Input":
            each = f"[{ast.unparse(entry)} for _ in range({ast.unparse(node.right)})]"
            yield node, ("lost-result", {"case": "times", **instead(each, ast.unparse(node))})


def _emptied(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """A list that is made anew in each pass, is given something there, and is read below."""
    body = node.body if isinstance(node, ast.For) else []
    lines = [part for part in body if isinstance(part, ast.Assign) and unparsed(part.value) == "[]"]
    if not lines:
        return  # what follows looks at the whole source
    below = {load.id for load in source.loads if load.lineno > (node.end_lineno or 0)}
    filled = {_appended(part) for part in ast.walk(node)}
    stored = Counter(part.id for part in source.nodes if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    for line in lines:
        name = unparsed(line.targets[0])
        if name in below and name in filled and stored[name] == 1:
            above = source.location(node.lineno)["line"]
            yield line, ("lost-result", {"case": "list", "made": ast.unparse(line), "above": above})


def _appended_once(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """What each pass of a loop makes, put into a list below the loop."""
    body = node.body if isinstance(node, (ast.Module, ast.FunctionDef)) else []
    for loop, after in pairwise(body):
        if isinstance(loop, ast.For) and _is_for_each(after, loop):
            call, last = ast.unparse(after), ast.unparse(loop.body[-1])
            inside = elsewhere(source, [(loop.body[-1].lineno, f"{last}; {call}", last)])
            yield after, ("lost-result", {"case": "append", "gone": call, **inside})


def _each_from_the_first(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """`h = Dense(units)(x)` in a loop that reads no `h` and gives `x` no value: all layers but the last are lost."""
    lines = [part for part in node.body if isinstance(part, ast.Assign)] if isinstance(node, ast.For) else []
    inside = [part for part in ast.walk(node) if isinstance(part, ast.Name)] if lines else []
    read = {part.id for part in inside if isinstance(part.ctx, ast.Load)}
    stored = {part.id for part in inside if isinstance(part.ctx, ast.Store)}
    for line in lines:
        name, call = unparsed(line.targets[0]), line.value
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            continue
        is_layer = isinstance(call.func, ast.Call) or unparsed(call.func) == unparsed(node.target)
        first, needed = unparsed(call.args[0]), [part for part in source.named(name) if part.lineno > node.end_lineno]
        if is_layer and first.isidentifier() and first not in stored and name not in read and needed:
            if any(_appended(part) and name in map(unparsed, part.value.args) for part in source.nodes):  # type: ignore[attr-defined]
                continue  # which is told as that
            new = ast.unparse(ast.Assign(line.targets, ast.Call(call.func, [ast.Name(name)], call.keywords), lineno=0))
            there = elsewhere(source, [(line.lineno, new, ast.unparse(line))])
            yield node, ("lost-result", {"case": "chain", "name": name, "line": f"{name} = {first}", **there})


def _gone_through_twice(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """`pairs = zip(a, b)`, over which two loops go: the second one finds nothing."""
    value, name = getattr(node, "value", None), unparsed(node.targets[0]) if isinstance(node, ast.Assign) else ""
    is_once = isinstance(value, ast.GeneratorExp) or (isinstance(value, ast.Call) and last_name(value.func) in ONCE)
    loops = (
        [part for part in source.nodes if isinstance(part, (ast.For, ast.comprehension))] if name and is_once else []
    )
    if [unparsed(loop.iter) for loop in loops].count(name) > 1 and len(source.assigning(name)) == 1:
        yield (
            node,
            ("lost-result", {"case": "once", "name": name, **instead(f"list({unparsed(value)})", unparsed(value))}),
        )


def _bias_by_place(node: Any, source: Source) -> Iterator[PlacedConclusion]:
    """`Dense(20, 'sigmoid', 'uniform')`, which raises no error: text is true."""
    third = node.args[2] if isinstance(node, ast.Call) and last_name(node.func) == "Dense" and node.args[2:] else None
    if isinstance(third, ast.Constant) and isinstance(third.value, str) and INITIALIZER.search(third.value):
        named = [*node.keywords, ast.keyword("kernel_initializer", third)]
        new = ast.unparse(ast.Call(node.func, [*node.args[:2], *node.args[3:]], named))
        yield node, ("bias-by-place", instead(new, ast.unparse(node)))


def _is_for_each(line: ast.stmt, loop: ast.For) -> bool:
    """Whether a line below a loop adds to a list what each pass of the loop makes."""
    name, call = _appended(line), getattr(line, "value", None)
    names = {unparsed(target) for part in loop.body if isinstance(part, ast.Assign) for target in part.targets}
    arguments = {*map(unparsed, call.args)} if isinstance(call, ast.Call) else set()
    return bool(name) and bool(arguments & names) and name not in {_appended(part) for part in ast.walk(loop)}


def _appended(node: ast.AST) -> str:
    """The list to which a statement appends."""
    call = node.value if isinstance(node, ast.Expr) else None
    is_append = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append"
    return unparsed(call.func.value) if is_append else ""  # type: ignore[union-attr]


MISPLACED: tuple[Callable[[ast.AST, Source], Iterator[PlacedConclusion]], ...] = (
    _repeated,
    _below_return,
    _ended,
    _emptied,
    _appended_once,
    _each_from_the_first,
    _gone_through_twice,
    _bias_by_place,
)
