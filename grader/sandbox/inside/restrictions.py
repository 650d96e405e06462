"""Applies the restrictions of a run, in an order in which each still allows the next.

Separate namespaces, inside those that bubblewrap made, are created for each run, in some 20 milliseconds. If the grader
is root, the last step outside the sandbox, `launch`, leaves root behind, in mounts that only that process sees.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from . import landlock, libc, seccomp

_MOUNT_SETATTR, _BENEATH, _AT_ROOT = 442, 0x8000, -100
MOST_TERMINALS = 16
STAGE = "/run/grader"
_PLAIN = libc.MS_NOSUID | libc.MS_NODEV


def prepare_folders(restrictions: dict[str, Any]) -> None:
    """The folders for what programs store, and a copy of the submission where it is not there already."""
    sandbox = f"{restrictions['root']}/box"
    for name in restrictions["folders"]:
        os.makedirs(f"{sandbox}/{name}", exist_ok=True)
    shutil.copytree(f"{restrictions['root']}/given", f"{sandbox}/work", dirs_exist_ok=True)


def apply_restrictions(restrictions: dict[str, Any]) -> None:
    """Restrict this process from here on. Raises `OSError` if a required restriction cannot be applied."""

    def put_up(restriction: Callable[[], None]) -> None:
        try:
            restriction()
        except OSError:
            if restrictions["required"]:
                raise

    if restrictions["cores"]:
        put_up(lambda: os.sched_setaffinity(0, restrictions["cores"]))
    apply(restrictions["limits"])
    if restrictions["own"]:  # only now, since limits and namespaces are set there; a run could undo some of them
        put_up(lambda: _make_read_only("/proc"))
    if not (restrictions["seccomp"] or restrictions["landlock"] or restrictions["own"]):
        return
    if restrictions["landlock"]:
        put_up(lambda: landlock.restrict(**restrictions["landlock"]))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    put_up(libc.drop_capabilities)
    if restrictions["seccomp"]:
        needs = _seccomp_needs(restrictions)
        put_up(lambda: seccomp.install(seccomp.program(os.uname().machine, needs, os.getpid())))


def _seccomp_needs(restrictions: dict[str, Any]) -> seccomp.Needs:
    """What only the filter can prevent: in separate namespaces no other process is in reach."""
    landlocked = bool(restrictions["landlock"])
    version = landlock.version() if landlocked else 0
    return seccomp.Needs(
        signals=landlocked and version < landlock.SCOPES_SINCE,
        pretend=landlocked,
        truncation=landlocked and version < landlock.TRUNCATION_SINCE,
    )


def seal_of(restrictions: dict[str, Any]) -> Callable[[], None]:
    """By what a run gives up connecting to sockets by their paths; to be asked before it is restricted.

    At `full` there are only its own sockets, and a new Landlock restricts it to these.
    """
    machine = os.uname().machine
    is_needed = restrictions["landlock"] and landlock.version() < landlock.SOCKETS_SINCE
    if not is_needed or machine not in seccomp.ARCHITECTURES:
        return lambda: None
    return lambda: seccomp.install(seccomp.without_connect(machine), in_all_threads=True)


BACKSTOP_MB = 65_536  # of address space: what TensorFlow reserves and never touches stays far below
OPEN_FILES = 1_024
QUEUED_SIGNALS = 1_024  # they count for the user, who may be shared


def apply(limits: dict[str, Any]) -> None:
    """Soft limits below hard ones, so that a signal shows which one was met."""
    memory, cpu, processes, file = (limits.get(name) for name in ("memory_mb", "cpu_seconds", "processes", "file_mb"))
    # At 0 the kernel still feeds a program of the machine's that collects cores; at 1 byte it makes none at all.
    _set_limit("RLIMIT_CORE", 1)
    _set_limit("RLIMIT_NOFILE", OPEN_FILES)
    _set_limit("RLIMIT_MEMLOCK", 0)
    _set_limit("RLIMIT_MSGQUEUE", 0)
    _set_limit("RLIMIT_SIGPENDING", QUEUED_SIGNALS)
    if memory is not None:
        _set_limit("RLIMIT_DATA", memory * 2**20)
        _set_limit("RLIMIT_AS", max(BACKSTOP_MB, 2 * memory) * 2**20)
    if cpu is not None:
        _set_limit("RLIMIT_CPU", int(cpu) + 1, int(cpu) + 3)
    if processes is not None:
        _set_limit("RLIMIT_NPROC", processes)
    if file is not None:
        _set_limit("RLIMIT_FSIZE", file * 2**20)
    # If memory runs out, this process is killed first.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file_of_score:
        file_of_score.write("1000")


def _set_limit(name: str, soft: int, hard: int | None = None) -> None:
    """As low as asked; never an error where a limit is lower already."""
    number = getattr(resource, name)
    with contextlib.suppress(ValueError, OSError):
        most = resource.getrlimit(number)[1]
        hard = soft if hard is None else hard
        bounded = [value if most == resource.RLIM_INFINITY else min(value, most) for value in (soft, hard)]
        resource.setrlimit(number, (bounded[0], bounded[1]))


def enter() -> None:
    """New namespaces for the children of this process; it stays the same user in them, and no other user exists."""
    uid, gid = os.getuid(), os.getgid()
    flags = 0
    for flag in libc.NAMESPACES.values():
        flags |= flag
    libc.unshare(flags)
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")


def mount_private(root: str, writable: Iterable[tuple[str, int, int]]) -> None:
    """Everything becomes read-only; then come a /proc that shows only these processes, and the writable folders.

    Each of these is memory of bounded size that ends with the run, so that the next one finds nothing of it, wherever
    this one tried to leave something. /tmp is a folder of `box`.
    """
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    _make_read_only("/")
    libc.mount("proc", "/proc", "proc", _PLAIN | libc.MS_NOEXEC)
    for path, megabytes, files in writable:
        libc.mount("tmpfs", path, "tmpfs", _PLAIN, f"size={megabytes}m,nr_inodes={files},mode=0700")
    # All terminals of a machine count against one limit.
    terminals = f"newinstance,ptmxmode=0666,mode=0620,max={MOST_TERMINALS}"
    libc.mount("devpts", "/dev/pts", "devpts", libc.MS_NOSUID | libc.MS_NOEXEC, terminals)
    os.mkdir(f"{root}/box/tmp")
    _replace_tmp(f"{root}/box/tmp")


def _make_read_only(path: str) -> None:
    """A mount and all beneath it, whatever their other flags. Raises `OSError` before Linux 5.12."""
    attributes = struct.pack("QQQQ", libc.MS_RDONLY, 0, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    place = ctypes.c_char_p(path.encode())
    libc.syscall(_MOUNT_SETATTR, _AT_ROOT, place, _BENEATH, ctypes.byref(buffer), len(attributes))


def _replace_tmp(fresh: str) -> None:
    """Another /tmp, which keeps only what was mounted beneath the old one: a Python that is installed there."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        places = [line.split()[4].encode().decode("unicode_escape") for line in mounts]  # a space is \\040 there
    descriptors = {place: os.open(place, os.O_PATH) for place in outermost(places, "/tmp/")}
    libc.mount(fresh, "/tmp", flags=libc.MS_BIND)
    for place, descriptor in descriptors.items():
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            os.makedirs(place)
        else:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            Path(place).touch()
        libc.mount(f"/proc/self/fd/{descriptor}", place, flags=libc.MS_BIND | libc.MS_REC)
        os.close(descriptor)


