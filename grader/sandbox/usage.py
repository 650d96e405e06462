"""What the processes of a run use together (memory, time, processes, storage), and how all of them are ended.

On Linux a process is identified by its threads: its first one may have ended while others go on, and then it reports
that it is dead and uses nothing. Whatever cannot be inspected counts as too much.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from grader.sandbox.cgroups import ControlGroup
from grader.sandbox.inside.processes import after_name, below, chase

MOST_ENTRIES = 100_000
DEEPEST = 100
LOOKS_IN_FLIGHT = 5  # in a row, before descriptors in flight without a receiver count as hidden
LOOKS_HIDDEN = 3  # in a row, before a process counts as hidden: any process is while it starts a program
LOOKS_AHEAD = 4  # at the last rate of growth, before memory counts as running out
LOOKS_AT_MAPS = 3  # every so often, a look also reads the tables of memory, which are long
PF_EXITING = 0x4
HIDDEN_FILE = 16 * 2**20  # a file without a name that is only partly mapped, if its size cannot be read
MOST_DESCRIPTORS = 4_096  # of a run; more are not examined one by one, since that takes longer than making them
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
POLL_SECONDS = 0.01
KILL_SECONDS = 60.0


@dataclass(frozen=True)
class Used:
    """The use of one process.

    `unnamed` are the bytes of files without a name that it holds, by device and number; `in_flight` counts descriptors
    that wait in its sockets to be received. `hidden` says that it is alive, but cannot be inspected. `waited_seconds`
    is how long its first thread was ready to run but did not, since others, of the same run too, had the processors.
    `data` is what the kernel holds against its own limit of memory.
    """

    memory: int
    in_flight: int = 0
    unnamed: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden: bool = False
    waited_seconds: float = 0.0
    data: int = 0


@dataclass
class Meter:
    """Measures a run repeatedly. `disk` is the folder that counts, or nothing if its size is fixed.

    `waited_seconds` is how long others had the processors: what a thread of the run waited, as far as the `processors`
    of the run were not busy with the run itself. Its control `groups` know what is in no table of a process.
    """

    memory_mb: int
    cpu_seconds: float | None
    processes: int | None
    disk_mb: int | None
    disk: str
    processors: int = 1
    groups: Sequence[ControlGroup] = ()
    started: float = field(default_factory=time.monotonic)
    busy_seconds: float = 0.0  # of processors
    own_seconds: dict[int, float] = field(default_factory=dict)  # also of processes that have ended
    looks: int = 0
    in_flight: int = 0
    hidden: int = 0
    waited_seconds: float = 0.0
    memory: int = 0  # at the last look
    most_data: int = 0  # of any one process, at any look
    close: bool = False  # whether memory may run out before the next look

    def exceeded(self, processes: Iterable[psutil.Process], parents: Iterable[psutil.Process] = ()) -> str:
        """The name of a limit that these processes exceed together, or nothing. Their `parents` wait for orphans."""
        self.looks += 1
        processes = list(processes)
        # Counted first: examining what too many processes have open may take longer than they need to multiply.
        if self.processes is not None and sum(map(tasks, processes)) > self.processes:
            return "processes"
        if sum(map(_open_files, processes)) > MOST_DESCRIPTORS:
            return "memory"
        maps = self.disk if self.disk_mb is not None and self.looks % LOOKS_AT_MAPS == 0 else ""
        measured = []
        for process in processes:
            if self.is_full():  # they go on meanwhile, and a look takes longer the more they have open
                return "memory"
            measured.append((process, used(process.pid, maps=maps) if sys.platform == "linux" else _asked(process)))
        uses = [use for _, use in measured if use]
        self.most_data = max([self.most_data, *(use.data for use in uses)])
        self._count_time(processes, parents)
        of_others = max(time.monotonic() - self.started - self.busy_seconds / self.processors, 0.0)
        longest = max((use.waited_seconds for use in uses), default=0.0)
        self.waited_seconds = max(self.waited_seconds, min(longest, of_others))
        memory = sum(use.memory for use in uses)
        growth, self.memory = max(memory - self.memory, 0), memory
        most = self.memory_mb * 2**20
        self.close = memory + LOOKS_AHEAD * growth > most
        self.in_flight = self.in_flight + 1 if any(use.in_flight for use in uses) else 0
        self.hidden = self.hidden + 1 if any(use.hidden for use in uses) else 0
        if self.hidden > LOOKS_HIDDEN:
            return "memory"
        if memory > most and sum(_exact(process.pid, use) for process, use in measured if use) > most:
            return "memory"
        if self.cpu_seconds is not None and self.busy_seconds > self.cpu_seconds:
            return "cpu"
        if self.in_flight > LOOKS_IN_FLIGHT:
            return "disk"
        if self.disk_mb is not None and larger(self.disk, self.disk_mb * 2**20, _unnamed(uses)):
            return "disk"
        return ""

    def is_full(self) -> bool:
        """Whether a control group holds too much: one number in the kernel, and so quickly read."""
        return any(group.holds(self.memory_mb * 2**20) for group in self.groups)

    def _count_time(self, processes: Iterable[psutil.Process], parents: Iterable[psutil.Process]) -> None:
        """Also of children that came and went between two looks: whoever waited for them has their time.

        That is read first, so that nobody who is waited for meanwhile counts twice.
        """
        waited = sum(processor_seconds(process)[1] for process in (*parents, *processes))
        own_seconds = {process.pid: processor_seconds(process)[0] for process in processes}
        self.own_seconds |= own_seconds
        counted = max((group.processor_seconds() for group in self.groups), default=0.0)
        busy = max(waited + sum(own_seconds.values()), sum(self.own_seconds.values()), counted)
        self.busy_seconds = max(self.busy_seconds, busy)


def processor_seconds(process: psutil.Process) -> tuple[float, float]:
    """Of a process itself, and of its children that have ended and for which it has waited."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError, IndexError):
            user, system, of_children, of_children_in_system = map(int, after_name(f"/proc/{process.pid}/stat")[11:15])
            return (user + system) / TICKS, (of_children + of_children_in_system) / TICKS
        return 0.0, 0.0
    with contextlib.suppress(psutil.Error):
        times: Any = process.cpu_times()
        return times.user + times.system, times.children_user + times.children_system
    return 0.0, 0.0


