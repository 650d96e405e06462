"""All processes below this one: which there are, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import psutil

from grader.execution import usage

POLL_SECONDS = 0.01
KILL_SECONDS = 60.0
CHASES = 100


def descendants() -> set[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return set(psutil.Process().children(recursive=True))
    return set()


def at_a_glance() -> set[psutil.Process]:
    """The same in a tenth of the time, where somebody may be missed: to be looked at again and again."""
    if sys.platform != "linux":
        return descendants()
    found: set[psutil.Process] = set()
    waiting = [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for pid in map(int, task.read_text("ascii").split()):
                    with contextlib.suppress(psutil.Error):
                        found.add(psutil.Process(pid))
                        waiting.append(pid)
    return found


def kill(others: set[psutil.Process]) -> bool:
    """End all below this process but `others`, and say whether that was possible.

    What is killed may have forked a moment before, and may do so while the table of processes is read. So it is over
    only when everybody is dead, and another look finds nobody who was not among these.
    """
    deadline = time.monotonic() + KILL_SECONDS
    dead: set[psutil.Process] | None = None
    while time.monotonic() < deadline:
        found = descendants() - others
        if dead is not None and found <= dead:
            return True
        left = [one for one in found if not is_dead(one)]
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.kill()
        chase({one.pid for one in others})
        dead = None if left else found
        if left:
            time.sleep(POLL_SECONDS)
    return False


def chase(others: set[int]) -> None:
    """Kill orphans as soon as they become ours: who forks and exits at once is gone before a whole table is read."""
    for _ in range(CHASES):
        caught = 0
        for task in Path("/proc/self/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for pid in set(map(int, task.read_text("ascii").split())) - others:
                    os.kill(pid, signal.SIGKILL)
                    with contextlib.suppress(ChildProcessError):
                        caught += os.waitpid(pid, os.WNOHANG)[0] != pid
        if not caught:
            return


def is_dead(process: psutil.Process) -> bool:
    """Whether none of its threads is alive; its first one may have ended before the others. Also buries an orphan."""
    with contextlib.suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE or (sys.platform == "linux" and usage.alive(process.pid)):
            return False
        if process.ppid() == os.getpid() and os.name == "posix":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
    return True
