"""Control groups for disposable places: one folder for each, which it may divide as a service's group may be divided.

Without such a folder a place has no groups, since all its files are read-only; and what the kernel counts could only be
read of the whole machine, on which others work too.
"""

from __future__ import annotations

import ctypes
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from grader.sandbox.cgroups import LIMITS, TIMES, parents
from grader.sandbox.inside import libc

PREFIX, OWN = "grader-attacks-", "place"
MOUNT_SETATTR, AT_RECURSIVE, READ_ONLY = 442, 0x8000, 1
REMOVAL_SECONDS = 2.0


@contextmanager
def folders() -> Iterator[list[str]]:
    """New groups for a place, one for each hierarchy; they go when all in them are dead. None, where none can be made."""
    paths = list(dict.fromkeys(path for controller in (*LIMITS, TIMES) if (path := new(controller))))
    try:
        yield [str(path) for path in paths]
    finally:
        for path in paths:
            remove(path)


def new(controller: str) -> Path | None:
    for parent in parents(controller):
        path = parent / f"{PREFIX}{uuid4().hex}"
        with suppress(OSError):
            (path / OWN).mkdir(parents=True)
            names = LIMITS[controller][0] if controller in LIMITS else ("cpuacct.usage", "cpu.stat")
            if any((path / name).exists() for name in names):
                return path
            remove(path)
    return None


def remove(top: Path) -> None:
    """Also groups within it, which an end by force has left."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while top.exists() and time.monotonic() < deadline:
        for path in sorted((folder for folder in top.rglob("*") if folder.is_dir()), reverse=True):
            with suppress(OSError):
                path.rmdir()
        with suppress(OSError):
            top.rmdir()
        time.sleep(0.01)


def enter(paths: list[str]) -> None:
    """The first process of a place goes in; where controllers are handed down by hand, it does that too."""
    for folder in map(Path, paths):
        (folder / OWN / "cgroup.procs").write_text("0", "ascii")
        with suppress(OSError):
            (folder / "cgroup.subtree_control").write_text("+memory +pids", "ascii")


def allow(paths: list[str], uid: int | None) -> None:
    """Whoever works in the place may divide its groups, though everything else there is read-only."""
    for folder in paths:
        libc.mount(folder, folder, flags=libc.MS_BIND)
        set_read_only(folder, False)
        if uid is not None:
            for path in (Path(folder), *Path(folder).rglob("*")):
                if path.is_dir() or path.name in ("cgroup.procs", "tasks", "cgroup.subtree_control"):
                    with suppress(OSError):
                        os.chown(path, uid, uid)


def set_read_only(place: str, on: bool) -> None:
    """A mount, and all below it."""
    attributes = struct.pack("QQQQ", READ_ONLY * on, READ_ONLY * (not on), 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    path = ctypes.c_char_p(place.encode())
    libc.syscall(MOUNT_SETATTR, -100, path, AT_RECURSIVE, ctypes.byref(buffer), len(attributes))


def own() -> Path | None:
    """The group for memory of the place in which this process is, or nothing."""
    groups = [path.parent for path in parents("memory") if path.parent.name.startswith(PREFIX)]
    return groups[0] if groups and ((groups[0] / "memory.stat").exists()) else None
