"""An inert `google.colab`: a notebook from there mounts a drive and downloads files, and neither is missed here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

from .locate import Sources

NAME = "google.colab"


class Nothing:
    """Whatever is asked of it is nothing again, and a call of it returns an empty dict, as an upload of no file."""

    def __call__(self, *args: object, **kwargs: object) -> dict[str, Any]:
        return {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class ColabFinder(MetaPathFinder, Loader):
    """Asked last. A program that tries the import to find out whether it runs in Colab is told that it does not."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        ours = fullname == NAME or fullname.startswith(NAME + ".")
        return ModuleSpec(fullname, self, is_package=True) if ours and not self.is_tried() else None

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = Nothing().__getattr__

    def is_tried(self) -> bool:
        """Whether the import stands within a `try`, or is not the student's own."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
            frame = frame.f_back
        source = self.sources.find(frame.f_code.co_filename) if frame is not None else None
        return source is None or frame is None or in_try(source.text, frame.f_lineno)


def in_try(text: str, line: int) -> bool:
    tries = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Try)]
    return any(one.body[0].lineno <= line <= (one.body[-1].end_lineno or 0) for one in tries)


def install(sources: Sources) -> None:
    sys.meta_path.append(ColabFinder(sources))
