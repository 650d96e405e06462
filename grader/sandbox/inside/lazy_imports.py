"""Modules that Keras imports and hardly a program uses: they are loaded when somebody asks for one of their names."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

DEFERRED = ("keras.wrappers", "tensorflow._api.v2.compat.v1", "tensorflow._api.v2.compat.v2")
"""The first alone imports scikit-learn: with the others a quarter of the time that Keras takes."""

LOADING = {"__all__", "__version__"}
"""What only the module itself can say; for other names with underscores, whoever looks at all modules asks."""


def defer(names: Iterable[str] = DEFERRED) -> None:
    """From now on an import of one of these makes an empty module, which fills itself when it is used."""
    sys.meta_path.insert(0, _Finder(names))


class _Finder(MetaPathFinder):
    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._names:
            return None
        self._names.remove(name)  # whoever imports it once more, after a `del sys.modules[…]`, gets the usual module
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader)
        return spec


class _Later(Loader):
    """Unlike with `importlib.util.LazyLoader`, asking for `__file__` loads nothing: each traceback asks all modules."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        loading = threading.RLock()
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader  # from now on it is a module like any other

        def load() -> None:
            with loading:
                if module.__dict__.get("__getattr__") is missing:
                    del module.__dict__["__getattr__"], module.__dict__["__dir__"]
                    self._loader.exec_module(module)

        def missing(name: str) -> Any:
            if name.startswith("__") and name not in LOADING:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            load()
            return getattr(module, name)

        def names() -> list[str]:
            load()
            return dir(module)

        module.__dict__.update(__getattr__=missing, __dir__=names)
