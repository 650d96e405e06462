"""What a program does because of what its trainings gave, read off its source by names.

A `fit` is cut to one step, so whatever depends on its result is arbitrary: which of several networks is kept, when a
loop ends, whether an assertion about an error holds. Where a program builds by such a result it has to train in full;
an error that has nothing to do with one is the same after any training. A name that is given a result anywhere counts
as one everywhere: too many do no harm but to speed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from .statements import NESTED, Span, binds, last_name, own_parts, span_of, tree_of, walk

FUNCTIONS = NESTED[:2]
Flow = tuple[frozenset[str], str]  # names, and another that is given what they hold
RESULT = "a result of training"  # among names
TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
RESULTS = TRAINING | {"evaluate", "predict", "predict_on_batch", "test_on_batch", "get_weights"}
READ = frozenset({"history", "weights", "trainable_weights"})
SHAPES = frozenset({"shape", "ndim", "dtype"})  # the same after any training
MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "put"})
CHOOSING = frozenset({"min", "max", "sorted", "list", "next", "zip", "enumerate", "items", "values"})
COPIES = frozenset({"clone_model", "load_model"})
BUILDERS = COPIES | {"Model", "Sequential"}
ON_MODELS = frozenset({"compile", "fit", "evaluate", "predict", "summary", "save", "count_params", "get_config"})
EXITS = ("sys.exit", "exit", "quit")


@dataclass(frozen=True)
class Trained:
    """`names` may hold results.

    `chosen` is what a result decides: when a "loop" that trains ends, a "network", the "choice" of one, or nothing.
    """

    names: frozenset[str] = frozenset({RESULT})
    chosen: str = ""

    def depends(self, node: ast.AST, raised: Container[Span] = ()) -> bool:
        """Whether an expression, or a statement without functions in it, uses a result. Calls that failed have none."""
        return not self.names.isdisjoint(uses(node, raised))


def trained(texts: Iterable[str], wanted: Iterable[str] = ()) -> Trained:
    """Of all sources of a program together; `wanted` are names that an assignment looks for."""
    program = Program([node for tree in _trees(texts) for node in ast.walk(tree)])
    flows = list(program.flows())
    known = Trained(frozenset(reached({RESULT}, flows)))
    builders, trainers = program.callers(BUILDERS), program.callers(TRAINING)
    if any(isinstance(one, ast.While) and _calls(one, trainers) and known.depends(one) for one in program.nodes):
        return replace(known, chosen="loop")
    if any(_decides_network(one, known, builders) for one in program.nodes):
        return replace(known, chosen="network")
    if known.names & program.models(builders, wanted):
        return replace(known, chosen="choice")
    return known


def reached(names: Collection[str], flows: list[Flow]) -> set[str]:
    """These names, and all that are given what one of them holds."""
    leads: defaultdict[str, set[str]] = defaultdict(set)
    for sources, target in flows:
        for source in sources:
            leads[source].add(target)
    known, waiting = set(names), [*names]
    while waiting:
        new = leads[waiting.pop()] - known
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


def _decides_network(node: Any, known: Trained, builders: frozenset[str]) -> bool:
    """Whether a result is an argument of what builds a network, or decides whether that is called."""
    if isinstance(node, ast.Call):
        added = last_name(node.func) == "add" and any(isinstance(one, ast.Call) for one in node.args)
        builds = added or last_name(node.func) in builders
        return builds and any(map(known.depends, (*node.args, *(one.value for one in node.keywords))))
    return isinstance(node, (ast.If, ast.IfExp)) and known.depends(node.test) and _calls(node, builders - COPIES)


def _calls(node: ast.AST, names: Container[str]) -> bool:
    return any(isinstance(one, ast.Call) and last_name(one.func) in names for one in ast.walk(node))


class Program:
    """All nodes of a program; `given` are names, each with a value that it is given."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes
        self.functions = {one.name: one for one in nodes if isinstance(one, FUNCTIONS)}
        self.given = [(name, value) for one in nodes for target, value in self._given(one) for name in bases(target)]

    def callers(self, names: frozenset[str]) -> frozenset[str]:
        """These names, and those of functions that call one of these, and of classes that are derived from one."""
        flows: list[Flow] = []
        for node in self.nodes:
            if isinstance(node, FUNCTIONS):
                calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
                flows.append((frozenset(last_name(one.func) for one in calls), node.name))
            elif isinstance(node, ast.ClassDef):
                flows.append((frozenset(map(last_name, node.bases)), node.name))
        return frozenset(reached(names, flows))

    def models(self, builders: frozenset[str], wanted: Iterable[str]) -> set[str]:
        """Names that may hold a network, or a collection of some."""
        asked = [one.value for one in self.nodes if isinstance(one, ast.Attribute) and one.attr in ON_MODELS]
        names = {name for one in asked for name in bases(one)}
        names |= {name for name, one in self.given if isinstance(one, ast.Call) and last_name(one.func) in builders}
        names |= {name for name, _ in self.given if _plain(name) in {*wanted}}
        return reached(names, [(frozenset(_parts(value)), name) for name, value in self.given])

    def flows(self) -> Iterator[Flow]:
        """What is given what: by a value, by an argument, by `return`, or because one decides whether it is given."""
        imports = [binds(one) for one in self.nodes if isinstance(one, (ast.Import, ast.ImportFrom))]
        never = {"_"}.union(*imports)
        for names, targets in self._flows():
            yield from ((names, target) for target in targets if _plain(target) not in never)

    def _flows(self) -> Iterator[tuple[frozenset[str], Iterable[str]]]:
        for name, value in self.given:
            yield self._uses(value), (name,)
            # A callback sees what it is given.
            yield frozenset({name}), _names_in(one for one in ast.walk(value) if isinstance(one, ast.Lambda))
        for node in self.nodes:
            if isinstance(node, (ast.If, ast.While)):
                yield self._uses(node.test), _assigned_in(node)
            elif isinstance(node, ast.For):  # it keeps what it made last
                for one in ast.walk(node):
                    if isinstance(one, ast.If) and any(isinstance(part, ast.Break) for part in one.body):
                        yield self._uses(one.test), _assigned_in(node)
            elif isinstance(node, ast.Call) and last_name(node.func) in TRAINING:
                yield frozenset({RESULT}), _names_in(one.value for one in node.keywords if one.arg == "callbacks")
        for name, function in self.functions.items():
            yield frozenset().union(*map(self._uses, _returned(function))), (name, f".{name}")

    def _uses(self, node: ast.AST) -> frozenset[str]:
        return frozenset(uses(node))

    def _given(self, node: Any) -> Iterator[tuple[ast.expr, ast.expr]]:
        """What is given which value here: parts of tuples one by one, collections what is put into them."""
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from self._by_parts(target, node.value)
        elif isinstance(node, ast.For):
            yield node.target, node.iter
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
                yield from ((node.func.value, one) for one in node.args)
            function = self.functions.get(last_name(node.func))
            if function is not None:
                parameters = [ast.Name(one.arg) for one in function.args.args if _plain(one.arg) != "self"]
                yield from zip(parameters, node.args, strict=False)
                yield from ((ast.Name(_local(one.arg, function)), one.value) for one in node.keywords if one.arg)

    def _by_parts(self, target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
        """Of `model, history = train(model)` too, where `train` returns pairs."""
        targets = getattr(target, "elts", ())
        called = self.functions.get(last_name(value.func)) if isinstance(value, ast.Call) else None
        for one in (called and _returned(called)) or [value]:
            parts = getattr(one, "elts", ())
            if targets and len(parts) == len(targets):
                yield from zip(targets, parts, strict=True)
            else:
                yield target, value


def uses(node: ast.AST, raised: Container[Span] = ()) -> Iterator[str]:
    """The names and attributes that are read, and `RESULT`; not in functions, nor of what only a shape is asked."""

    def into(part: ast.AST) -> Iterable[ast.AST]:
        inner = isinstance(part, NESTED) and part is not node
        return () if inner or _is_shape(part) else ast.iter_child_nodes(part)

    for part in walk(node, into):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load):
            yield RESULT if part.attr in READ else f".{part.attr}"
        elif isinstance(part, ast.Call) and span_of(part) not in raised and _gives_result(part.func):
            yield RESULT


