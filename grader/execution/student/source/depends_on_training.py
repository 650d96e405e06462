"""What a program does because of what its trainings gave, read off its source by names.

A `fit` is cut to one step, so whatever depends on its result is arbitrary: which of several networks is kept, when a
loop ends, whether an assertion about an error holds. Where a program builds or keeps something by such a result it has
to train in full; an error that has nothing to do with one is the same after any training. A name that is given a result
anywhere counts as one everywhere: too many do no harm but to speed.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .flows import FUNCTIONS, Given, bases, given, given_by_call, given_within, parts, plain, reached
from .places import Source
from .statements import NESTED, binds, last_name, walk

RESULT = "a result of training"  # among names
TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
RESULTS = TRAINING | {"evaluate", "predict", "predict_on_batch", "test_on_batch", "get_weights"}
READ = frozenset({"history", "weights", "trainable_weights"})
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


def trained(sources: Iterable[Source]) -> Trained:
    """Of all sources of a program together."""
    nodes = [node for source in sources for node in source.told_apart.nodes]
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
    return isinstance(node, ast.Assign) and not models.isdisjoint(_names_of_parts(node.value))


def _models(nodes: list[Any], builders: frozenset[str]) -> set[str]:
    """Names that may hold a network, or a collection of some."""
    pairs = [(value, [*names]) for node in nodes for value, names in (*given(node), *given_within(node))]
    built = {name for value, names in pairs if _calls_one(value, builders) for name in names}
    return reached(built, [([*_names_of_parts(value)], name) for value, names in pairs for name in names])


def _names_of_parts(value: ast.AST) -> Iterator[str]:
    return (name for one in parts(value) for name in bases(one))


def _calls_one(value: ast.AST, names: Container[str]) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in names


def _calls(node: ast.AST, names: Container[str]) -> bool:
    return any(_calls_one(one, names) for one in ast.walk(node))


def callers(nodes: list[Any], names: frozenset[str]) -> frozenset[str]:
    """These names, and those of functions that call one of these, and of classes that are derived from one."""
    leads: list[tuple[Iterable[str], str]] = []
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            leads.append(([last_name(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)], node.name))
        elif isinstance(node, ast.ClassDef):
            leads.append((map(last_name, node.bases), node.name))
    return frozenset(reached(names, leads))


def flows(nodes: list[Any]) -> Iterator[tuple[Iterable[str], str]]:
    """Names, and another that is given what they hold, or is given it or not because of them; never a module's."""
    functions = {one.name: one for one in nodes if isinstance(one, FUNCTIONS)}
    never = {"_"}.union(*(binds(one) for one in nodes if isinstance(one, (ast.Import, ast.ImportFrom))))
    for node in nodes:
        for value, targets in (*given(node), *_decided(node), *_seen(node, functions)):
            names = [*uses(value)]
            yield from ((names, target) for target in targets if plain(target) not in never)


def _decided(node: Any) -> Iterator[Given]:
    """What decides whether names are given something; a loop keeps what it made last."""
    if isinstance(node, (ast.If, ast.While)):
        yield node.test, _assigned_in(node)
    elif isinstance(node, ast.For):
        for one in ast.walk(node):
            if isinstance(one, ast.If) and any(isinstance(part, ast.Break) for part in one.body):
                yield one.test, _assigned_in(node)


def _seen(node: Any, functions: dict[str, Any]) -> Iterator[Given]:
    """What functions see: what a call gives them, what belongs to whom they are given, and a callback the training."""
    if isinstance(node, ast.Assign):
        names = _names_in(one for one in ast.walk(node.value) if isinstance(one, ast.Lambda))
        yield from ((ast.Name(name, ast.Load()), names) for target in node.targets for name in bases(target))
    elif isinstance(node, ast.Call):
        if last_name(node.func) in functions:
            yield from given_by_call(node, functions[last_name(node.func)])
        if last_name(node.func) in TRAINING:
            yield node, _names_in(one.value for one in node.keywords if one.arg == "callbacks")


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


def _assigned_in(node: ast.AST) -> set[str]:
    targets = [one.targets for one in ast.walk(node) if isinstance(one, ast.Assign)]
    return {name for several in targets for one in several for name in bases(one)}


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name)}


# Errors


def may_explain(known: Trained, source: Source, line: int) -> bool:
    """Whether what happens in a line depends on a result: it uses one, or one decides whether it runs."""
    around = source.told_apart.statements_at(line)
    decide = [one.test for one in around if isinstance(one, (ast.If, ast.While))]
    decide += [one.iter for one in around if isinstance(one, ast.For)]
    return not around or known.depends(around[-1]) or any(map(known.depends, decide))


def is_verdict(known: Trained, source: Source, line: int) -> bool:
    """Whether a line asserts something about a result, or ends the program because of one."""
    *outer, last = source.told_apart.statements_at(line) or [ast.Pass()]
    call = last.value if isinstance(last, ast.Expr) else None
    ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and ast.unparse(call.func) in EXITS)
    tests = [one.test for one in outer if isinstance(one, (ast.If, ast.While))]
    return known.depends(last) if isinstance(last, ast.Assert) else ends and any(map(known.depends, tests))
