"""What a program does because of what its trainings gave, read off its source by names.

A `fit` is cut to one step, so whatever depends on its result is arbitrary: which of several networks is kept, when a
loop ends, whether an assertion about an error holds. Where a program builds by such a result it has to train in full;
an error that has nothing to do with one is the same after any training. A name that may hold a result counts as one
wherever it stands: too many do no harm but to speed.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .statements import NESTED, Span, binds, span_of, tree_of

UNKNOWN = 0
NOBODY = "_"  # the name for what is not used
TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
RESULTS = TRAINING | {"evaluate", "predict", "predict_on_batch", "test_on_batch", "get_weights"}
READ = frozenset({"history", "weights", "trainable_weights"})
OF_HISTORY = frozenset({"epoch", "history", "model", "params", "set_model", "set_params", "validation_data"})
SEARCHES = "sklearn.model_selection"
SHAPES = frozenset({"shape", "ndim", "dtype"})  # the same after any training
EXITS = ("sys.exit", "exit", "quit")
MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "put"})


class Loop(NamedTuple):
    """The lines of a loop, and the names that each round of it binds anew."""

    start: int
    end: int
    names: frozenset[str]

    def holds(self, line: int) -> bool:
        return self.start <= line <= self.end


@dataclass(frozen=True)
class Given:
    """Where a name is given a result: in which function of which source, up to which line, and within which loops."""

    scope: int
    line: int
    loops: tuple[Loop, ...]

    def reaches(self, use: Any) -> bool:
        """Whether a use of the name is of the same variable, and comes after, or may: in another round of a loop."""
        scope = _scope_of(use)
        if UNKNOWN in (scope, use.scopes[0][0]):
            return True  # read by itself, as the line of an error is
        if scope != self.scope:
            return False
        if use.scopes[-1][0] != self.scope:
            return True  # in a function, which may be called at any time
        if any(use.id in loop.names and not loop.holds(self.line) for loop in use.loops):
            return False  # this loop gives it something else
        return use.lineno > self.line or any(loop.holds(use.lineno) for loop in self.loops)


@dataclass(frozen=True)
class Trained:
    """`names` may hold results, `functions` return some; `chosen` is what a result decides: see `decided.py`.

    `kept` are names of networks among which one decides, and `histories` variables that hold nothing but what `fit`
    returns, each with its scope. `others` are names of what fits and predicts, and is no network.
    """

    trees: tuple[ast.Module, ...] = ()
    names: frozenset[tuple[str, Given]] = frozenset()
    functions: frozenset[str] = frozenset()
    chosen: str = ""
    kept: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    histories: frozenset[tuple[int, str]] = frozenset()

    def depends(self, node: ast.AST, raised: Container[Span] = ()) -> bool:
        """Whether an expression, or anything in a statement but the bodies of functions, uses a result.

        Calls that `raised` an error have none.
        """
        failing = {id(one.value) for one in shallow(node) if self.is_missing(one)}  # type: ignore[attr-defined]
        failing |= {id(one) for one in shallow(node) if isinstance(one, ast.Call) and span_of(one) in raised}
        return any(self.is_result(one) for one in shallow(node) if id(one) not in failing)

    def is_missing(self, node: ast.AST) -> bool:
        """Whether an attribute is asked of a history that none has: an error after any training."""
        owner = node.value if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None
        known = isinstance(node, ast.Attribute) and (node.attr in OF_HISTORY or node.attr.startswith(("_", "on_")))
        return owner is not None and (_scope_of(owner), owner.id) in self.histories and not known

    def is_result(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            given = (where for name, where in self.names if name == node.id)
            return isinstance(node.ctx, ast.Load) and any(where.reaches(node) for where in given)
        if isinstance(node, ast.Call):
            method = node.func if isinstance(node.func, ast.Attribute) and node.func.attr in RESULTS else None
            ours = method is not None and _first_name(method.value) not in self.others
            return ours or last_name(node.func) in self.functions
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return False
        return node.attr in READ or any(name == f".{node.attr}" for name, _ in self.names)


def results_of(texts: Iterable[str]) -> Trained:
    """Of all sources of a program together; what they decide is left open."""
    trees = tuple(parsed(texts))
    for tree in trees:
        locate(tree, id(tree))
    names: set[tuple[str, Given]] = set()
    functions: set[str] = set()
    start = Trained(trees, histories=frozenset(_histories_of(trees)), others=frozenset(_others_of(trees)))
    never = _never_given(trees)
    size = -1
    while size != len(names) + len(functions):
        size = len(names) + len(functions)
        known = replace(start, names=frozenset(names), functions=frozenset(functions))
        for tree in trees:
            names |= {(name, _given_at(node)) for name, node in named(tree, known) if name not in never}
            functions |= set(_returning(tree, known))
    return replace(start, names=frozenset(names), functions=frozenset(functions))


def _never_given(trees: Iterable[ast.Module]) -> set[str]:
    """Names that no training gives anything: the `keras` of `callbacks=[keras.callbacks.TensorBoard()]`, and `_`."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imports = [binds(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not is_read(node)}
    return set().union(*imports) - bound | {NOBODY}


