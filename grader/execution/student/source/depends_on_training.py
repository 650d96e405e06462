"""What a program does because of what its trainings gave, read off its source by names.

A `fit` is cut to one step, so whatever depends on its result is arbitrary: which of several networks is kept, when a
loop ends, whether an assertion about an error holds. Where a program builds or keeps something by such a result it has
to train in full; an error that has nothing to do with one is the same after any training. What may hold a result
somewhere counts as one everywhere: too many do no harm but to speed.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .data_flow import FUNCTIONS, Given, bases, given, given_by_call, given_within, parts, plain, reached
from .sources import Source, Spot
from .statements import NESTED, binds, flattened, given_to, last_name, walk

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
    nodes = _by_value([source.apart().tree for source in sources])
    training = Trained(frozenset(reached({RESULT}, flows(nodes))))
    names = frozenset(map(_of_any_value, training.names))
    builders, trainers = callers(nodes, BUILDERS), callers(nodes, TRAINING)
    if any(isinstance(node, ast.While) and _calls(node, trainers) and training.depends(node) for node in nodes):
        return Trained(names, "loop")
    models = _models(nodes, builders)
    return Trained(names, "network" if any(_decides(node, training, builders, models) for node in nodes) else "")


def _by_value(modules: Sequence[ast.Module]) -> list[ast.AST]:
    """The nodes of a program, in which a variable of the module is another one as soon as a statement of its own gives
    it another value: `h` of a layer, and then `h = model.fit(…)`. One that a function uses may have any of its values.
    """
    functions = [node for module in modules for node in ast.walk(module) if isinstance(node, NESTED)]
    shared, values = _names_in(functions), dict[str, int]()
    for statement in (part for module in modules for part in flattened(module.body)):
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        anew = [part for target in targets for part in (target, *getattr(target, "elts", ()))]
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id not in shared]
        for node in (*(node for node in names if node not in anew), *(node for node in names if node in anew)):
            name = node.id
            values[name] = values.get(name, -1) + 1 if node in anew else values.get(name, 0)
            node.id = f"{name} in {values[name]}" if values[name] else name
    return [node for module in modules for node in ast.walk(module)]


def _of_any_value(name: str) -> str:
    """The name of a variable, whichever of its values it has."""
    return plain(name) if name.rpartition(" in ")[2].isdecimal() else name


def _decides(node: Any, training: Trained, builders: frozenset[str], models: set[str]) -> bool:
    """Whether a network is built of a result, or built or kept because of one."""
    if isinstance(node, ast.Call):
        added = last_name(node.func) == "add" and any(isinstance(argument, ast.Call) for argument in node.args)
        builds = added or last_name(node.func) in builders
        return builds and any(map(training.depends, given_to(node)))
    if isinstance(node, (ast.If, ast.IfExp)) and training.depends(node.test):
        return _calls(node, builders - COPIES) or any(_gives(part, models) for part in ast.walk(node))
    if isinstance(node, ast.For):
        ends = [part for part in ast.walk(node) if isinstance(part, ast.If) and training.depends(part.test)]
        return _calls(node, builders) and any(isinstance(part, ast.Break) for end in ends for part in ast.walk(end))
    return isinstance(node, ast.Assign) and training.depends(node.value) and _gives(node, models)


def _gives(node: ast.AST, models: set[str]) -> bool:
    """Whether a name is given a network, or one out of several."""
    return isinstance(node, ast.Assign) and not models.isdisjoint(_names_of_parts(node.value))


def _models(nodes: list[Any], builders: frozenset[str]) -> set[str]:
    """Names that may hold a network, or a collection of some."""
    bindings = [(value, [*names]) for node in nodes for value, names in (*given(node), *given_within(node))]
    built = {name for value, names in bindings if _calls_one(value, builders) for name in names}
    return reached(built, [([*_names_of_parts(value)], name) for value, names in bindings for name in names])


def _names_of_parts(value: ast.AST) -> Iterator[str]:
    return (name for part in parts(value) for name in bases(part))


def _calls_one(value: ast.AST, names: Container[str]) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in names


def _calls(node: ast.AST, names: Container[str]) -> bool:
    return any(_calls_one(part, names) for part in ast.walk(node))


def callers(nodes: list[Any], names: frozenset[str]) -> frozenset[str]:
    """These names, and those of functions that call one of these, and of classes that are derived from one."""
    leads: list[tuple[Iterable[str], str]] = []
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            leads.append(([last_name(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)], node.name))
        elif isinstance(node, ast.ClassDef):
            leads.append((map(last_name, node.bases), node.name))
    return frozenset(reached(names, leads))


def flows(nodes: list[Any]) -> Iterator[tuple[Iterable[str], str]]:
    """Names, and another that is given what they hold, or is given it or not because of them; never a module's."""
    functions = {node.name: node for node in nodes if isinstance(node, FUNCTIONS)}
    never = {"_"}.union(*(binds(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))))
    for node in nodes:
        for value, targets in (*given(node), *_decided(node), *_seen(node, functions)):
            names = [*uses(value)]
            yield from ((names, target) for target in targets if plain(target) not in never)


