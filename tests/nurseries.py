"""One import of Keras for all that a test process runs at one level; commands that tests start import it themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.execution import one_import
from grader.sandbox.nursery import Nursery


class Nurseries:
    """In place of `one_import`: what it hands out stays until the end of the session."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._started: dict[tuple[str, Path | None], Nursery | None] = {}

    @contextmanager
    def __call__(self, level: str, python: Path | None = None, *, lazily: bool = False) -> Iterator[Nursery | None]:
        if os.environ.get("GRADER_NURSERY") == "none":
            yield None
            return
        if (level, python) not in self._started:
            nursery = self._stack.enter_context(one_import(level, python, lazily=lazily))
            self._started[level, python] = nursery
        yield self._started[level, python]
