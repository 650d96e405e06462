"""A call that failed, as it would have worked: small changes of it are tried where it was made."""

from __future__ import annotations

import ast
import contextlib
import copy
import os
import select
import signal
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice
from types import FunctionType
from typing import Any

from ..describe import operation_of
from ..source.rewrite import Conclusion, NoteValues, Written, elsewhere, in_two_brackets, instead, nearest
from ..source.statements import last_name
from .failed_calls import Failed, joins
from .fit_calls import METHODS

SMALL = "small-change"
MOST_ENTRIES = 8
MOST_CALLS = 6
MOST_FRAMES = 4
MOST_TRIED = 200  # kinds, and changes of each
WAIT = 3  # times the processor time that is left, on a busy machine
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)
Replacement = tuple[ast.AST, ast.expr]  # a part of a line, and what may have been meant
Kind = tuple[str, NoteValues, Sequence[Replacement]]  # the code of a note, what it says, and changes that are alike


def small_change(failed: Failed) -> Iterator[Conclusion]:
    """The change of a kind that alone makes a line work, the innermost line first; of several nobody knows which it is.

    What `fit` and its kin are given is looked at where they are called.
    """
    spots = failed.recorder.sources.traced(failed.error)[: -MOST_FRAMES - 1 : -1] if failed.keras is not None else []
    for spot in (replace(failed, **vars(item)) for item in spots):
        call = spot.node(ast.Call)
        whole = _whole(spot, call)
        if whole is None or (call and last_name(call.func) in METHODS):
            continue
        part: ast.expr = call or whole  # of what a comprehension computes, its own frame knows too little
        likely = islice(_kinds(spot, part, whole), MOST_TRIED)
        kinds = [(code, details, changes[:MOST_TRIED]) for code, details, changes in likely]
        texts = [[ast.unparse(_with(whole, *change)) for change in changes] for _, _, changes in kinds]
        if numbers := _working(spot, ast.unparse(whole), texts):
            code, details, changes = kinds[numbers[0]]
            old = ast.get_source_segment(spot.source.text, part) or ast.unparse(part)
            new = ast.unparse(_with(part, *changes[numbers[1]]))
            is_here = spot.source is failed.source and part.lineno == failed.line
            change = instead(new, old) if is_here else elsewhere(spot.source, [(part.lineno, new, old)])
            yield code, {**details, **change}
            return


def _whole(spot: Failed, call: ast.Call | None) -> ast.expr | None:
    """What the statement computes that makes a call, or that stands in the line."""
    values = [statement.value for statement in spot.source.statements_at(spot.line) if isinstance(statement, SIMPLE)]
    return next((value for value in values if value and (call is None or call in [*ast.walk(value)])), None)


def _kinds(failed: Failed, failing: ast.expr, whole: ast.expr) -> Iterator[Kind]:
    """What may have been meant, the likeliest first: other arguments of a call, and something else by another name.

    `whole` is what the statement of the call that is `failing` computes.
    """
    parts = [*ast.walk(failing)]
    calls = [part for part in parts if isinstance(part, ast.Call)]
    for call in calls[:MOST_CALLS]:
        yield from _of_arguments(failed, call)
    functions = [part.func for part in calls]
    values = [(part, failed.value(part)) for part in parts if isinstance(part, ast.Name) and part not in functions]
    names = [label for label in failed.scope if label[:1] != "_"]
    strange = [part for part in parts if isinstance(part, ast.Name) and part.id not in failed.scope]  # of Python's own
    near = [(part, ast.Name(label)) for part in strange for label in names if nearest(part.id, [label])]
    yield "misspelt-name", {}, near
    for node, value in values:
        yield "layer-not-called", {"case": "given", "name": node.id}, _results(failed, node, value)
    listed = {
        part.id for part, value in values if isinstance(value, list) and all(hasattr(array, "shape") for array in value)
    }
    yield SMALL, {}, [(failing, entries)] if (entries := _entries(failing, listed)) else []
    yield SMALL, {}, [(part, _expression(f"list({part.id})")) for part, value in values if hasattr(value, "__next__")]
    own = [part for part, value in values if _is_own(failed, value)]
    yield SMALL, {}, [(part, ast.Call(part, [], [])) for part in own]
    yield SMALL, {}, [(part, ast.Subscript(part, ast.Constant(key))) for part, value in values for key in _keys(value)]
    bare = [part for part in calls if not part.args and not part.keywords and part is not whole]
    given = [part for part in bare if isinstance(function := failed.value(part.func), FunctionType)
             and not _is_own(failed, function)]  # fmt: skip
    yield SMALL, {}, [(part, part.func) for part in given]  # `loss=mean_squared_error()`
    inner = [part for part in calls if isinstance(part.func, ast.Call) and part is not failing]
    yield SMALL, {}, [(part, part.func) for part in inner]  # a layer, and not what it gives


