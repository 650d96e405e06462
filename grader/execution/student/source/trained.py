"""What a program does because of what its trainings gave, read off its source by names.

A `fit` is cut to one step, so whatever depends on its result is arbitrary: which of several networks is kept, when a
loop ends, whether an assertion about an error holds. Where a program builds or keeps something by such a result it has
to train in full; an error that has nothing to do with one is the same after any training. A name that is given a result
anywhere counts as one everywhere: too many do no harm but to speed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .statements import NESTED, binds, last_name, own_parts, tree_of, walk

FUNCTIONS = NESTED[:2]
Flow = tuple[Iterable[str], str]  # names, and another that is given what they hold
RESULT = "a result of training"  # among names
TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
RESULTS = TRAINING | {"evaluate", "predict", "predict_on_batch", "test_on_batch", "get_weights"}
READ = frozenset({"history", "weights", "trainable_weights"})
MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "put"})
CHOOSING = frozenset({"min", "max", "sorted", "sort", "argmin", "argmax", "argsort"})
COPIES = frozenset({"clone_model", "load_model"})
BUILDERS = COPIES | {"Model", "Sequential"}
EXITS = ("sys.exit", "exit", "quit")


@dataclass(frozen=True)
class Trained:
    """`names` may hold results.

    `chosen` is what a result decides: when a "loop" that trains ends, which "network" is built or kept, or nothing.
    """

    names: frozenset[str] = frozenset({RESULT})
    chosen: str = ""

    def depends(self, node: ast.AST) -> bool:
        """Whether an expression, or a statement without functions in it, uses a result."""
        return not self.names.isdisjoint(uses(node))


def trained(texts: Iterable[str]) -> Trained:
    """Of all sources of a program together."""
    nodes = [node for tree in _trees(texts) for node in ast.walk(tree)]
    known = Trained(frozenset(reached({RESULT}, flows(nodes))))
    builders, trainers = callers(nodes, BUILDERS), callers(nodes, TRAINING)
    if any(isinstance(one, ast.While) and _calls(one, trainers) and known.depends(one) for one in nodes):
        return Trained(known.names, "loop")
    models = _models(nodes, builders)
    return Trained(known.names, "network" if any(_decides(one, known, builders, models) for one in nodes) else "")


def _decides(node: Any, known: Trained, builders: frozenset[str], models: set[str]) -> bool:
    """Whether a network is built of a result, or built or kept because of one."""
    if isinstance(node, ast.Call):
        added = last_name(node.func) == "add" and any(isinstance(one, ast.Call) for one in node.args)
        builds = added or last_name(node.func) in builders
        return builds and any(map(known.depends, (*node.args, *(one.value for one in node.keywords))))
    if isinstance(node, (ast.If, ast.IfExp)) and known.depends(node.test):
        return _calls(node, builders - COPIES) or any(_gives(one, models) for one in ast.walk(node))
    if isinstance(node, ast.For):
        ends = [one for one in ast.walk(node) if isinstance(one, ast.If) and known.depends(one.test)]
        return _calls(node, builders) and any(isinstance(one, ast.Break) for end in ends for one in ast.walk(end))
    return isinstance(node, ast.Assign) and known.depends(node.value) and _gives(node, models)


def _gives(node: ast.AST, models: set[str]) -> bool:
    """Whether a name is given a network, or one out of several."""
    return isinstance(node, ast.Assign) and not models.isdisjoint(_parts(node.value))


def _models(nodes: list[Any], builders: frozenset[str]) -> set[str]:
    """Names that may hold a network, or a collection of some."""
    given = [(value, [*names]) for node in nodes for value, names in _given(node, {})]
    built = {name for value, names in given if _calls_one(value, builders) for name in names}
    return reached(built, [([*_parts(value)], name) for value, names in given for name in names])


def _parts(value: ast.AST) -> Iterator[str]:
    """The names of which a value is one, or a part: nothing that is called but to choose."""

    def into(node: ast.AST) -> Iterable[ast.AST]:
        if isinstance(node, ast.Call):
            return node.args if last_name(node.func) in CHOOSING else ()
        return () if isinstance(node, (ast.Name, ast.Attribute)) else ast.iter_child_nodes(node)

    for node in walk(value, into):
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield from bases(node)


def _calls_one(value: ast.AST, names: Container[str]) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in names


def _calls(node: ast.AST, names: Container[str]) -> bool:
    return any(_calls_one(one, names) for one in ast.walk(node))


def callers(nodes: list[Any], names: frozenset[str]) -> frozenset[str]:
    """These names, and those of functions that call one of these, and of classes that are derived from one."""
    leads: list[Flow] = []
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            leads.append(([last_name(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)], node.name))
        elif isinstance(node, ast.ClassDef):
            leads.append((map(last_name, node.bases), node.name))
    return frozenset(reached(names, leads))


def reached(names: Collection[str], leads: Iterable[Flow]) -> set[str]:
    """These names, and all that are given what one of them holds."""
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for sources, target in leads:
        for source in sources:
            targets[source].add(target)
    known, waiting = set(names), [*names]
    while waiting:
        new = targets[waiting.pop()] - known
        known |= new
        waiting += new
    return known


def _trees(texts: Iterable[str]) -> Iterator[ast.Module]:
    for text in texts:
        try:
            tree = tree_of(text)
        except (ValueError, RecursionError, MemoryError):
            continue
        for function in reversed([one for one in ast.walk(tree) if isinstance(one, FUNCTIONS)]):  # the inner ones first
            _tell_apart(function)
        yield tree


def _tell_apart(function: Any) -> None:
    """Give each variable of a function a name that no other function has."""
    parts = [*ast.walk(function)]
    own = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}.union(*map(binds, function.body))
    own -= {name for one in parts if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names}
    for one in parts:
        if isinstance(one, ast.Name) and one.id in own:
            one.id = _local(one.id, function)
        elif isinstance(one, ast.arg) and one.arg in own:
            one.arg = _local(one.arg, function)


def _local(name: str, function: Any) -> str:
    return f"{name} in {function.name}"


def _plain(name: str) -> str:
    return name.partition(" in ")[0]


# What is given what


def flows(nodes: list[Any]) -> Iterator[Flow]:
    """By a value, by an argument, by `return`, or because one decides whether it is given; never to a module."""
    functions = {one.name: one for one in nodes if isinstance(one, FUNCTIONS)}
    never = {"_"}.union(*(binds(one) for one in nodes if isinstance(one, (ast.Import, ast.ImportFrom))))
    for node in nodes:
        for source, targets in _given(node, functions):
            names = [*uses(source)]
            yield from ((names, target) for target in targets if _plain(target) not in never)
        if isinstance(node, ast.Call) and last_name(node.func) in TRAINING:  # a callback sees what it is given
            shown = [one.value for one in node.keywords if one.arg == "callbacks"]
            yield from (([RESULT], name) for name in _names_in(shown) if name not in never)


def _given(node: Any, functions: dict[str, Any]) -> Iterator[tuple[ast.AST, Iterable[str]]]:
    """Values, and the names that they are given to; parts of tuples one by one, collections what is put into them."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            targets, values = getattr(target, "elts", [target]), getattr(node.value, "elts", [node.value])
            pairs = zip(targets, values, strict=True) if len(targets) == len(values) else [(target, node.value)]
            yield from ((value, bases(part)) for part, value in pairs)
            seen = _names_in(one for one in ast.walk(node.value) if isinstance(one, ast.Lambda))  # by a callback
            yield from ((ast.Name(name, ast.Load()), seen) for name in bases(target))
    elif isinstance(node, ast.For):
        yield node.iter, bases(node.target)
        for one in ast.walk(node):  # it keeps what it made last
            if isinstance(one, ast.If) and any(isinstance(part, ast.Break) for part in one.body):
                yield one.test, _assigned_in(node)
    elif isinstance(node, (ast.If, ast.While)):
        yield node.test, _assigned_in(node)
    elif isinstance(node, FUNCTIONS):
        returned = [one for one in own_parts(node) if isinstance(one, ast.Return) and one.value is not None]
        yield from ((one, (node.name, f".{node.name}")) for one in returned)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            yield from ((one, bases(node.func.value)) for one in node.args)
        function = functions.get(last_name(node.func))
        if function is not None:
            parameters = [one.arg for one in function.args.args if _plain(one.arg) != "self"]
            yield from ((value, (name,)) for name, value in zip(parameters, node.args, strict=False))
            yield from ((one.value, (_local(one.arg, function),)) for one in node.keywords if one.arg)


