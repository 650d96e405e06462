"""Linux control groups: what those above this process grant it, and new ones for one run after another.

Where this process may make some, the kernel limits memory and processes, also the memory that no table of a process
shows; and it counts processor time, also of what ended unseen.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

MOUNTS = Path("/proc/self/mounts")
OWN = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
LIMITS = {
    "memory": (("memory.max", "memory.limit_in_bytes"), ("memory.swap.max", "memory.memsw.limit_in_bytes")),
    "pids": (("pids.max", "pids.max"),),
}
"""By controller, the files that limit it, in version 2 and in version 1; only the first must exist."""
TIMES = "cpuacct"
EVENTS = ("memory.events", "memory.oom_control")
USAGE = ("memory.current", "memory.usage_in_bytes")
OF_FILES = ("file", "slab_reclaimable", "total_cache")
NAME = re.compile(r"grader-(\d+)-[0-9a-f]{32}")
REMOVAL_SECONDS = 1.0
STALE_SECONDS = 10.0


@dataclass(frozen=True)
class ControlGroup:
    """One group. `controllers` are those that do something here: limit memory or processes, count processor time."""

    path: Path
    controllers: tuple[str, ...]

    def entrance(self) -> int:
        """A descriptor; a process that writes "0" to it is in the group from then on, with all its descendants."""
        return os.open(self.path / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)

    def met(self) -> bool:
        """Whether the kernel has ended a process for want of memory. One that it refuses to make may not be missed."""
        for name in EVENTS:
            with suppress(OSError):
                for line in (self.path / name).read_text("ascii").splitlines():
                    if line.startswith("oom_kill ") and int(line.removeprefix("oom_kill ")) > 0:
                        return True
        return False

    def holds(self, most: int) -> bool:
        """Whether all processes in it use more bytes together, including kernel memory, without files."""
        with suppress(OSError, ValueError):
            (usage,) = (path for name in USAGE if (path := self.path / name).exists())
            used = int(usage.read_text("ascii"))
            return used > most and used - self._of_files() > most
        return False

    def processor_seconds(self) -> float:
        """Of all that were ever in it, however short they lived; 0 where it does not count that."""
        with suppress(OSError, ValueError):
            return int((self.path / "cpuacct.usage").read_text("ascii")) / 1e9
        with suppress(OSError, ValueError, StopIteration):
            lines = (self.path / "cpu.stat").read_text("ascii").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("usage_usec ")) / 1e6
        return 0.0

    def _of_files(self) -> int:
        """What it stores, and what the kernel can reclaim."""
        lines = (self.path / "memory.stat").read_text("ascii").splitlines()
        return sum(int(number) for name, number in map(str.split, lines) if name in OF_FILES)

    def remove(self) -> None:
        """Called once all in it are dead; memory that the kernel has not yet freed keeps it for a moment."""
        deadline = time.monotonic() + REMOVAL_SECONDS
        while time.monotonic() < deadline:
            try:
                self.path.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
            else:
                return


def groups_for(memory_mb: int | None, processes: int | None) -> tuple[ControlGroup, ...]:
    """New groups with these limits, as far as any can be made here; none for a run without limits.

    One for each hierarchy, since a process is in one group of each: all controllers of version 2 share theirs.
    """
    limits = {"memory": memory_mb and memory_mb * 2**20, "pids": processes}
    if not any(limits.values()):
        return ()
    together: dict[tuple[Path, ...], list[str]] = {}
    for controller in (*(name for name, limit in limits.items() if limit), TIMES):
        together.setdefault(parents(controller), []).append(controller)
    groups = (_made(places, {name: limits.get(name) for name in names}) for places, names in together.items())
    return tuple(group for group in groups if group)


def _made(places: Iterable[Path], limits: Mapping[str, int | None]) -> ControlGroup | None:
    """A group below one of these: that in which most of the controllers do something."""
    groups = []
    for place in places:
        path = place / f"grader-{os.getpid()}-{uuid4().hex}"
        with suppress(OSError):
            path.mkdir()
            groups.append(
                ControlGroup(path, tuple(name for name, limit in limits.items() if _works(path, name, limit)))
            )
    groups.sort(key=lambda group: -len(group.controllers))
    for group in groups[1:] if groups and groups[0].controllers else groups:
        group.remove()
    return groups[0] if groups and groups[0].controllers else None


def _works(group: Path, controller: str, limit: int | None) -> bool:
    """Whether a controller is there, with its limit set."""
    if limit is None:
        return (group / "cpuacct.usage").exists() or (group / "cpu.stat").exists()
    first, *optional = LIMITS[controller]
    works = _is_set(group, first, limit)
    for names in optional:
        _is_set(group, names, limit)
    return works


def _is_set(group: Path, names: tuple[str, str], limit: int) -> bool:
    for name in names:
        # Without this check, an ordinary folder would be taken for a group.
        if (group / name).exists():
            with suppress(OSError):
                (group / name).write_text(str(limit), "ascii")
                return True
    return False


def remove_stale() -> None:
    """Empty groups of processes that were killed before they could remove them."""
    for place in {place for controller in (*LIMITS, TIMES) for place in parents(controller)}:
        for path in place.glob("grader-*"):
            with suppress(OSError):  # gone since, or not empty
                if _is_stale(path):
                    path.rmdir()


def _is_stale(group: Path) -> bool:
    """Where processes have other numbers for somebody else, a new group may only seem to be nobody's."""
    owner = NAME.fullmatch(group.name)
    if owner is None or Path("/proc", owner[1]).exists():
        return False
    return time.time() - group.stat().st_mtime > STALE_SECONDS


def parents(controller: str) -> tuple[Path, ...]:
    """Where a group may be made: in the version 1 hierarchy of a controller, or in that of version 2."""
    paths = _own()
    with suppress(OSError, ValueError):
        mounts = [line.split()[:4] for line in MOUNTS.read_text("utf-8").splitlines()]
        for _, place, kind, options in mounts:
            if kind == "cgroup" and controller in options.split(",") and controller in paths:
                return (Path(place, paths[controller]),)
        for _, place, kind, _ in mounts:
            if kind == "cgroup2" and "" in paths:
                here = Path(place, paths[""])
                return (here, here.parent) if paths[""] else (here,)
    return ()


def _own() -> dict[str, str]:
    """By controller, the group of this process in that hierarchy of version 1; that in version 2 has no name."""
    paths: dict[str, str] = {}
    with suppress(OSError, ValueError):
        for line in OWN.read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            paths |= dict.fromkeys(controllers.split(","), path.lstrip("/"))
    return paths


def usable_processors() -> int:
    """At least one: those that the system has, that this process may run on, and that its control groups grant."""
    affinity = getattr(os, "sched_getaffinity", None)
    number = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([number, *_granted()]))


def _granted() -> Iterator[int]:
    """What each control group above this process grants; a container is often limited like that."""
    place = GROUPS / _own().get("", "")
    for folder in (place, *place.parents):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text("ascii").split()
            yield int(quota) // int(period)
