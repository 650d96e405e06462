"""Watches one input at a time: what it makes the interpreter do, and how long it takes.

Time is the processor time of this process, so that a machine at work elsewhere makes nothing a hang. An audit hook
cannot be taken away again; it is deaf while nothing is watched.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

MOST_SECONDS = 3.0
# What the harness does itself, and what tells nothing: looking at a frame is how `logging` and `enum` find a name.
HARMLESS = frozenset({"sys._getframe", "object.__getattr__", "object.__setattr__", "object.__delattr__", "builtins.id"})
READING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Hang(BaseException):
    """An input took too long. No `Exception`, so that nothing on the way takes it for an error of its own."""


@dataclass
class Seen:
    """What was seen of one input."""

    seconds: float = 0.0
    events: list[str] = field(default_factory=list)


class Watch:
    """Only the files of `folder` may be opened, and only to be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self._seen: Seen | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        seen = self._seen
        if seen is None or event in HARMLESS or (event == "open" and self._is_ours(args)) or _parses(event, args):
            return
        if len(seen.events) < 20:
            self._seen = None  # describing it may raise events of its own
            seen.events.append(f"{event} {args!r:.200}")
            self._seen = seen

    def _is_ours(self, args: tuple[Any, ...]) -> bool:
        path, _, flags = args
        if isinstance(path, int):  # a file that is open already
            return True
        return os.path.dirname(str(path)) == self._folder and not (flags or 0) & READING

    @contextmanager
    def over(self) -> Iterator[Seen]:
        """Everything inside is watched, and ended when it takes too long."""
        seen = Seen()
        before = signal.signal(signal.SIGPROF, _give_up)
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        self._seen = seen
        try:
            yield seen
        finally:
            self._seen = None
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
            seen.seconds = time.process_time() - start


def _parses(event: str, args: tuple[Any, ...]) -> bool:
    """Whether it is `ast.parse`, with which hints read the calls that they quote; whatever executes is an event too."""
    return event == "compile" and args[1] == "<unknown>"


def _give_up(number: int, frame: FrameType | None) -> None:
    raise Hang
