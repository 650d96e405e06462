"""The names that a source binds, and which of them was meant by one that is not there."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from difflib import get_close_matches

from .statements import tree_of


def bound_names(text: str) -> set[str]:
    """Every name that a source may bind, wherever in it; a `*` import may bind any."""
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def nearest(name: str, names: Sequence[str], cutoff: float = 0.7) -> str:
    """The name that was probably meant; capitals do not count."""
    swapped = [one for one in names if sorted(one.lower()) == sorted(name.lower())]
    if swapped and name not in swapped:
        return swapped[0]
    small = {one.lower(): one for one in reversed(names)}
    return next((small[one] for one in get_close_matches(name.lower(), small, 1, cutoff)), "")
