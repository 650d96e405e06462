"""The progress of a class on a terminal, or in plain lines where there is none."""

from __future__ import annotations

import sys
import time
from typing import Any, Self

from grader.pipeline import Progress

EVERY_SECONDS = 5.0  # at least, between two plain lines


class TerminalProgress(Progress):
    """On stderr: what begins, how many are done, how long the rest takes, and how many need a person."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._total = 0
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, text: str) -> None:
        self._show(text, f"{text} …", at_once=True)

    def begin(self, total: int, done: int, kept: int) -> None:
        self._total = total
        if text := beginning(total, done, kept):
            self._show(text, text, at_once=True)
        if done == total or self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        words = TextColumn("{task.description}", markup=False)
        columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn(), words)
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._bar.add_task("", total=total, completed=done)
        self._bar.start()

    def advance(self, done: int, last: str, review: int) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done)
        words = f", {review} to review" if review else ""
        line = f"{done} of {self._total} done (last: {last}){words}"
        self._show(f"last done: {last[:24]}{words}", line, at_once=done == self._total)

    def _show(self, beside_the_bar: str, line: str, *, at_once: bool) -> None:
        """A plain line comes at once, or if there was none for some time."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=beside_the_bar)
        elif not self._quiet and (at_once or time.monotonic() - self._last_line >= EVERY_SECONDS):
            self._last_line = time.monotonic()
            print(line, file=sys.stderr, flush=True)


def beginning(total: int, done: int, kept: int) -> str:
    """What there is to do, before anything of it begins; nothing if that is everything, since it has been said."""
    if not done and not kept:
        return ""
    todo = total - done - kept
    parts = ((done, f"of {total} already done"), (kept, "to grade again from recordings"), (todo, "to execute"))
    return ", ".join(f"{count} {text}" for count, text in parts if count)
