"""Namespaces of one's own, inside those that bubblewrap made: made anew for each run, in some 20 milliseconds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from . import libc

SHARED_MEMORY_MB = 64
MOST_FILES = 50_000


def enter() -> None:
    """New namespaces for the children of this process; it stays the same user in them, and nobody else exists."""
    uid, gid = os.getuid(), os.getgid()
    flags = 0
    for flag in libc.NAMESPACES.values():
        flags |= flag
    libc.unshare(flags)
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")


def mount_private(root: str, disk_mb: int) -> None:
    """A /proc that shows only these processes, and a box, /tmp and /dev/shm in memory that is bounded."""
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    plain = libc.MS_NOSUID | libc.MS_NODEV
    libc.mount("proc", "/proc", "proc", plain | libc.MS_NOEXEC)
    box = f"{root}/box"
    libc.mount("tmpfs", box, "tmpfs", plain, f"size={disk_mb}m,nr_inodes={MOST_FILES},mode=0700")
    libc.mount("tmpfs", "/dev/shm", "tmpfs", plain, f"size={SHARED_MEMORY_MB}m,nr_inodes=1024,mode=0700")
    os.mkdir(f"{box}/tmp")
    replace_tmp(f"{box}/tmp")


def replace_tmp(fresh: str) -> None:
    """Another /tmp, in which only what was mounted beneath the old one stays: a Python that lives there."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        places = [line.split()[4].encode().decode("unicode_escape") for line in mounts]  # a space is \\040 there
    kept = {place: os.open(place, os.O_PATH) for place in outermost(places, "/tmp/")}
    libc.mount(fresh, "/tmp", flags=libc.MS_BIND)
    for place, before in kept.items():
        if os.path.isdir(f"/proc/self/fd/{before}"):
            os.makedirs(place)
        else:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            Path(place).touch()
        libc.mount(f"/proc/self/fd/{before}", place, flags=libc.MS_BIND | libc.MS_REC)
        os.close(before)


def outermost(places: list[str], above: str) -> list[str]:
    """Of the places that are `above` something, those that no other holds."""
    found: list[str] = []
    for place in sorted({place for place in places if place.startswith(above)}):
        if not any(place.startswith(f"{one}/") for one in found):
            found.append(place)
    return found


def be_init(driver: int, code: int) -> None:
    """The first process of a PID namespace: bury what dies, and tell how the driver ended. Everything ends with it."""
    os.closerange(0, 3)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        child, status = os.wait()
        if child == driver:
            os.write(code, str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
