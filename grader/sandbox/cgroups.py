"""Linux control groups for one run after another, if this process may make some: memory and processes limited
by the kernel, also the memory that no table of a process shows."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

MOUNTS = Path("/proc/self/mounts")
OWN = Path("/proc/self/cgroup")
LIMITS = {
    "memory": (("memory.max", "memory.limit_in_bytes"), ("memory.swap.max", "memory.memsw.limit_in_bytes")),
    "pids": (("pids.max", "pids.max"),),
}
"""By controller, the files that limit it, in version 2 and in version 1; only the first must exist."""
EVENTS = (("memory.events", "oom_kill "), ("memory.oom_control", "oom_kill "), ("pids.events", "max "))
USAGE = ("memory.current", "memory.usage_in_bytes")
OF_FILES = ("file", "slab_reclaimable", "total_cache")
REMOVAL_SECONDS = 1.0


@dataclass(frozen=True)
class Group:
    """One group, limited by `controller`."""

    path: Path
    controller: str

    def entrance(self) -> int:
        """A descriptor; a process that writes "0" to it is in the group from then on, with all its descendants."""
        return os.open(self.path / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)

    def met(self) -> bool:
        """Whether the kernel has enforced the limit at least once: by ending a process, or by refusing to make one."""
        for name, start in EVENTS:
            with suppress(OSError):
                for line in (self.path / name).read_text("ascii").splitlines():
                    if line.startswith(start) and int(line.removeprefix(start)) > 0:
                        return True
        return False

    def holds(self, most: int) -> bool:
        """Whether all processes in it use more bytes together, including kernel memory, without files."""
        with suppress(OSError, ValueError):
            (usage,) = (path for name in USAGE if (path := self.path / name).exists())
            used = int(usage.read_text("ascii"))
            return used > most and used - self._of_files() > most
        return False

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


def groups_for(memory_mb: int | None, processes: int | None) -> tuple[Group, ...]:
    """A new group for each of these limits, as far as groups can be made here."""
    asked = {"memory": memory_mb and memory_mb * 2**20, "pids": processes}
    found = (made(controller, limit) for controller, limit in asked.items() if limit)
    return tuple(group for group in found if group)


def made(controller: str, limit: int) -> Group | None:
    """A group with this limit: below our own, or next to it, if we may divide the one above."""
    for parent in parents(controller):
        path = parent / f"grader-{uuid4().hex}"
        try:
            path.mkdir()
        except OSError:
            continue
        first, *others = LIMITS[controller]
        if is_set(path, first, limit):
            for names in others:
                is_set(path, names, limit)
            return Group(path, controller)
        with suppress(OSError):
            path.rmdir()
    return None


def is_set(group: Path, names: tuple[str, str], limit: int) -> bool:
    for name in names:
        # Without this check, an ordinary folder would be taken for a group.
        if (group / name).exists():
            with suppress(OSError):
                (group / name).write_text(str(limit), "ascii")
                return True
    return False


def parents(controller: str) -> tuple[Path, ...]:
    """Where a group may be made: in the version 1 hierarchy of a controller, or in that of version 2."""
    with suppress(OSError, ValueError):
        own = {}
        for line in OWN.read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            for name in controllers.split(","):
                own[name] = path.lstrip("/")
        for line in MOUNTS.read_text("utf-8").splitlines():
            _, place, kind, options = line.split()[:4]
            if kind == "cgroup" and controller in options.split(",") and controller in own:
                return (Path(place, own[controller]),)
        for line in MOUNTS.read_text("utf-8").splitlines():
            _, place, kind = line.split()[:3]
            if kind == "cgroup2" and "" in own:
                here = Path(place, own[""])
                return (here, here.parent) if own[""] else (here,)
    return ()