def used(pid: int, *, maps: str = "") -> Used | None:
    """One Linux process; nothing if it is dead. Files in the folder `maps` are looked for in its memory too."""
    folder = f"/proc/{pid}/task"
    threads = alive(pid)
    if not threads:
        return None
    memory = 0
    try:
        numbers = _fields(f"{folder}/{threads[0]}/status")
        memory = sum(_kilobytes(numbers, name) for name in ("VmRSS", "VmSwap"))
        use = _files(f"{folder}/{threads[0]}")
        if maps:
            mapped = _mapped(f"{folder}/{threads[0]}", maps)
            use.unnamed.update({key: size for key, size in mapped.items() if key not in use.unnamed})
        waited = _waited(f"{folder}/{threads[0]}")
        data = _kilobytes(numbers, "VmData")
        return replace(use, memory=memory, waited_seconds=waited, data=data)
    except PermissionError:
        ends = all(_is_ending(pid, task) for task in alive(pid))
        return None if ends else Used(memory, hidden=True)
    except (OSError, ValueError, IndexError):
        pass
    return None


def tasks(process: psutil.Process) -> int:
    """The number of processes and threads."""
    if sys.platform == "linux":
        return len(alive(process.pid))
    with contextlib.suppress(psutil.Error):
        return int(process.num_threads())
    return 0


def alive(pid: int) -> list[int]:
    """The threads of a process that have not ended, even if its first one has."""
    threads = []
    with contextlib.suppress(OSError):
        for task in map(int, os.listdir(f"/proc/{pid}/task")):
            with contextlib.suppress(OSError, IndexError):
                if after_name(f"/proc/{pid}/task/{task}/stat")[0] not in "ZX":
                    threads.append(task)
    return sorted(threads)


