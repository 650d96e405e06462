"""Modules and second names of Keras 2 where programs import them from, and one Keras under both names."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .old_keras import ELSEWHERE, FACES, MOVED, PUBLIC, RENAMED, is_within, modern_homes


class MovedModule(Loader):
    """Fills a module with the names of its modern homes."""

    def exec_module(self, module: ModuleType) -> None:
        for home in reversed(modern_homes(module.__name__)):
            names = vars(importlib.import_module(home))
            module.__dict__.update({name: value for name, value in names.items() if not name.startswith("_")})


class Facade(MetaPathFinder, Loader):
    """`tensorflow.keras.losses` is `keras._tf_keras.keras.losses`, and no second module made from the same file."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not is_within(fullname, PUBLIC):
            return None
        with contextlib.suppress(ImportError):
            importlib.import_module(_behind(fullname))
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = sys.modules[_behind(module.__name__)]


def _behind(name: str) -> str:
    return FACES[1] + name.removeprefix(PUBLIC)


class Keras2Finder(MetaPathFinder):
    """Asked last, so it sees only modules that the installed Keras does not have."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, MovedModule(), is_package=True) if modern_homes(fullname) else None


def install() -> None:
    sys.meta_path.insert(0, Facade())
    sys.meta_path.append(Keras2Finder())


def show(tensorflow: Any) -> None:
    """Its Keras, whichever the program asks for later: Keras 2 would be another package."""
    with contextlib.suppress(ImportError):
        tensorflow.keras = importlib.import_module(FACES[1])


def add_old_names(keras: Any) -> None:
    """Also to what `tensorflow.keras` shows, which are modules of its own around the same functions.

    Each of the two has names of losses and metrics that the other lacks.
    """
    for name in [one for one in sys.modules if is_within(one, PUBLIC) and _behind(one) in sys.modules]:
        sys.modules[name] = sys.modules[_behind(name)]
    for face in FACES:
        for section in ("losses", "metrics"):
            for name, value in list(vars(sys.modules[f"{face}.{section}"]).items()):
                if not name.startswith("_"):
                    put(f"{section}.{name}", value)
    for section, names in RENAMED.items():
        for old, new in names.items():
            put(f"{section}.{old}", getattr(getattr(keras, section), new))
    for old, new in ELSEWHERE.items():
        section, _, name = new.rpartition(".")
        put(old, getattr(getattr(keras, section), name))
    for module in MOVED:
        with contextlib.suppress(ImportError):
            put(module, importlib.import_module(f"keras.{module}"))


def put(path: str, value: Any) -> None:
    """Make a dotted name of Keras lead to a value, unless it leads somewhere already."""
    section, _, name = path.rpartition(".")
    for root in FACES:
        module = sys.modules.get(f"{root}.{section}".rstrip("."))
        if module is not None and not hasattr(module, name):
            setattr(module, name, value)
