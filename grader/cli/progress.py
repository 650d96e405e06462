"""The progress of a class on a terminal, or in plain lines where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any, Self

from grader.domain.words import listed, time_left
from grader.pipeline import Progress

FIRST_GUESS = 3  # submissions after which the rest is estimated
EVERY_SECONDS = 5.0  # at least, between two plain lines
MOST_NAMED = 3


class TerminalProgress(Progress):
    """On stderr: what begins, how many are done, how long the rest takes, and how many need a person."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._total = self._first = 0
        self._started = time.monotonic()
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, text: str) -> None:
        if self._bar is not None:
            self._bar.update(self._task, description=text)
        else:
            self._line(f"{text} …")

    def begin(self, total: int, done: int, kept: int, review: int) -> None:
        self._total, self._first, self._started = total, done, time.monotonic()
        if told := beginning(total, done, kept):
            self._line(told)
        if done == total or self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=total, completed=done)
        self._bar.start()

    def advance(self, done: int, last: str, review: int) -> None:
        now = time.monotonic()
        words = ", ".join(part for part in (remaining(done, self._first, self._total, now - self._started),
                                            f"{review} to review" if review else "") if part)  # fmt: skip
        if self._bar is not None:
            told = "; ".join(filter(None, (f"last done: {last[:24]}", words)))
            self._bar.update(self._task, completed=done, description=told)
        elif done == self._total or now - self._last_line >= EVERY_SECONDS:
            self._last_line = now
            self._line(f"{done} of {self._total} done (last: {last}){f', {words}' if words else ''}")

    def wait(self, names: Sequence[str], seconds: float) -> None:
        now, text = time.monotonic(), waiting(names, seconds)
        if self._bar is not None:
            self._bar.update(self._task, description=text)
        elif len(names) == 1 or now - self._last_line >= EVERY_SECONDS:
            self._last_line = now
            self._line(text)

    def _line(self, text: str) -> None:
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)


def beginning(total: int, done: int, kept: int) -> str:
    """What there is to do, before anything of it begins; nothing if that is everything, since it has been said."""
    if not done and not kept:
        return ""
    left = total - done - kept
    parts = ((done, f"of {total} already done"), (kept, "to grade again from recordings"), (left, "to execute"))
    return ", ".join(f"{count} {what}" for count, what in parts if count)


def waiting(names: Sequence[str], seconds: float) -> str:
    """`waiting for jane-doe, which may run for 60 s`."""
    shown = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else [])]
    each = ", each of which" if len(names) > 1 else ", which"
    return f"waiting for {listed(shown)}{each} may run for {seconds:.0f} s"


def remaining(done: int, first: int, total: int, seconds: float) -> str:
    """How long the rest will take, in round words; nothing as long as a guess would be worth nothing."""
    here, left = done - first, total - done
    if here < FIRST_GUESS or not left:
        return ""
    return time_left(seconds / here * left)
