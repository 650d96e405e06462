"""Something done to a module as soon as it is imported, or at once where it was imported long ago."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType
from typing import Any

from .locate import Sources

Change = Callable[[Any], None]


class WatchedLoader(Loader):
    """A module's own loader, with a word afterwards."""

    def __init__(self, loader: Any, loaded: Change) -> None:
        self.loader = loader
        self.loaded = loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        self.loaded(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


class WatchingFinder(MetaPathFinder):
    """Asked first, answers for the watched modules alone. It may be asked often: TensorFlow looks before it imports."""

    def __init__(self, changes: dict[str, Change]) -> None:
        self.changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.changes:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = WatchedLoader(spec.loader, self.changes[fullname])
        return spec


def when_imported(changes: dict[str, Change]) -> None:
    """Change each of these modules; those that are there already, now."""
    sys.meta_path.insert(0, WatchingFinder(changes))
    for name, change in changes.items():
        if name in sys.modules:
            change(sys.modules[name])


def importing_frame() -> Any:
    """Who imports, as seen from a finder that is asked."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
        frame = frame.f_back
    return frame


def is_students_own(sources: Sources, frame: Any) -> bool:
    """Whether an import stands in the student's code, and in no `try`, which finds out whether something is there."""
    source = sources.find(frame.f_code.co_filename) if frame is not None else None
    return source is not None and not source.is_tried(frame.f_lineno)
