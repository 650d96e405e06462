"""Whether a program builds networks on a condition, which what a `fit` gave may decide."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .statements import tree_of

BUILDERS = frozenset({"Model", "Sequential", "clone_model", "load_model"})


def builds_on_condition(texts: Iterable[str]) -> bool:
    """Whether a branch that need not run calls Keras's model classes, or what in these sources calls them."""
    trees = list(parsed(texts))
    known, before = BUILDERS, frozenset[str]()
    while known != before:
        before, known = known, known | {name for tree in trees for name in that_build(tree, known)}
    return any(builds(part, known) for tree in trees for part in branches(tree))


def parsed(texts: Iterable[str]) -> Iterator[ast.Module]:
    for text in texts:
        try:
            yield tree_of(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def that_build(tree: ast.AST, known: frozenset[str]) -> Iterator[str]:
    """Functions that build a model by one of the known names, and classes that are one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            derived = any(last_name(base) in known for base in node.bases)
            yield from [node.name] if derived else []
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and builds(node, known):
            yield node.name


def builds(node: ast.AST, known: frozenset[str]) -> bool:
    return any(isinstance(one, ast.Call) and last_name(one.func) in known for one in ast.walk(node))


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def branches(tree: ast.AST) -> Iterator[ast.AST]:
    """The parts that may be passed over; what stands under `if __name__ == "__main__"` always runs here."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            if "__name__" not in ast.unparse(node.test):
                yield node
        elif isinstance(node, (ast.Match, ast.ExceptHandler)):
            yield node