def outermost(places: list[str], above: str) -> list[str]:
    """The places that are `above` something and that no other one contains."""
    outer: list[str] = []
    for place in sorted({place for place in places if place.startswith(above)}):
        if not any(place.startswith(f"{folder}/") for folder in outer):
            outer.append(place)
    return outer


def be_init(driver: int, code: int) -> None:
    """The first process of a PID namespace: reap what dies, report how the driver ended. Everything ends with it."""
    os.closerange(0, 3)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        child, status = os.wait()
        if child == driver:
            os.write(code, str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)


def launch(uid: int, binds: list[str], command: list[str]) -> NoReturn:
    """Become `command` as a user without privileges.

    Root's rights are used once more: in mounts that only this process sees, the n-th of `binds` also appears as
    `/run/grader/n`, where that user can reach it, for instance a Python in root's own home.
    """
    os.makedirs(STAGE, mode=0o755, exist_ok=True)
    libc.unshare(libc.NAMESPACES["mount"])
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    libc.mount("tmpfs", STAGE, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=0755")
    for number, source in enumerate(binds):
        place = Path(STAGE, str(number))
        if os.path.isdir(source):
            place.mkdir()
        else:
            place.touch()
        libc.mount(source, str(place), flags=libc.MS_BIND | libc.MS_REC)
    os.chdir("/")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(command[0], command)