def _is_shape(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in SHAPES


def _gives_result(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr in RESULTS


def _parts(value: ast.AST) -> Iterator[str]:
    """The names of which a value is one, or a part: nothing that is called but to choose."""

    def into(node: ast.AST) -> Iterable[ast.AST]:
        if isinstance(node, ast.Call):
            return [node.func, *node.args] if last_name(node.func) in CHOOSING else ()
        return () if isinstance(node, (ast.Name, ast.Attribute)) else ast.iter_child_nodes(node)

    for node in walk(value, into):
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield from bases(node)


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


def _returned(function: ast.AST) -> list[ast.expr]:
    return [one.value for one in own_parts(function) if isinstance(one, ast.Return) and one.value is not None]


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name)}


# Errors


def statement_at(text: str, line: int) -> list[Any]:
    """The statements that a line is in, the outermost first."""
    nodes = [node for tree in _trees([text]) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    around = [node for node in nodes if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return sorted(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))


def may_explain(known: Trained, text: str, line: int, raised: Container[Span] = ()) -> bool:
    """Whether what happens in a line depends on a result: it uses one, or one decides whether it runs.

    The calls that `raised` an error have not made any.
    """
    around = statement_at(text, line)
    decide = [one.test for one in around if isinstance(one, (ast.If, ast.While))]
    decide += [one.iter for one in around if isinstance(one, ast.For)]
    return not around or known.depends(around[-1], raised) or any(map(known.depends, decide))


def is_verdict(known: Trained, text: str, line: int) -> bool:
    """Whether a line asserts something about a result, or ends the program because of one."""
    *outer, last = statement_at(text, line) or [ast.Pass()]
    call = last.value if isinstance(last, ast.Expr) else None
    ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and ast.unparse(call.func) in EXITS)
    tests = [one.test for one in outer if isinstance(one, (ast.If, ast.While))]
    return known.depends(last) if isinstance(last, ast.Assert) else ends and any(map(known.depends, tests))
