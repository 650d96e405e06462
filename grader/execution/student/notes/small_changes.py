"""A call that failed, as it would have worked: small changes of it are tried where it was made."""

from __future__ import annotations

import ast
import contextlib
import copy
import os
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from types import FunctionType
from typing import Any

from ..source.layer_origins import operation_of
from ..source.rewrite import Finding, Said, Written, elsewhere, in_two_brackets, nearest
from ..source.statements import last_name
from .arguments import METHODS
from .failed_calls import Failed, joins

SMALL = "small-change"
MOST_ENTRIES = 8
MOST_CALLS = 6
MOST_FRAMES = 4
MOST_TRIED = 200  # kinds, and changes of each
WAIT = 3  # times the processor time that is left, on a busy machine
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)
Change = tuple[ast.AST, ast.expr]  # a part of a line, and what may have been meant
Kind = tuple[str, Said, Sequence[Change]]  # the code of a note, what it says, and changes that are alike


def small_change(failed: Failed) -> Iterator[Finding]:
    """The change of a kind that alone makes a line work, the innermost line first; of several nobody knows which it is.

    What `fit` and its kin are given is looked at where they are called.
    """
    spots = failed.recorder.sources.traced(failed.error)[: -MOST_FRAMES - 1 : -1] if failed.keras is not None else []
    for spot in (replace(failed, **vars(one)) for one in spots):
        call = spot.node(ast.Call)
        whole = _whole(spot, call)
        if whole is None or (call and last_name(call.func) in METHODS):
            continue
        part: ast.expr = call or whole  # of what a comprehension computes, its own frame knows too little
        kinds = [(code, said, changes[:MOST_TRIED]) for code, said, changes in _kinds(spot, part)][:MOST_TRIED]
        tried = [[ast.unparse(_with(whole, *change)) for change in changes] for _, _, changes in kinds]
        if found := _working(spot, ast.unparse(whole), tried):
            code, said, changes = kinds[found[0]]
            old = ast.get_source_segment(spot.source.text, part) or ast.unparse(part)
            new = ast.unparse(_with(part, *changes[found[1]]))
            yield code, {**said, **elsewhere(spot.source, [(part.lineno, new, old)])}
            return


def _whole(spot: Failed, call: ast.Call | None) -> ast.expr | None:
    """What the statement computes that makes a call, or that stands in the line."""
    values = [one.value for one in spot.source.statements_at(spot.line) if isinstance(one, SIMPLE)]
    return next((one for one in values if one and (call is None or call in [*ast.walk(one)])), None)


def _kinds(failed: Failed, failing: ast.expr) -> Iterator[Kind]:
    """What may have been meant, the likeliest first: other arguments of a call, and something else by another name."""
    parts = [*ast.walk(failing)]
    calls = [one for one in parts if isinstance(one, ast.Call)]
    for call in calls[:MOST_CALLS]:
        yield from _of_arguments(failed, call)
    functions = [one.func for one in calls]
    held = [(one, failed.value(one)) for one in parts if isinstance(one, ast.Name) and one not in functions]
    known = [one for one in failed.scope if one[:1] != "_"]
    strange = [one for one in parts if isinstance(one, ast.Name) and one.id not in failed.scope]  # of Python's own
    near = [(one, ast.Name(name)) for one in strange for name in known if nearest(one.id, [name])]
    yield "misspelt-name", {}, near
    for name, value in held:
        yield "layer-not-called", {"case": "given", "name": name.id}, _results(failed, name, value)
    own = [one for one, value in held if _is_own(failed, value)]
    yield SMALL, {}, [(one, ast.Call(one, [], [])) for one in own]
    yield SMALL, {}, [(one, ast.Subscript(one, ast.Constant(key))) for one, value in held for key in _keys(value)]
    inner = [one for one in calls if isinstance(one.func, ast.Call) and one is not failing]
    yield SMALL, {}, [(one, one.func) for one in inner]  # a layer, and not what it gives


def _is_own(failed: Failed, value: Any) -> bool:
    """Whether it is a function, or a class, of the student's."""
    code = value.__code__.co_filename if isinstance(value, FunctionType) else ""
    is_class = isinstance(value, type) and value.__module__ == "__main__"
    return is_class or bool(code and failed.recorder.sources.find(code))