def _others_of(trees: Iterable[ast.Module]) -> set[str]:
    """What is imported from scikit-learn, but to search for settings of anything, and what such a call returns."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {
        name for node in nodes if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith("sklearn") and node.module != SEARCHES for name in binds(node)
    }  # fmt: skip
    given = [
        (name, isinstance(node.value, ast.Call) and _first_name(node.value.func) in names)
        for node in nodes if isinstance(node, ast.Assign) for name in bases(node.targets)
    ]  # fmt: skip
    return names | {name for name, _ in given if all(theirs for other, theirs in given if other == name)}


def _first_name(node: ast.expr) -> str:
    """`StandardScaler` of `StandardScaler().fit`."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _histories_of(trees: Iterable[ast.Module]) -> set[tuple[int, str]]:
    """Variables that only ever are given what `fit` returns, and are given no attribute."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    fits = [
        variable(node.targets[0]) for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute) and node.value.func.attr == "fit"
    ]  # fmt: skip
    bound = [variable(node) for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    stored = {last_name(node.value) for node in attributes}
    return {one for one in fits if fits.count(one) == bound.count(one) and one[1] not in stored}


def variable(use: ast.Name) -> tuple[int, str]:
    return _scope_of(use), use.id


def parsed(texts: Iterable[str]) -> Iterator[ast.Module]:
    for text in texts:
        try:
            yield tree_of(text)
        except (ValueError, RecursionError, MemoryError):
            continue


def locate(tree: ast.Module, scope: int) -> None:
    """Mark every node of a tree with the functions and the loops that it is in, however deep it is."""
    whole: Any = tree
    whole.scopes, whole.loops = ((scope, frozenset()),), ()
    waiting: list[Any] = [whole]
    while waiting:
        node = waiting.pop()
        scopes, loops = node.scopes, node.loops
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor)):
            bound = frozenset(names_in([node.target])) if isinstance(node, ast.For) else frozenset()
            loops = (*loops, Loop(node.lineno, node.end_lineno or node.lineno, bound))
        if isinstance(node, NESTED):
            scopes = (*scopes, (id(node), names_of(node)))
        inner: list[Any] = list(ast.iter_child_nodes(node))
        for one in inner:
            once = isinstance(node, ast.For) and one is node.iter
            one.scopes, one.loops = scopes, node.loops if once else loops
        waiting += inner


def names_of(function: Any) -> frozenset[str]:
    """The names that a function binds: its parameters, and what it assigns."""
    body = [] if isinstance(function, ast.Lambda) else function.body
    parameters = (one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg))
    return frozenset({*parameters, *(name for statement in body for name in binds(statement))})


def _scope_of(use: Any) -> int:
    """Whose variable a name is: of the innermost function around it that binds it, else of the source."""
    inner = (scope for scope, names in reversed(use.scopes) if use.id in names)
    return int(next(inner, use.scopes[0][0]))


def _given_at(node: Any) -> Given:
    return Given(node.scopes[-1][0], node.end_lineno or node.lineno, node.loops)


def shallow(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, without the bodies of functions, and what only a shape is asked of."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, ast.Attribute) and one.attr in SHAPES:
            continue
        if not isinstance(one, NESTED) or one is node:
            waiting += ast.iter_child_nodes(one)


def named(tree: ast.Module, known: Trained) -> Iterator[tuple[str, ast.AST]]:
    """Names that are given a result, directly or because one decides whether they are given anything; and where."""
    functions = functions_of([tree])
    nodes: Iterable[Any] = ast.walk(tree)
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            parts = _given_by_call(node, functions, known)
            targets = list(bases(targets_of(node) if parts is None else parts))
            if node.value is not None and known.depends(node.value):
                yield from ((name, node) for name in targets)
            if node.value is not None and {name for name, _ in known.names} & {*targets}:
                # A callback: what it is made of sees what it sees.
                lambdas = [one for one in ast.walk(node.value) if isinstance(one, ast.Lambda)]
                yield from ((name, node) for name in names_in(lambdas))
        elif isinstance(node, ast.For) and known.depends(node.iter):
            yield from ((name, node.iter) for name in bases([node.target]))
        elif isinstance(node, (ast.If, ast.While)) and known.depends(node.test):
            inner = (one for one in ast.walk(node) if isinstance(one, ast.Assign))
            yield from ((name, one) for one in inner for name in bases(one.targets))
        elif isinstance(node, ast.For) and any(_breaks_by(one, known) for one in ast.walk(node)):
            inner = (one for one in ast.walk(node) if isinstance(one, ast.Assign))
            yield from ((name, node.iter) for one in inner for name in bases(one.targets))
        elif isinstance(node, ast.Call):
            yield from ((name, node) for name in filled(node, known))
            yield from _handed_over(node, functions.get(last_name(node.func)), known)


def _breaks_by(node: ast.AST, known: Trained) -> bool:
    """Whether this leaves a loop because of a result, and so keeps what the loop made last."""
    leaves = isinstance(node, ast.If) and any(isinstance(one, ast.Break) for one in node.body)
    return leaves and known.depends(node.test)  # type: ignore[attr-defined]


def targets_of(node: Any) -> list[ast.expr]:
    return list(node.targets) if isinstance(node, ast.Assign) else [node.target]


def _given_by_call(node: Any, functions: dict[str, Any], known: Trained) -> list[ast.expr] | None:
    """Of `model, history = train(model)` the targets that are given a result; nothing where that is not known."""
    target, returned = targets_of(node)[0], returned_parts(node.value, functions)
    if not isinstance(target, (ast.Tuple, ast.List)) or len(returned) != len(target.elts):
        return None
    return [one for one, parts in zip(target.elts, returned, strict=True) if any(map(known.depends, parts))]


def returned_parts(call: ast.expr | None, functions: dict[str, Any]) -> list[tuple[ast.expr, ...]]:
    """What each part of the tuple may be that a call returns, if all that its function returns are as long."""
    function = functions.get(last_name(call.func)) if isinstance(call, ast.Call) else None
    returns = [one.value for one in shallow(function) if isinstance(one, ast.Return)] if function else []
    tuples = [one.elts for one in returns if isinstance(one, ast.Tuple)]
    if len(tuples) != len(returns) or len({*map(len, tuples)}) != 1:
        return []
    return list(zip(*tuples, strict=True))


def functions_of(trees: Iterable[ast.Module]) -> dict[str, Any]:
    """The functions of some sources, by name."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name: node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _handed_over(call: ast.Call, function: Any, known: Trained) -> Iterator[tuple[str, ast.AST]]:
    """Parameters of a function that a call gives a result."""
    if function is None or not function.body:
        return
    parameters = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(parameters, call.args, strict=False), *((one.arg, one.value) for one in call.keywords)]
    for name, value in given:
        if name in parameters and known.depends(value):
            yield name, function.args.args[0] if function.args.args else function


