"""The process table, looked at again and again while a run lasts: what it uses, and what stays of it."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PAUSE_SECONDS = 0.05
GRACE_SECONDS = 1.0
HOP_SECONDS = 0.1
MOST_HOPS = 4


def processes(without: int | None = None) -> dict[int, str]:
    """All in this PID namespace but zombies: by number, when each started; `without` one and what comes of it."""
    found, parents = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError):
                fields = Path("/proc", name, "stat").read_text("latin-1").rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    found[int(name)], parents[int(name)] = fields[19], int(fields[1])
    return {pid: started for pid, started in found.items() if not without or not comes_of(pid, without, parents)}


def comes_of(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid and pid != ancestor:
        pid = parents.get(pid, 0)
    return pid == ancestor


class Watch:
    """Measures what appears while it lasts. `known` processes were there before, and are the harness's own."""

    def __init__(self, known: dict[int, str], token: str, neighbour: int | None = None) -> None:
        self.known = known
        self.neighbour = neighbour
        self.token = token[:12]
        self.most_memory_mb = 0.0
        self.most_shared_mb = 0.0
        self.most_tasks = 0
        self.gained_capabilities = False
        self._shared_before = shared_memory_mb()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            self._look()
            time.sleep(PAUSE_SECONDS)

    def _look(self) -> None:
        memory, tasks = 0.0, 0
        for pid in self.new():
            with suppress(OSError, ValueError, StopIteration):
                status = Path(f"/proc/{pid}/status").read_text("latin-1")
                facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
                tasks += int(facts["Threads"])
                named = facts["Name"].strip() == self.token
                self.gained_capabilities |= named and int(facts["CapEff"], 16) != 0
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
                memory += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024
        self.most_memory_mb = max(self.most_memory_mb, memory)
        self.most_tasks = max(self.most_tasks, tasks)
        self.most_shared_mb = max(self.most_shared_mb, shared_memory_mb() - self._shared_before)

    def new(self) -> list[int]:
        return [pid for pid, started in processes(self.neighbour).items() if self.known.get(pid) != started]

    def survivors(self) -> list[str]:
        """What is there a moment after everything should be gone: numbers and names."""
        deadline = time.monotonic() + GRACE_SECONDS
        while (left := self.new()) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        hops = 0 if self.neighbour else forks_within(HOP_SECONDS)
        unseen = [f"somebody who forked {hops} times in {HOP_SECONDS} s"] if hops > MOST_HOPS and not left else []
        return [f"{pid} {named(pid)}" for pid in left] + unseen


def forks_within(seconds: float) -> int:
    """How many processes and threads were begun here meanwhile: some live too short a time to be seen in a table."""

    def last() -> int:
        return int(Path("/proc/loadavg").read_text("ascii").split()[-1])

    before = last()
    time.sleep(seconds)
    return last() - before


def named(pid: int) -> str:
    """State, parent and beginning of the command line."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_text("latin-1").replace("\0", " ")
        return f"{fields[0]}, child of {fields[1]}: {command[-120:]}"
    return "gone since"


def shared_memory_mb() -> float:
    """Of the whole machine: memory files, and what lies in file systems of memory."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Shmem:")) / 1024