def _of_arguments(failed: Failed, call: ast.Call) -> Iterator[Kind]:
    """The same arguments in brackets of their own, in another order, in a list, or unpacked; a layer without `add`."""
    args, held = call.args, [*map(failed.value, call.args)]
    tensors = [one for one in Written(call, failed).parts.values() if failed.is_tensor(one)]
    if tensors and isinstance(failed.value(call.func), type):
        yield "tensor-as-setting", {}, [(call, _expression(in_two_brackets(call, tensors)["new"]))]
    inner, function = call.func, ast.unparse(call.func)
    if _is_add(inner) and args and failed.targets:  # `x = model.add(Dense(3)(x))`, which gives nothing
        yield SMALL, {}, [(call, args[0])]
    if isinstance(inner, ast.Call) and _is_add(inner.func) and inner.args:
        yield SMALL, {}, [(call, ast.Call(inner.args[0], args, call.keywords))]
    kinds = [_type(one, value) for one, value in zip(args, held, strict=True)]
    pairs = [(a, b) for a, b in combinations(range(len(args)), 2) if kinds[a] is not kinds[b]]
    order = [(call, _calling(call, _put(_put(args, a, args[b]), b, args[a]))) for a, b in pairs]
    yield "argument-unknown", {"case": "order", "function": function}, order
    merge = "merge-needs-list" if joins(failed, call) else SMALL
    is_number = [kind in (int, float) for kind in kinds]  # which functions of NumPy take in lists, too
    if len(args) > 1 and (isinstance(failed.value(call.func), type) or not all(is_number)):
        every = [part for one in args for part in getattr(one, "elts", [one])]
        yield merge, {}, [(call, _calling(call, [ast.List(every)]))]
    dicts = [place for place, value in enumerate(held) if isinstance(value, dict)]
    yield merge, {}, [(args[place], _expression(f"list({ast.unparse(args[place])}.values())")) for place in dicts]
    stars = [place for place, value in enumerate(held) if isinstance(value, (list, tuple))]
    unpacked = [(call, _calling(call, _put(args, place, ast.Starred(args[place])))) for place in stars]
    keywords = [(place, ast.keyword(None, args[place])) for place in dicts]
    unpacked += [(call, _calling(call, [*args[:place], *args[place + 1 :]], more)) for place, more in keywords]
    yield SMALL, {}, unpacked
    alone = [one for one in args if isinstance(one, (ast.List, ast.Tuple)) and len(one.elts) == 1]
    yield SMALL, {}, [(one, one.elts[0]) for one in alone]


def _type(node: ast.expr, value: Any) -> type:
    """Of an argument: that of its value, where this is known."""
    if isinstance(node, ast.Name):
        return type(value)
    with contextlib.suppress(ValueError):
        return type(ast.literal_eval(node))
    return type(node)


def _is_add(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "add"


def _results(failed: Failed, layer: ast.Name, value: Any) -> list[Change]:
    """The variables that hold what a layer returned, in its place."""
    is_layer = isinstance(value, failed.keras.layers.Layer)
    held = [name for name, one in failed.variables.items() if is_layer and operation_of(one) is value]
    return [(layer, ast.Name(name)) for name in held]


def _keys(value: Any) -> list[Any]:
    """Of the first entries of what holds several things."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, (list, tuple)) else ()
    return [key for key in [*keys][:MOST_ENTRIES] if isinstance(key, (str, int))]


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _calling(call: ast.Call, args: list[ast.expr], *keywords: ast.keyword) -> ast.Call:
    return ast.Call(call.func, args, [*call.keywords, *keywords])


def _put(args: list[ast.expr], place: int, new: ast.expr) -> list[ast.expr]:
    return [*args[:place], new, *args[place + 1 :]]


def _with(whole: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """A copy of an expression with another part in place of one."""
    copied = copy.deepcopy(whole)
    pairs = zip(ast.walk(whole), ast.walk(copied), strict=True)
    gone = next(after for before, after in pairs if before is old)

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return new if node is gone else self.generic_visit(node)

    found: ast.expr = Put().visit(copied)
    return found


def _working(failed: Failed, now: str, kinds: Sequence[Sequence[str]]) -> list[int]:
    """The kind, and which of it, that works; nothing where none does, or several of the first kind that has one.

    It is tried in a copy of the process, since a call of a layer leaves its traces in all that it is called on.
    """
    recorder = failed.recorder
    if not hasattr(os, "fork") or recorder.seconds_to_try <= 0:
        return []
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            recorder.muted = True
            os.write(write, bytes(_first_alone(failed, now, kinds)))
        os._exit(0)
    os.close(write)
    is_told = bool(select.select([read], [], [], WAIT * recorder.seconds_to_try)[0])
    found = [*os.read(read, 2)] if is_told else []
    os.close(read)
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    usage = os.wait4(child, 0)[2]
    recorder.seconds_to_try -= usage.ru_utime + usage.ru_stime if is_told else recorder.seconds_to_try
    return found


def _first_alone(failed: Failed, now: str, kinds: Sequence[Sequence[str]]) -> list[int]:
    """As `_working`; nothing where what stands there works: then it is what is done with it that failed."""
    frame: Any = failed.frame
    names = {**frame.f_globals, **frame.f_locals}  # as one, which a comprehension sees too
    for place, expressions in enumerate([[now], *kinds]):
        working = []
        for number, expression in enumerate(expressions):
            with contextlib.suppress(Exception):
                eval(expression, names)
                working.append(number)
        if working:
            return [place - 1, *working] if place and len(working) == 1 else []
    return []
