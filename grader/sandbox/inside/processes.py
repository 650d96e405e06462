"""Processes below this one, as the kernel's table names them, and how those that multiply are ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

CHASES = 100


def begun(pid: int) -> str:
    """When a process was started, in ticks: a number may name several, one after another or one in each namespace."""
    return after_name(f"/proc/{pid}/stat")[19]


def after_name(path: str) -> list[str]:
    """The words of a `stat` that follow the name, which the process chooses and which may hold anything."""
    return Path(path).read_text("latin-1").rpartition(")")[2].split()


def children(pid: int) -> list[int]:
    """Of all threads of a process."""
    pids: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            pids += map(int, task.read_text("ascii").split())
    return pids


def below(pid: int) -> list[int]:
    """All descendants of a process, its children first. It may miss some: call it repeatedly."""
    pids, waiting = [], [pid]
    while waiting:
        more = children(waiting.pop())
        pids += more
        waiting += more
    return pids


def chase(spared: Set[int] = frozenset()) -> None:
    """Kill children as they come: a process that forks and exits at once is gone before the list is complete."""
    for _ in range(CHASES):
        pids = set(children(os.getpid())) - spared
        for pid in pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
        if not pids:
            return