def _is_ending(pid: int, task: int) -> bool:
    """Whether a thread runs no code any more. It has then released its memory, and only root may inspect it."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return bool(int(after_name(f"/proc/{pid}/task/{task}/stat")[6]) & PF_EXITING)
    return True


def larger(folder: str, most: int, unnamed: int = 0) -> bool:
    """Whether more is stored in a folder, and in files without a name, than may be, in too many files or too deep.

    Links are not followed. A folder that cannot be listed may hold anything. One from which many long names were
    removed stays as large as it was.
    """
    total, entries, depth = unnamed, 0, 0
    waiting = [(folder, 0)]
    while waiting and total <= most and entries <= MOST_ENTRIES and depth <= DEEPEST:
        place, depth = waiting.pop()
        try:
            listing = os.scandir(place)
        except PermissionError:
            return True
        except OSError:
            continue
        with contextlib.suppress(OSError), listing:
            for entry in listing:
                entries += 1
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder:
                    waiting.append((entry.path, depth + 1))
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    blocks = getattr(status, "st_blocks", 0) * 512
                    total += blocks if is_folder else blocks or status.st_size
    return total > most or entries > MOST_ENTRIES or depth > DEEPEST


def _waited(task: str) -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"{task}/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


def _open_files(process: psutil.Process) -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    return 0


def _files(task: str) -> Used:
    """What waits in sockets to be received, and files without a name."""
    in_flight, unnamed = 0, {}
    for name in os.listdir(f"{task}/fd"):
        try:
            status = os.stat(f"{task}/fd/{name}")
        except OSError:
            continue  # closed since
        if stat.S_ISSOCK(status.st_mode):
            in_flight += _waiting_in(f"{task}/fdinfo/{name}")
        elif stat.S_ISREG(status.st_mode) and not status.st_nlink:
            unnamed[status.st_dev, status.st_ino] = status.st_blocks * 512
    return Used(0, in_flight, unnamed)


def _waiting_in(info: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in Path(info).read_text("ascii").splitlines():
            if line.startswith("scm_fds:"):
                return int(line.split()[1])
    return 0


def _mapped(task: str, folder: str) -> dict[tuple[int, int], int]:
    """Files without a name that were in a folder and are mapped by the process, with their size.

    If only root may read the size, it is estimated: the mapped part, and at least what a file of a run may hide.
    """
    sizes: dict[tuple[int, int], int] = {}
    thread = task.rpartition("/")[2]
    for line in Path(f"{task}/maps").read_text("latin-1").splitlines():
        if line.endswith("(deleted)") and f" {folder}/" in line:
            span, _, offset, device, number, _ = line.split(None, 5)
            start, end = (int(part, 16) for part in span.split("-"))
            major, minor = (int(part, 16) for part in device.split(":"))
            key = (os.makedev(major, minor), int(number))
            sizes[key] = max(sizes.get(key, 0), int(offset, 16) + end - start, _stored(thread, span))
    return sizes


def _stored(thread: str, span: str) -> int:
    """Bytes of a file of which a thread has mapped a part."""
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/{thread}/map_files/{span}").st_blocks * 512
    return HIDDEN_FILE


def _unnamed(uses: Iterable[Used]) -> int:
    """Each file once, however many processes have it open."""
    sizes: dict[tuple[int, int], int] = {}
    for use in uses:
        sizes |= use.unnamed
    return sum(sizes.values())


def _exact(pid: int, use: Used) -> int:
    """Memory, counting pages that processes share only once."""
    if sys.platform != "linux":
        return use.memory
    for task in alive(pid)[:1]:
        with contextlib.suppress(OSError, ValueError, KeyError):
            numbers = _fields(f"/proc/{pid}/task/{task}/smaps_rollup")
            return _kilobytes(numbers, "Pss") + _kilobytes(numbers, "SwapPss")
        return use.memory
    return 0


def _fields(path: str) -> dict[str, str]:
    """The lines `name: value` of a kernel file."""
    text = Path(path).read_text("latin-1")
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _kilobytes(numbers: dict[str, str], name: str) -> int:
    return int(numbers[name].split()[0]) * 1024 if name in numbers else 0


def _asked(process: psutil.Process) -> Used | None:
    """The use of one process on another system, as far as it is known."""
    with contextlib.suppress(psutil.Error), process.oneshot():
        return Used(int(process.memory_info().rss))
    return None


def descendants() -> set[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return set(psutil.Process().children(recursive=True))
    return set()


def at_a_glance() -> set[psutil.Process]:
    """The same in a tenth of the time, but it may miss some: call it repeatedly."""
    if sys.platform != "linux":
        return descendants()
    processes = set()
    for pid in below(os.getpid()):
        with contextlib.suppress(psutil.Error):
            processes.add(psutil.Process(pid))
    return processes


def kill(others: set[psutil.Process]) -> bool:
    """End all below this process but `others`, and say whether that was possible.

    A process may fork just before it is killed, or while the table of processes is read. So this is over
    only when all are dead, and another look finds no new ones.
    """
    deadline = time.monotonic() + KILL_SECONDS
    dead: set[psutil.Process] | None = None
    while time.monotonic() < deadline:
        processes = descendants() - others
        if dead is not None and processes <= dead:
            return True
        living = [process for process in processes if not is_dead(process)]
        for process in living:
            with contextlib.suppress(psutil.Error):
                process.kill()
        chase({process.pid for process in others})
        dead = None if living else processes
        if living:
            time.sleep(POLL_SECONDS)
    return False


def is_dead(process: psutil.Process) -> bool:
    """Whether none of its threads is alive; its first one may have ended before the others. Also reaps an orphan."""
    with contextlib.suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE or (sys.platform == "linux" and alive(process.pid)):
            return False
        if process.ppid() == os.getpid() and os.name == "posix":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
    return True
