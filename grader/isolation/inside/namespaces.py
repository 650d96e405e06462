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
    libc.mount(f"{box}/tmp", "/tmp", flags=libc.MS_BIND)


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
