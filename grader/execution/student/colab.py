"""An inert `google.colab`: a notebook from there mounts a drive and downloads files, and neither is missed here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

from .imports import importing_frame, is_students_own
from .locate import Sources
from .statements import Consequence, Inert

NAME = "google.colab"


class Upload(Inert, dict[str, Any]):
    """Nobody has chosen a file. Who opens one all the same is not to blame."""

    def __missing__(self, name: str) -> NoReturn:
        raise NothingUploaded(f"nobody uploads {name!r} while the grader runs this file")


class NothingUploaded(Consequence, KeyError):
    """A file was wanted that a person would have uploaded."""


class Nothing:
    """Whatever is asked of it is nothing again, and a call of it returns an empty dict, as an upload of no file."""

    def __call__(self, *args: object, **kwargs: object) -> dict[str, Any]:
        return Upload()

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
        if not ours or not is_students_own(self.sources, importing_frame()):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = Nothing().__getattr__


def install(sources: Sources) -> None:
    sys.meta_path.append(ColabFinder(sources))