def _decided(node: Any) -> Iterator[Given]:
    """What decides whether names are given something; a loop keeps what it made last."""
    if isinstance(node, (ast.If, ast.While)):
        yield node.test, _assigned_in(node)
    elif isinstance(node, ast.For):
        for part in ast.walk(node):
            if isinstance(part, ast.If) and any(isinstance(statement, ast.Break) for statement in part.body):
                yield part.test, _assigned_in(node)


def _seen(node: Any, functions: dict[str, Any]) -> Iterator[Given]:
    """What functions see: what a call gives them, what belongs to whom they are given, and a callback the training."""
    if isinstance(node, ast.Assign):
        names = _names_in(part for part in ast.walk(node.value) if isinstance(part, ast.Lambda))
        yield from ((ast.Name(name, ast.Load()), names) for target in node.targets for name in bases(target))
    elif isinstance(node, ast.Call):
        if last_name(node.func) in functions:
            yield from given_by_call(node, functions[last_name(node.func)])
        if last_name(node.func) in TRAINING:
            yield node, _names_in(keyword.value for keyword in node.keywords if keyword.arg == "callbacks")


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
    target_lists = [part.targets for part in ast.walk(node) if isinstance(part, ast.Assign)]
    return {name for targets in target_lists for target in targets for name in bases(target)}


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


# Errors


def may_explain(known: Trained, spot: Spot) -> bool:
    """Whether what happens there depends on a result: the call that is made, or else the statement, uses one, or one
    decides whether it runs."""
    source = spot.source.told_apart
    statements = source.statements_at(spot.line)
    conditions: list[ast.AST] = [
        statement.test for statement in statements if isinstance(statement, (ast.If, ast.While))
    ]
    conditions += [statement.iter for statement in statements if isinstance(statement, ast.For)]
    within = ast.walk(statements[-1]) if statements else ()
    conditions += [part for part in within if isinstance(part, (ast.IfExp, ast.BoolOp, ast.Compare, ast.comprehension))]
    what = [source.at(spot.span, ast.Call) or statement for statement in statements[-1:]]
    return not what or any(map(known.depends, (*what, *conditions)))


def is_verdict(known: Trained, source: Source, line: int) -> bool:
    """Whether a line asserts something about a result, or ends the program because of one."""
    *outer, last = source.told_apart.statements_at(line) or [ast.Pass()]
    call = last.value if isinstance(last, ast.Expr) else None
    ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and ast.unparse(call.func) in EXITS)
    tests = [statement.test for statement in outer if isinstance(statement, (ast.If, ast.While))]
    return known.depends(last) if isinstance(last, ast.Assert) else ends and any(map(known.depends, tests))