def filled(call: ast.Call, known: Trained) -> Iterator[str]:
    """Collections that a result is put into, and callbacks, which see one."""
    if not isinstance(call.func, ast.Attribute):
        return
    if call.func.attr in MUTATORS and any(known.depends(one) for one in call.args):
        yield from bases([call.func.value])
    if call.func.attr in TRAINING:
        yield from names_in(keyword.value for keyword in call.keywords if keyword.arg == "callbacks")


def names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    yield from (node.id for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name))


def _returning(tree: ast.Module, known: Trained) -> Iterator[str]:
    """Functions that return a result."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returns = [one.value for one in shallow(node) if isinstance(one, ast.Return) and one.value is not None]
            if any(known.depends(value) for value in returns):
                yield node.name


def bases(targets: Iterable[ast.expr]) -> Iterator[str]:
    """`results` of `results["a"]`; of a method's owner too.

    `.results` of `self.results["a"]`: what else an object holds has nothing to do with it.
    """
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                yield f".{node.attr}"
                break
            if isinstance(node, ast.Name):
                yield node.id
                break
        if isinstance(target, (ast.Tuple, ast.List)):
            yield from bases(target.elts)


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# Errors


def statement_at(text: str, line: int) -> list[ast.stmt]:
    """The statements that a line is in, the outermost first."""
    tree = next(parsed([text]), None)
    if tree is None:
        return []
    locate(tree, UNKNOWN)
    found = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]  # fmt: skip
    return sorted(found, key=lambda node: (node.lineno, -(node.end_lineno or 0)))


def may_explain(known: Trained, text: str, line: int, raised: Container[Span] = ()) -> bool:
    """Whether what happens in a line depends on a result: it uses one, or one decides whether it runs.

    The calls that `raised` an error have not made any.
    """
    around = statement_at(text, line)
    if not around:
        return True
    tests = [node.test for node in around if isinstance(node, (ast.If, ast.While))]
    loops = [node.iter for node in around if isinstance(node, ast.For)]
    return known.depends(around[-1], raised) or any(map(known.depends, (*tests, *loops)))


def is_verdict(known: Trained, text: str, line: int) -> bool:
    """Whether a line asserts something about a result, or ends the program because of one."""
    *outer, last = statement_at(text, line) or [ast.Pass()]
    call = last.value if isinstance(last, ast.Expr) else None
    ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and ast.unparse(call.func) in EXITS)
    tests = [node.test for node in outer if isinstance(node, (ast.If, ast.While))]
    return known.depends(last) if isinstance(last, ast.Assert) else ends and any(map(known.depends, tests))
