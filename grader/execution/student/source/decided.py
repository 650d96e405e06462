"""What results of trainings decide: when a loop ends, what is built, or which network is kept.

Only where they decide one of these does a program have to train in full.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .trained import (
    MUTATORS,
    TRAINING,
    Trained,
    bases,
    functions_of,
    last_name,
    names_in,
    results_of,
    returned_parts,
    targets_of,
)

COPIES = frozenset({"clone_model", "load_model"})
BUILDERS = COPIES | {"Model", "Sequential"}
ON_MODELS = frozenset({"compile", "fit", "evaluate", "predict", "summary", "save", "count_params", "get_config"})
CHOOSING = frozenset({"min", "max", "sorted", "list", "next", "zip", "enumerate", "items", "values"})


def trained(texts: Iterable[str], wanted: Iterable[str] = ()) -> Trained:
    """Of all sources of a program together; `wanted` are names that an assignment looks for."""
    return decided(results_of(texts), frozenset(wanted))


def decided(known: Trained, wanted: frozenset[str]) -> Trained:
    """With what a result decides: when a `loop` that trains ends, a `network`, the `choice` of one, or nothing."""
    builders = _that_build(known.trees)
    nodes: list[Any] = [node for tree in known.trees for node in ast.walk(tree)]
    if any(isinstance(node, ast.While) and trains(node, known) and known.depends(node) for node in nodes):
        return replace(known, chosen="loop")
    if any(_decides_network(node, known, builders) for node in nodes):
        return replace(known, chosen="network")
    models = _names_of_models(known.trees, builders) | wanted
    kept = {name for name, _ in known.names if name in models}
    flows = [*_flows(nodes, functions_of(known.trees))]
    return replace(known, chosen="choice", kept=frozenset(_given_to(kept, flows))) if kept else known


def _decides_network(node: Any, known: Trained, builders: frozenset[str]) -> bool:
    if isinstance(node, ast.Call) and builds(node, builders):
        return any(known.depends(one) for one in (*node.args, *(keyword.value for keyword in node.keywords)))
    chooses = isinstance(node, (ast.If, ast.IfExp)) and known.depends(node.test)
    return chooses and _builds_within(node, builders - COPIES)


def _flows(nodes: Iterable[Any], functions: dict[str, Any]) -> Iterator[tuple[ast.expr, ast.AST]]:
    """What is given what: parts of tuples one by one, collections what is put into them, loops what they go through."""
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.NamedExpr)):
            for target in targets_of(node):
                targets = getattr(target, "elts", [])
                parts = [(one,) for one in getattr(node.value, "elts", ())] or returned_parts(node.value, functions)
                pairs = [(one, value) for one, values in zip(targets, parts, strict=False) for value in values]
                yield from pairs or [(target, node.value)]
        elif isinstance(node, ast.For):
            yield node.target, node.iter
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            yield from ((node.func.value, one) for one in node.args)


def _given_to(names: set[str], flows: Iterable[tuple[ast.expr, ast.AST]]) -> set[str]:
    """These names, and those whose values they may hold."""
    return _closed(names, [({*bases([target])}, {*names_in([value])}) for target, value in flows])


def _closed(names: set[str], flows: Iterable[tuple[set[str], set[str]]]) -> set[str]:
    """With all names that lead on from one of these."""
    flows, size = list(flows), -1
    while size != len(names):
        size = len(names)
        names = names.union(*(leads for start, leads in flows if start & names))
    return names


def _that_build(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Keras's model classes, functions that call one of these, and classes that are one."""
    trees = tuple(trees)
    known, before = BUILDERS, frozenset[str]()
    while known != before:
        before = known
        nodes: list[Any] = [node for tree in trees for node in ast.walk(tree)]
        known |= {node.name for node in nodes if _is_builder(node, before)}
    return known


def _is_builder(node: Any, known: frozenset[str]) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(last_name(base) in known for base in node.bases)
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _builds_within(node, known)


def builds(call: ast.Call, builders: frozenset[str]) -> bool:
    added = (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "add"
        and any(isinstance(one, ast.Call) for one in call.args)
    )
    return last_name(call.func) in builders or added


def _builds_within(node: ast.AST, builders: frozenset[str]) -> bool:
    return any(isinstance(one, ast.Call) and last_name(one.func) in builders for one in ast.walk(node))


def _names_of_models(trees: Iterable[ast.Module], builders: frozenset[str]) -> set[str]:
    """Names whose methods are those of models, and names that are given one, or one out of several."""
    nodes: list[Any] = [node for tree in trees for node in ast.walk(tree)]
    found = {
        node.value.id for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in ON_MODELS and isinstance(node.value, ast.Name)
    }  # fmt: skip
    given = list(_flows(nodes, functions_of(trees)))
    found |= {
        name for target, value in given
        if isinstance(value, ast.Call) and last_name(value.func) in builders for name in bases([target])
    }  # fmt: skip
    holders = _closed(found, [({*_names_chosen_from(value)}, {*bases([target])}) for target, value in given])
    return found | {
        target.id for target, value in given if isinstance(target, ast.Name) and holders & {*_names_chosen_from(value)}
    }


def _names_chosen_from(value: ast.AST) -> Iterator[str]:
    """The names of which a value is one, or a part: nothing that is called but to choose."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif not isinstance(node, ast.Call) or last_name(node.func) in CHOOSING:
            waiting += [node.func, *node.args] if isinstance(node, ast.Call) else ast.iter_child_nodes(node)


def trains(node: ast.AST, known: Trained) -> bool:
    """Whether a part of a program trains, itself or through one of its functions."""
    functions = {
        one.name
        for tree in known.trees
        for one in ast.walk(tree)
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and _trains_itself(one)
    }
    return _trains_itself(node) or any(
        isinstance(one, ast.Call) and last_name(one.func) in functions for one in ast.walk(node)
    )


def _trains_itself(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in TRAINING
        for one in ast.walk(node)
    )
