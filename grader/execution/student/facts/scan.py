"""Mistakes that can be read off the source, also where the program never gets so far: pattern, code, correction."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..recorder import NOWHERE, Recorder
from ..source.rewrite import Finding, corrected, instead
from ..source.statements import last_name, tree_of
from .old_keras import (
    Context,
    full_name,
    imported_names,
    is_within,
    learning_rate,
    old_attributes,
    old_imports,
)

OTHER = "tf_keras"


def other_keras(node: ast.AST, context: Context) -> Iterator[Finding]:
    """Keras 2, under the name that it has today."""
    if any(is_within(module, OTHER) for module in _modules_of(node)):
        old = ast.unparse(node)
        new = old.replace(f"{OTHER} as keras", "keras").replace(OTHER, "keras")
        yield "other-keras", instead(new + (f" as {OTHER}" if old == f"import {OTHER}" else ""), old)


def _modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def seed(call: ast.Call, context: Context) -> Iterator[Finding]:
    if full_name(call.func, context.names) == "numpy.random.seed" and "set_random_seed" not in context.called:
        yield "numpy-seed", corrected(context.written(call), {}, "keras.utils.set_random_seed")


ON_NODES: tuple[Callable[[ast.AST, Context], Iterator[Finding]], ...] = (
    old_imports,
    old_attributes,
    other_keras,
)
ON_CALLS: tuple[Callable[[ast.Call, Context], Iterator[Finding]], ...] = (
    learning_rate,
    seed,
)


def on_sources(recorder: Recorder, texts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Note what can be read off sources that belong together; each with the location before its first line."""
    trees = []
    for text, location in texts:
        try:
            trees.append((tree_of(text), text, location))
        except (ValueError, RecursionError):
            continue
    names = imported_names(tree for tree, _, _ in trees)
    calls = [node for tree, _, _ in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    context = Context(names, {full_name(call.func, names) for call in calls} | {last_name(call.func) for call in calls})
    for tree, context.text, location in trees:
        for node in walk(tree):
            for code, said in _found_in(node, context):
                recorder.note(code, said, {**location, "line": node.lineno + (location["line"] or 0)})


def on_helpers(recorder: Recorder) -> None:
    """The same for modules beside the entry, as far as something happened in them."""
    for source in list(recorder.sources.known.values()):
        if source.cell is None and source.name not in ("", recorder.job["entry"]):
            on_sources(recorder, [(source.text, {**NOWHERE, "file": source.name})])


def walk(tree: ast.AST) -> Iterator[Any]:
    """Nodes that have a line, from the first line to the last; of a dotted name, only the whole."""
    nodes: list[Any] = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    inner = {
        id(node.value) for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    yield from sorted(
        (node for node in nodes if id(node) not in inner), key=lambda node: (node.lineno, node.col_offset)
    )


def _found_in(node: ast.AST, context: Context) -> Iterator[Finding]:
    for pattern in ON_NODES:
        yield from pattern(node, context)
    if isinstance(node, ast.Call):
        for on_call in ON_CALLS:
            yield from on_call(node, context)
