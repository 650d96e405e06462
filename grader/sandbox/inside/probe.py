"""Tests the restrictions from inside: attempts what they should prevent, and reports how that ended."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from . import libc, seccomp
from .processes import begun
from .reaper import Descriptors, attend, whole

LOOKED_AT = 20_000  # folders
SKIPPED = ("/proc", "/sys")
KNOWN = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root")  # where a folder above may hide its names
NEWER = 40  # calls above the newest one that is allowed
PROBE = ".grader-probe"


def look(restrictions: dict[str, Any]) -> dict[str, Any]:
    """What a run with these restrictions finds, or the fault that kept it from starting."""
    source, output = os.pipe()
    alive, lifeline = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    request = {"restrictions": restrictions, "folder": "/", "recording": {"path": "", "most": 0}}
    given = Descriptors(output, alive, nowhere)
    answer = attend(request, given, lambda: print(json.dumps(facts(restrictions)), flush=True))
    os.close(lifeline)
    text = whole(source)
    try:
        return {"fault": answer["fault"]} if answer.get("fault") else dict(json.loads(text))
    except ValueError:
        return {"fault": text.strip()[-300:] or "it said nothing"}


def facts(restrictions: dict[str, Any]) -> dict[str, Any]:
    """Each True is a restriction that works; then comes the inventory of a run."""
    with open("/proc/self/status", encoding="ascii") as status:
        capabilities = next(line.split()[1] for line in status if line.startswith("CapEff"))
    places = sorted(set(writable(["/", *restrictions["expected"], *KNOWN])))
    namespaces = restrictions["namespaces"].items()
    return {
        "fault": "",
        "no root": os.getuid() != 0,
        "no capabilities": int(capabilities, 16) == 0,
        "own processes": len([name for name in os.listdir("/proc") if name.isdigit()]) <= 3,
        "no files of others": refused(lambda: os.open(restrictions["canary"], os.O_RDONLY))
        and refused(lambda: os.truncate(restrictions["canary"], 0)),
        "no writing elsewhere": all(beneath(place, restrictions["expected"]) for place in places),
        "no signals to others": not reaches(**restrictions["stranger"]),
        "no network": refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()),
        "no namespaces": refused(lambda: libc.unshare(libc.NAMESPACES["user"])),
        "no unknown calls": all(map(_is_absent, range(seccomp.NEWEST + 1, seccomp.NEWEST + NEWER))),
        "writable": places,
        "descriptors": sorted(descriptors()),
        "capabilities": capabilities,
        "namespaces": [name for name, link in namespaces if os.readlink(f"/proc/self/ns/{name}") != link],
        "newest call": seccomp.NEWEST,
    }


def writable(starts: list[str]) -> Iterator[str]:
    """Writable folders beneath these; of nested ones, only the outermost."""
    waiting, looked = list(starts), 0
    while waiting and looked < LOOKED_AT:
        folder = waiting.pop(0)
        looked += 1
        path = f"{folder.rstrip('/')}/{PROBE}"
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.unlink(path)
            yield folder
            continue
        with suppress(OSError), os.scandir(folder) as items:
            waiting += [item.path for item in items if item.is_dir(follow_symlinks=False) and item.path not in SKIPPED]


def beneath(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def reaches(pid: int, started: str) -> bool:
    """Whether this very process can be signalled: among processes of our own, another one may have its number."""
    if refused(lambda: os.kill(pid, 0)):
        return False
    with suppress(OSError):
        return begun(pid) == started
    return True


def descriptors() -> Iterator[str]:
    """The kind of each open descriptor."""
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFREG: "file"}
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            yield f"{name} {kinds.get(stat.S_IFMT(os.fstat(int(name)).st_mode), 'folder')}"


def _is_absent(number: int) -> bool:
    """Whether a call is answered as by a kernel without it; its arguments are harmless if it exists."""
    nothing = [ctypes.c_long(-1)] * 4
    result = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *nothing)
    return result == -1 and ctypes.get_errno() == errno.ENOSYS


def refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False
