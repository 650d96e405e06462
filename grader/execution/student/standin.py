"""An inert `grader`: a submission may call `check(model)`, and no verdict exists inside the sandbox."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

TEXT = "The grader checks this model after the whole submission has run; see its report."


class Neutral:
    """Stands for any result: truthy, printable, and whatever is asked of it is neutral again."""

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return TEXT

    def _repr_html_(self) -> str:
        return f"<p>{TEXT}</p>"

    def _repr_markdown_(self) -> str:
        return TEXT

    def __call__(self, *args: object, **kwargs: object) -> Neutral:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self


def install() -> None:
    """Put the stand-in where `import grader` finds it; without a `__path__`, `grader.x` does not exist."""
    module = ModuleType("grader", TEXT)
    neutral = Neutral()
    module.__dict__.update(check=neutral, __all__=["check"], __getattr__=neutral.__getattr__)
    sys.modules["grader"] = module
