"""What a program gives to which names, read off its source.

Scopes are told apart first, so that a variable of a function and one of the module are two names: see `tell_apart`.
An attribute of an object of the program's own is a name with a dot, `.units` of `self.units`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from .statements import NESTED, binds, given_to, last_name, returned, walk

FUNCTIONS = NESTED[:2]
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "put"})
# What gives one of its arguments, or a collection of them.
HANDING_ON = frozenset({
    "min", "max", "sorted", "sort", "argmin", "argmax", "argsort", "zip", "enumerate", "list", "tuple",
    "dict", "field",
})  # fmt: skip
PARTS_OF = frozenset({"items", "values"})  # methods that give what their owner holds
Given = tuple[ast.expr, Iterable[str]]  # a value, and the names that are given it


def tell_apart(tree: ast.Module) -> None:
    """Give each variable of a function a name that no other function has."""
    for function in reversed([node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]):  # the inner ones first
        nodes = [*ast.walk(function)]
        own = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}.union(*map(binds, function.body))
        own -= {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
        own -= {node.name for node in nodes if isinstance(node, FUNCTIONS)}
        for node in nodes:
            if isinstance(node, ast.Name) and node.id in own:
                node.id = local(node.id, function)
            elif isinstance(node, ast.arg) and node.arg in own:
                node.arg = local(node.arg, function)


def local(name: str, function: Any) -> str:
    return f"{name} in {function.name}"


def plain(name: str) -> str:
    """A name as it is written."""
    return name.partition(" in ")[0]


def given(node: Any) -> Iterator[Given]:
    """What a node gives by itself; parts of tuples one by one, and a collection what is put into it."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            targets, values = getattr(target, "elts", [target]), getattr(node.value, "elts", [node.value])
            bindings = zip(targets, values, strict=True) if len(targets) == len(values) else [(target, node.value)]
            yield from ((value, bases(part)) for part, value in bindings)
    elif isinstance(node, ast.For):
        yield from in_turn(node.target, node.iter)
    elif isinstance(node, ast.ClassDef):
        yield from ((value, [f".{name}" for name in names]) for member in node.body for value, names in given(member))
    elif isinstance(node, FUNCTIONS):
        yield from ((value, (node.name, f".{node.name}")) for value in returned(node))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        yield from ((value, bases(node.func.value)) for value in node.args)


def given_within(node: Any) -> Iterator[Given]:
    """What a comprehension gives to its own names."""
    if isinstance(node, COMPREHENSIONS):
        yield from (binding for generator in node.generators for binding in in_turn(generator.target, generator.iter))


def in_turn(target: ast.expr, values: ast.expr) -> Iterator[Given]:
    """What a loop gives to its target; to each part of one what stands for that part, as far as that is written out."""
    parts_of_target: list[ast.expr] = getattr(target, "elts", [])
    called = last_name(values.func) if isinstance(values, ast.Call) else ""
    arguments: list[ast.expr] = getattr(values, "args", [])
    rows = [getattr(row, "elts", []) for row in getattr(values, "elts", [])]
    columns: list[Any] = []
    if called == "zip":
        columns = arguments
    elif called == "enumerate":
        columns = [ast.Tuple([]), *arguments[:1]]
    elif rows and all(len(row) == len(parts_of_target) for row in rows):
        columns = [ast.Tuple([*column]) for column in zip(*rows, strict=True)]
    if not columns or len(columns) != len(parts_of_target):
        yield values, bases(target)
        return
    for part, column in zip(parts_of_target, columns, strict=True):
        yield from in_turn(part, column)


def turning(loops: Iterable[Any], line: int) -> set[str]:
    """The names to which those loops and comprehensions that are around a line give one value after another."""
    around = [node for node in loops if node.lineno <= line <= (node.end_lineno or 0)]
    parts = [part for node in around for part in getattr(node, "generators", [node])]
    return {name for part in parts for name in bases(part.target)}


def given_by_call(call: ast.Call, function: Any) -> Iterator[Given]:
    """What a call gives to the parameters of a function."""
    yield from ((value, (local(name, function),)) for name, value in passed(call, function).items())


def passed(call: ast.Call, function: Any) -> dict[str, ast.expr]:
    """The same by the names of the parameters; a method's first one is no part of its call."""
    return arguments(call, [name for name in map(plain, parameters(function)) if name != "self"])


def given_by_class(call: ast.Call, kind: ast.ClassDef) -> Iterator[Given]:
    """What a call of a class gives to the parameters of its `__init__`, or, without one, to its fields in order."""
    for member in kind.body:
        if isinstance(member, FUNCTIONS) and member.name == "__init__":
            yield from given_by_call(call, member)
            return
    fields = [name for member in kind.body if isinstance(member, ast.AnnAssign) for name in bases(member.target)]
    yield from ((value, [f".{name}"]) for name, value in arguments(call, fields).items())


def parameters(function: Any) -> list[str]:
    return [arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def defaults(function: Any) -> Iterator[Given]:
    """What gives parameters a value where a call does not."""
    if not isinstance(function, NESTED):
        return
    last_first = [*function.args.posonlyargs, *function.args.args][::-1]
    bindings: list[tuple[ast.arg, ast.expr | None]] = [*zip(last_first, function.args.defaults[::-1], strict=False)]
    bindings += [*zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)]
    yield from ((value, (arg.arg,)) for arg, value in bindings if value is not None)


def arguments(call: ast.Call, names: list[str]) -> dict[str, ast.expr]:
    """What a call gives, by parameter; nothing by position where some are not written out."""
    written = [] if any(isinstance(argument, ast.Starred) for argument in call.args) else call.args
    return {**dict(zip(names, written, strict=False)), **{node.arg: node.value for node in call.keywords if node.arg}}


def parts(value: ast.AST) -> Iterator[Any]:
    """The names, attributes and literals of which a value is one, or a part: of what is computed, none."""

    def into(node: Any) -> Iterable[ast.AST]:
        if isinstance(node, ast.Call) and last_name(node.func) in HANDING_ON:
            return given_to(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PARTS_OF:
            return (node.func.value,)
        if isinstance(node, ast.IfExp):
            return (node.body, node.orelse)
        if isinstance(node, (ast.Subscript, ast.NamedExpr, ast.DictComp)):
            return (node.value,)
        if isinstance(node, ast.Lambda):
            return (node.body,)
        if isinstance(node, COMPREHENSIONS[:3]):
            return (node.elt,)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return node.elts
        return node.values if isinstance(node, (ast.Dict, ast.BoolOp)) else ()

    return (node for node in walk(value, into) if isinstance(node, (ast.Name, ast.Attribute, ast.Constant)))


def bases(target: ast.expr) -> Iterator[str]:
    """`results` of `results["a"]`, of a method's owner too, and each of a tuple; `.results` of `self.results["a"]`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from bases(part)
        return
    while isinstance(target, (ast.Subscript, ast.Attribute, ast.Starred)):
        inner = target.value
        if isinstance(target, ast.Attribute) and isinstance(inner, ast.Name) and plain(inner.id) == "self":
            yield f".{target.attr}"
            return
        target = inner
    if isinstance(target, ast.Name):
        yield target.id


def reached(names: Collection[str], leads: Iterable[tuple[Iterable[str], str]]) -> set[str]:
    """These names, and all that are given what one of them holds; `leads` are names, and one that is given of each."""
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for sources, target in leads:
        for source in sources:
            targets[source].add(target)
    seen, waiting = set(names), [*names]
    while waiting:
        new = targets[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen
