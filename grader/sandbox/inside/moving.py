"""Moving into a sandbox that stands already, and leaving behind what a process executed in it would not have."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import resource
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from . import libc

_NS_GET_USERNS = 0xB701
_ENTERED = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
_SCRATCH: list[str] = []
_PATHS: list[str] = []
_PLACES: list[tuple[Any, str]] = []  # variables of modules that name the scratch folder


def enter(pid: int, uid: int | None, folder: str) -> None:
    """Become the user of a sandbox, then enter the namespaces of its process `pid`, and give up all capabilities.

    bubblewrap makes one user namespace, which owns all others, and within that a second one without rights in them.
    Children of this process are in the PID namespace. The kernel refuses this to a process with threads.
    """
    if label(pid) != label(os.getpid()):
        raise OSError("a security module has confined the sandbox as it would not confine this process")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    user, *others = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in ("user", *_ENTERED)]
    owner = fcntl.ioctl(others[0], _NS_GET_USERNS)
    libc.setns(owner)
    for namespace in others:
        libc.setns(namespace)
    if os.fstat(owner).st_ino != os.fstat(user).st_ino:
        libc.setns(user)
    for descriptor in (user, owner, *others):
        os.close(descriptor)
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.drop_capabilities()
    os.chdir(folder)


def label(pid: int) -> str:
    """What AppArmor or SELinux calls the rules for a process; they follow from what it executes."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/attr/current").read_text("latin-1").strip("\0\n")
    return ""


def move(sandbox: dict[str, Any] | None, *, with_parent: bool) -> None:
    """Returns in a child of this process, in the sandbox if there is one; this process only waits for its end.

    `with_parent` says whether it ends with the process that is above it now.
    """
    os.setsid()
    if sandbox:
        enter(**sandbox)
    if with_parent:
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever becomes another user has lost it
    child = os.fork()
    if child:
        os.closerange(0, 65_536)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(code if code >= 0 else 128 - code)
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(libc.PR_SET_DUMPABLE, 1)  # which it was before it became another user


def keep(descriptors: Sequence[int | None]) -> None:
    """These become 0, 1, 2 and so on, `None` becomes /dev/null; everything else is closed."""
    null = os.open(os.devnull, os.O_RDWR)
    apart = [fcntl.fcntl(null if one is None else one, fcntl.F_DUPFD, 100) for one in descriptors]
    for number, descriptor in enumerate(apart):
        os.dup2(descriptor, number)
    os.closerange(len(apart), 65_536)


def is_closed(end: socket.socket) -> bool:
    """Whether the other end is, also where there is still something to read."""
    poll = select.poll()
    poll.register(end, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def remember(scratch: str, paths: list[str]) -> None:
    """The folder that stood for that of a run during the import, which variables name it, and where Python looks."""
    _SCRATCH[:] = [scratch]
    _PATHS[:] = paths
    own = sys.modules[__name__]
    for module in set(sys.modules.values()) - {own}:
        for variable, value in list(getattr(module, "__dict__", {}).items()):
            if renamed(value, scratch, "") is not value:
                _PLACES.append((module, variable))


def renamed(value: Any, old: str, new: str) -> Any:
    """The same object where it does not name the old folder, also in what it contains."""
    if isinstance(value, str):
        return value.replace(old, new) if old in value else value
    if isinstance(value, PurePath):
        return type(value)(renamed(str(value), old, new)) if old in str(value) else value
    if type(value) in (list, tuple, set, frozenset):
        texts = [one for one in value if isinstance(one, str | PurePath)]
        if any(renamed(one, old, new) is not one for one in texts):
            return type(value)(renamed(one, old, new) if isinstance(one, str | PurePath) else one for one in value)
    return value


def settle(environment: dict[str, str], root: str | None, word: str) -> None:
    """The rest of what a process executed here has: `root` is the folder of its runs, `word` its first argument."""
    os.environ.clear()
    os.environ.update(environment)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for module, variable in _PLACES:
        setattr(module, variable, renamed(getattr(module, variable), _SCRATCH[0], root or "/"))
    sys.path[:] = [path for path in _PATHS if path in sys.path or os.path.exists(path)]
    _forget_the_machine()
    sys.argv[1:] = [word]
    sys.orig_argv[-1:] = [word]
    _show_outside(sys.orig_argv, environment)
    package = __name__.partition(".")[0]
    for name in ("moving", "nursery"):
        sys.modules.pop(f"{package}.{name}", None)
        vars(sys.modules[package]).pop(name, None)


def _forget_the_machine() -> None:
    """What libraries have noted down of the place where they were imported."""
    tempfile.tempdir = None
    tempfile.gettempdir()
    if getattr(platform, "_uname_cache", None):
        platform._uname_cache = None  # type: ignore[attr-defined]  # the name of this machine is in it
        platform.uname()


def _show_outside(arguments: list[str], environment: dict[str, str]) -> None:
    """The command line and the environment as /proc shows them are those of before: overwrite them.

    Each variable stays at its place, since libraries may keep a pointer to its value; what does not fit is left out.
    """
    numbers = Path("/proc/self/stat").read_text("latin-1").rpartition(")")[2].split()
    start, end, start_of_environment, end_of_environment = map(int, numbers[45:49])
    overwrite(start, end, b"\0".join(map(os.fsencode, arguments)))
    place = start_of_environment
    for before in ctypes.string_at(place, end_of_environment - place).split(b"\0")[:-1]:
        name = os.fsdecode(before.partition(b"=")[0])
        text = f"{name}={environment[name]}" if name in environment else ""
        overwrite(place, place + len(before), os.fsencode(text))
        place += len(before) + 1


def overwrite(start: int, end: int, text: bytes) -> None:
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text) if len(text) <= end - start else 0)