def uses(node: ast.AST) -> Iterator[str]:
    """The names and attributes that are read, and `RESULT`; not in functions."""

    def into(part: ast.AST) -> Iterable[ast.AST]:
        return () if isinstance(part, NESTED) and part is not node else ast.iter_child_nodes(part)

    for part in walk(node, into):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load):
            yield RESULT if part.attr in READ else f".{part.attr}"
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in RESULTS:
            yield RESULT


def bases(target: ast.expr) -> Iterator[str]:
    """`results` of `results["a"]`, of a method's owner too, and each of a tuple; `.results` of `self.results["a"]`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from bases(one)
        return
    while isinstance(target, (ast.Subscript, ast.Attribute, ast.Starred)):
        inner = target.value
        if isinstance(target, ast.Attribute) and isinstance(inner, ast.Name) and _plain(inner.id) == "self":
            yield f".{target.attr}"
            return
        target = inner
    if isinstance(target, ast.Name):
        yield target.id


def _assigned_in(node: ast.AST) -> set[str]:
    targets = [one.targets for one in ast.walk(node) if isinstance(one, ast.Assign)]
    return {name for several in targets for one in several for name in bases(one)}


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name)}


# Errors


def statement_at(text: str, line: int) -> list[Any]:
    """The statements that a line is in, the outermost first."""
    nodes = [node for tree in _trees([text]) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    around = [node for node in nodes if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return sorted(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))


def may_explain(known: Trained, text: str, line: int) -> bool:
    """Whether what happens in a line depends on a result: it uses one, or one decides whether it runs."""
    around = statement_at(text, line)
    decide = [one.test for one in around if isinstance(one, (ast.If, ast.While))]
    decide += [one.iter for one in around if isinstance(one, ast.For)]
    return not around or known.depends(around[-1]) or any(map(known.depends, decide))


def is_verdict(known: Trained, text: str, line: int) -> bool:
    """Whether a line asserts something about a result, or ends the program because of one."""
    *outer, last = statement_at(text, line) or [ast.Pass()]
    call = last.value if isinstance(last, ast.Expr) else None
    ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and ast.unparse(call.func) in EXITS)
    tests = [one.test for one in outer if isinstance(one, (ast.If, ast.While))]
    return known.depends(last) if isinstance(last, ast.Assert) else ends and any(map(known.depends, tests))