def _entries(node: ast.expr, lists: Collection[str]) -> ast.expr | None:
    """The same with `pred[0]` in place of `pred[:, 0]`: of several outputs, `predict` gives a list."""
    copied = copy.deepcopy(node)
    for part in ast.walk(copied):
        if isinstance(part, ast.Subscript) and ast.unparse(part.value) in lists:
            match part.slice:
                case ast.Tuple([ast.Slice(None, None, None), ast.Constant() as column]):
                    part.slice = column
    return copied if ast.unparse(copied) != ast.unparse(node) else None


def _is_own(failed: Failed, value: Any) -> bool:
    """Whether it is a function, or a class, of the student's."""
    code = value.__code__.co_filename if isinstance(value, FunctionType) else ""
    is_class = isinstance(value, type) and value.__module__ == "__main__"
    return is_class or bool(code and failed.recorder.sources.find(code))


def _of_arguments(failed: Failed, call: ast.Call) -> Iterator[Kind]:
    """The same arguments in brackets of their own, in another order, in a list, or unpacked; a layer without `add`."""
    args, held = call.args, [*map(failed.value, call.args)]
    tensors = [argument for argument in Written(call, failed).parts.values() if failed.is_tensor(argument)]
    if tensors and isinstance(failed.value(call.func), type):
        yield "tensor-as-setting", {}, [(call, _expression(in_two_brackets(call, tensors)["new"]))]
    inner, function = call.func, ast.unparse(call.func)
    if _is_add(inner) and args and failed.targets:  # `x = model.add(Dense(3)(x))`, which gives nothing
        yield SMALL, {}, [(call, args[0])]
    if isinstance(inner, ast.Call) and _is_add(inner.func) and inner.args:
        yield SMALL, {}, [(call, ast.Call(inner.args[0], args, call.keywords))]
    kinds = [_type(argument, value) for argument, value in zip(args, held, strict=True)]
    swaps = [(a, b) for a, b in combinations(range(len(args)), 2) if kinds[a] is not kinds[b]]
    order = [(call, _calling(call, _put(_put(args, a, args[b]), b, args[a]))) for a, b in swaps]
    yield "argument-unknown", {"case": "order", "function": function}, order
    merge = "merge-needs-list" if joins(failed, call) else SMALL
    is_number = [kind in (int, float) for kind in kinds]  # which functions of NumPy take in lists, too
    if len(args) > 1 and (isinstance(failed.value(call.func), type) or not all(is_number)):
        every = [part for argument in args for part in getattr(argument, "elts", [argument])]
        yield merge, {}, [(call, _calling(call, [ast.List(every)]))]
    dicts = [place for place, value in enumerate(held) if isinstance(value, dict)]
    yield merge, {}, [(args[place], _expression(f"list({ast.unparse(args[place])}.values())")) for place in dicts]
    stars = [place for place, value in enumerate(held) if isinstance(value, (list, tuple))]
    unpacked = [(call, _calling(call, _put(args, place, ast.Starred(args[place])))) for place in stars]
    keywords = [(place, ast.keyword(None, args[place])) for place in dicts]
    unpacked += [(call, _calling(call, [*args[:place], *args[place + 1 :]], more)) for place, more in keywords]
    yield SMALL, {}, unpacked
    lists = [argument for argument in args if isinstance(argument, (ast.List, ast.Tuple)) and len(argument.elts) == 1]
    yield SMALL, {}, [(argument, argument.elts[0]) for argument in lists]


def _type(node: ast.expr, value: Any) -> type:
    """Of an argument: that of its value, where this is known."""
    if isinstance(node, ast.Name):
        return type(value)
    with contextlib.suppress(ValueError):
        return type(ast.literal_eval(node))
    return type(node)


def _is_add(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "add"


def _results(failed: Failed, layer: ast.Name, value: Any) -> list[Replacement]:
    """The variables that hold what a layer returned, in its place."""
    is_layer = isinstance(value, failed.keras.layers.Layer)
    names = [name for name, result in failed.variables.items() if is_layer and operation_of(result) is value]
    return [(layer, ast.Name(name)) for name in names]


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
    """A copy of an expression with `new` in place of `old`."""
    copied = copy.deepcopy(whole)
    nodes = zip(ast.walk(whole), ast.walk(copied), strict=True)
    target = next(after for before, after in nodes if before is old)

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return new if node is target else self.generic_visit(node)

    result: ast.expr = Put().visit(copied)
    return result


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
    numbers = [*os.read(read, 2)] if is_told else []
    os.close(read)
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    usage = os.wait4(child, 0)[2]
    recorder.seconds_to_try -= usage.ru_utime + usage.ru_stime if is_told else recorder.seconds_to_try
    return numbers


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
