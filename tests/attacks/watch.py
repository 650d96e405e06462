"""The process table, looked at again and again while a run lasts: what it uses, and what stays of it."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.attacks import groups

PAUSE_SECONDS = 0.05
GRACE_SECONDS = 1.0
HOP_SECONDS = 0.1
MOST_HOPS = 4
LOOKS_AT_WHAT_IS_LEFT = 4


def processes(without: int | None = None) -> dict[int, str]:
    """All in this PID namespace that live: by number, when each started; `without` one and what comes of it."""
    starts, parents = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError):
                fields = Path("/proc", name, "stat").read_text("latin-1").rpartition(")")[2].split()
                if living(int(name)):
                    starts[int(name)], parents[int(name)] = fields[19], int(fields[1])
    return {pid: started for pid, started in starts.items() if not without or not comes_of(pid, without, parents)}


def living(pid: int) -> list[int]:
    """The threads of a process that have not ended: its first one may have, while others go on."""
    threads = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with suppress(OSError, IndexError):
            if Path(f"/proc/{pid}/task/{task}/stat").read_text("latin-1").rpartition(")")[2].split()[0] not in "ZX":
                threads.append(int(task))
    return threads


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
        self.most = {"memory_mb": 0.0, "shared_mb": 0.0, "kernel_mb": 0.0, "tasks": 0}
        self.gained_capabilities = False
        self.starved: tuple[str, ...] = ()
        self._shared_before = shared_memory_mb()
        self._kernel_before = kernel_memory_mb()
        self._place_before = place_mb()
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            self._look()
            time.sleep(PAUSE_SECONDS)

    def _look(self) -> None:
        memory, tasks = 0.0, 0
        for pid in self.new():
            with suppress(OSError, ValueError, StopIteration, IndexError):
                task = Path(f"/proc/{pid}/task/{living(pid)[0]}")
                status = (task / "status").read_text("latin-1")
                facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
                tasks += int(facts["Threads"])
                named = facts["Name"].strip() == self.token
                self.gained_capabilities |= named and int(facts["CapEff"], 16) != 0
                memory += memory_mb(task, int(facts.get("VmRSS", "0").split()[0]))
        now = {
            "memory_mb": self._bounded(memory), "shared_mb": shared_memory_mb() - self._shared_before,
            "kernel_mb": kernel_memory_mb() - self._kernel_before, "tasks": tasks,
        }  # fmt: skip
        self.most = {name: max(most, now[name]) for name, most in self.most.items()}
        self._looks += 1
        if self._looks % LOOKS_AT_WHAT_IS_LEFT == 0:
            self.starved = tuple(dict.fromkeys((*self.starved, *missing())))

    def _bounded(self, memory: float) -> float:
        """While one process after another is read, others end and grow: together they have no more than their group."""
        group = place_mb()
        return min(memory, max(group - self._place_before, 0.0)) if group else memory

    def seen(self) -> dict[str, Any]:
        """As evidence: the most that there was of each, at any time."""
        return {**self.most, "starved": self.starved, "gained_capabilities": self.gained_capabilities}

    def new(self) -> list[int]:
        return [pid for pid, started in processes(self.neighbour).items() if self.known.get(pid) != started]

    def survivors(self) -> list[str]:
        """What is there a moment after everything should be gone: numbers and names."""
        deadline = time.monotonic() + GRACE_SECONDS
        while (pids := self.new()) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        hops = 0 if self.neighbour else forks_within(HOP_SECONDS)
        unseen = [f"somebody who forked {hops} times in {HOP_SECONDS} s"] if hops > MOST_HOPS and not pids else []
        return [f"{pid} {named(pid)}" for pid in pids] + unseen


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


def memory_mb(task: Path, resident_kb: int) -> float:
    """With pages that processes share counted once among them; all of them, where nobody may look more closely."""
    try:
        rollup = (task / "smaps_rollup").read_text("ascii")
        return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024
    except PermissionError:
        return resident_kb / 1024


def missing() -> Iterator[str]:
    """What whoever works beside an attack needs, and cannot have at this moment."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(0)
    if handle < 0 and ctypes.get_errno() == errno.EMFILE:
        yield "what tells of changed files"
    if handle >= 0:
        os.close(handle)
    with suppress(ValueError, IndexError):
        status = Path("/proc/self/status").read_text("ascii")
        used, most = (int(number) for number in status.partition("SigQ:")[2].split()[0].split("/"))
        if 2 * used > most:
            yield "signals that wait"
    yield from missing_descriptors()
    try:
        os.close(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            yield "terminals"
    if any("LEASE" in line for line in Path("/proc/locks").read_text("ascii").splitlines()):
        yield "files that nobody leases"


def missing_descriptors() -> Iterator[str]:
    """Those that are sent to somebody, and those that are waited for."""
    near, far = socket.socketpair()
    with near, far:
        try:
            socket.send_fds(near, [b"."], [near.fileno()])
        except OSError as error:
            if error.errno == errno.ETOOMANYREFS:
                yield "descriptors on their way"
        try:
            with select.epoll() as poll:
                poll.register(near, select.EPOLLIN)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                yield "sockets to wait for"


def kernel_memory_mb() -> float:
    """What the kernel keeps for all in this place, if it has a group that counts it."""
    if group := groups.own():
        current, facts = in_group(group)
        return (current - facts["anon"] - facts["file"]) / 2**20
    return 0.0


def place_mb() -> float:
    """All that counts for processes of this place, at one moment; nothing where it has no group."""
    group = groups.own()
    return (in_group(group)[0] if group else 0) / 2**20


def shared_memory_mb() -> float:
    """Of this place, or of the whole machine: memory files, and what lies in file systems of memory."""
    if group := groups.own():
        return in_group(group)[1]["shmem"] / 2**20
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("Shmem:"))


def in_group(group: Path) -> tuple[int, dict[str, int]]:
    """Bytes: of all kinds, and of three by name, which are others in version 1."""
    lines = (group / "memory.stat").read_text("ascii").splitlines()
    facts = {name: int(number) for name, number in map(str.split, lines)}
    if (group / "memory.current").exists():
        return int((group / "memory.current").read_text("ascii")), facts
    names = {"anon": "total_rss", "file": "total_cache", "shmem": "total_shmem"}
    usage = int((group / "memory.usage_in_bytes").read_text("ascii"))
    return usage, {name: facts[old] for name, old in names.items()}
