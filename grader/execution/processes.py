"""All processes below this one: which there are, what they use together, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

POLL_SECONDS = 0.01
KILL_SECONDS = 60.0
CHASES = 100
MOST_ENTRIES = 100_000
DEEPEST = 100


def descendants() -> set[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return set(psutil.Process().children(recursive=True))
    return set()


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
    """Also buries an orphan that became ours."""
    with contextlib.suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE:
            return False
        if process.ppid() == os.getpid() and os.name == "posix":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
    return True


def resident(processes: set[psutil.Process]) -> int:
    """Bytes, with pages that processes share counted for each."""
    total = 0
    for one in processes:
        with contextlib.suppress(psutil.Error):
            total += one.memory_info().rss
    return total


def exceeded(processes: set[psutil.Process], request: dict[str, Any], cpu: dict[int, float]) -> str:
    """The name of a limit that these processes break together. `cpu` keeps the time of those that are gone."""
    tasks = 0
    for one in processes:
        with contextlib.suppress(psutil.Error), one.oneshot():
            times = one.cpu_times()
            cpu[one.pid] = times.user + times.system
            tasks += threads(one)
    most = request["memory_mb"] * 2**20
    if resident(processes) > most and sum(map(proportional, processes)) > most:
        return "memory"
    if request["cpu_seconds"] is not None and sum(cpu.values()) > request["cpu_seconds"]:
        return "cpu"
    if request["processes"] is not None and tasks > request["processes"]:
        return "processes"
    if request["disk_mb"] is not None and larger(request["disk"], request["disk_mb"] * 2**20):
        return "disk"
    return ""


def threads(process: psutil.Process) -> int:
    """Counted in a folder: in the text of the process table, its name, which is its own to choose, comes first."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{process.pid}/task"))
    return int(process.num_threads())


def proportional(process: psutil.Process) -> int:
    """Resident memory, with pages that processes share counted once among them."""
    with contextlib.suppress(psutil.Error, AttributeError):
        return int(process.memory_full_info().pss)
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def larger(folder: str, most: int) -> bool:
    """Whether more is stored in a folder than may be, in too many files or too deep; links are not followed."""
    total = entries = depth = 0
    waiting = [(folder, 0)]
    while waiting and total <= most and entries <= MOST_ENTRIES and depth <= DEEPEST:
        place, depth = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(place) as found:
            for one in found:
                entries += 1
                if one.is_dir(follow_symlinks=False):
                    waiting.append((one.path, depth + 1))
                    continue
                with contextlib.suppress(OSError):
                    status = one.stat(follow_symlinks=False)
                    total += getattr(status, "st_blocks", 0) * 512 or status.st_size
    return total > most or entries > MOST_ENTRIES or depth > DEEPEST
