"""Modules of Keras 2 that Keras 3 moved: importable again, each use told to `tell`."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

LAYERS = (
    "merge",
    "core",
    "convolutional",
    "normalization",
    "advanced_activations",
    "recurrent",
    "pooling",
    "embeddings",
    "noise",
    "wrappers",
)
ENGINE = ("layers", "models", "")
MOVED: dict[str, tuple[str, ...]] = {
    **{f"layers.{name}": ("layers",) for name in LAYERS},
    "engine": ENGINE,
    "engine.topology": ENGINE,
    "engine.training": ENGINE,
    "engine.base_layer": ENGINE,
    "engine.input_layer": ENGINE,
    "utils.np_utils": ("utils",),
    "utils.vis_utils": ("utils",),
}
PREFIXES = ("tensorflow.keras.", "keras.")


def modern_homes(module: str) -> tuple[str, ...]:
    """Where the names of a module of Keras 2 live today; empty for any other module."""
    for prefix in PREFIXES:
        if module.startswith(prefix):
            homes = MOVED.get(module.removeprefix(prefix), ())
            return tuple((prefix + home).rstrip(".") for home in homes)
    return ()


class MovedModule(Loader):
    """Fills a module with the names of its modern homes."""

    def exec_module(self, module: ModuleType) -> None:
        for home in reversed(modern_homes(module.__name__)):
            names = vars(importlib.import_module(home))
            module.__dict__.update({name: value for name, value in names.items() if not name.startswith("_")})


class Keras2Finder(MetaPathFinder):
    """Asked last, so it sees only modules that the installed Keras does not have."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        homes = modern_homes(fullname)
        if not homes:
            return None
        self.tell(f"{fullname} -> {homes[0]}")
        return ModuleSpec(fullname, MovedModule(), is_package=True)


def install(tell: Callable[[str], None]) -> None:
    sys.meta_path.append(Keras2Finder(tell))


def moved_imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Detail and line of every import of a moved module: the finder meets only the first of several."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            homes = modern_homes(node.module)
            names = ", ".join(alias.name for alias in node.names)
            if homes:
                yield f"{node.module} -> from {homes[0]} import {names}", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if homes := modern_homes(alias.name):
                    yield f"{alias.name} -> {homes[0]}", node.lineno
