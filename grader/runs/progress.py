"""What the grading of a class says while it goes on. This one says nothing; the command line has one that prints."""

from __future__ import annotations

from collections.abc import Sequence


class Progress:
    """Called by the pipeline, always from one thread."""

    def stage(self, text: str) -> None:
        """What begins now and may take a moment."""

    def begin(self, total: int, done: int, kept: int, review: int) -> None:
        """Of `total` submissions `done` are finished, `review` of these for a person; `kept` others need no run."""

    def advance(self, done: int, last: str, review: int) -> None:
        """So many are finished now; `last` was the last one."""

    def wait(self, names: Sequence[str], seconds: float) -> None:
        """Nothing else is left than these, whose programs may each run for so long."""
