"""Ends a run as soon as its control groups hold more memory than its limit.

A look at all processes of a run takes longer the more they have open, and they go on during it; what a group holds is
one number in the kernel. So a separate thread reads it between the looks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Self

from grader.sandbox.cgroups import Group

PAUSE_SECONDS = 0.005


class Lifeline:
    """The pipe that is open as long as a run may go on. Whoever is first can close it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()

    def cut(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None


class Guard:
    """Runs as long as the `with` block. `met` says whether it has ended the run."""

    def __init__(self, groups: Sequence[Group], most: int, lifeline: Lifeline) -> None:
        self.groups = [group for group in groups if group.controller == "memory"]
        self.most, self.lifeline = most, lifeline
        self.met = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self.groups:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self.groups:
            self._thread.join()

    def _watch(self) -> None:
        while not self.met and not self._over.wait(PAUSE_SECONDS):
            if any(group.holds(self.most) for group in self.groups):
                self.met = True
                self.lifeline.cut()
