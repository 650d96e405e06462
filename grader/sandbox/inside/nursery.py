"""The nursery: imports once what every server and every trainer needs, and becomes each of them by forking.

It is in no sandbox. It has one thread, runs no op, and reads of a request only its kind, one byte: the fork reads the
rest, so that no fork can find anything of another one. The first message is JSON:
    scratch     a folder to make, which stands for that of a run during the import
    visible     the places from which a sandbox lets Python import, or null where it lets from all
    sandbox     {"pid", "uid", "folder"} of a sandbox in which to try whether moving is permitted, or null

It says "ready" then, or ends. A request is "m" or "t" with descriptors: standard input, output and error of the new
process, and a file of JSON. The answer is the number of that process, a child of the requester.
    m   {"command", "environment", "folder"} of a monitor, which is executed; a fork below it becomes its server
    t   {"sandbox", "environment", "restrictions", "path", "module", "arguments"} of a trusted module
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from . import libc, moving, restrictions, server

MONITOR = b"m"  # a request for one; all others are for trainers
CONTROL = 3  # of a monitor: the socket to the server that waits below it
MOST_DESCRIPTORS = 8


def attend(requests: socket.socket) -> Callable[[], object]:
    """Until the other side closes. What a fork is to do is returned, so that nothing of this is beneath it any more."""
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a monitor does, and all that it starts
    told = json.loads(requests.recv(server.LONGEST_REQUEST))
    if told["sandbox"] and not _can_move(told["sandbox"]):
        return nothing
    _end_when_closed(requests, told["scratch"])
    paths = list(sys.path)
    if told["visible"] is not None:
        sys.path[:] = [path for path in paths if seen(path, told["visible"])]
    with _standing_in(told["scratch"], apart=bool(told["sandbox"])):
        ready = server.prepare()
    fcntl.fcntl(requests, fcntl.F_SETFL, 0)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    if len(os.listdir("/proc/self/task")) != 1:
        return nothing  # a fork of it might wait for a thread that it does not have
    moving.remember(f"{told['scratch']}/run", paths)
    requests.send(b"ready")
    while True:
        kind, descriptors, _, _ = socket.recv_fds(requests, 1, MOST_DESCRIPTORS)
        if not kind:
            return nothing
        fork = libc.fork_beside()
        if not fork:
            requests.detach()  # descriptor 0, which what follows replaces
            return _become_monitor(descriptors, ready) if kind == MONITOR else become_trainer(descriptors, interrupt)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(fork).encode())


def nothing() -> None:
    """What is left to do for a nursery itself."""


def _end_when_closed(requests: socket.socket, scratch: str) -> None:
    """The import takes seconds, in which nobody reads the socket: the kernel says when it closes."""

    def look(*_: object) -> None:
        if moving.is_closed(requests):
            shutil.rmtree(scratch, ignore_errors=True)
            os._exit(0)

    signal.signal(signal.SIGIO, look)
    fcntl.fcntl(requests, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(requests, fcntl.F_SETFL, os.O_ASYNC)
    look()  # it may be closed already


@contextmanager
def _standing_in(scratch: str, *, apart: bool) -> Iterator[None]:
    """A folder in place of that of a run, for what libraries look for and note down when they are imported.

    Where runs are `apart`, nobody can write there either.
    """
    os.makedirs(f"{scratch}/run", mode=0o700)
    os.chdir(f"{scratch}/run")
    try:
        if apart:
            Path("box").touch()
        else:
            Path("box", "tmp").mkdir(parents=True)
        tempfile.tempdir = f"{scratch}/run"
        yield
    finally:
        os.chdir("/")
        shutil.rmtree(scratch, ignore_errors=True)


def seen(path: str, places: list[str]) -> bool:
    """Whether a sandbox shows it: what it does not show must not be imported, as a server inside could not."""
    real = os.path.realpath(path)
    return any(real == place or real.startswith(f"{place}/") for place in map(os.path.realpath, places))


def _can_move(sandbox: dict[str, Any]) -> bool:
    """Tried before the import, so that no time is lost where it is not permitted."""
    child = os.fork()
    if not child:
        with suppress(BaseException):
            moving.enter(**sandbox)
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _become_monitor(descriptors: list[int], ready: list[str]) -> Callable[[], object]:
    """A monitor, executed, above a fork that becomes its server once it says in which sandbox."""
    own, others = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    if not os.fork():
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        moving.keep([others, None, None])
        return _become_server(socket.socket(fileno=0), ready)
    *standard, spec = descriptors
    told = _told_by(spec)
    moving.keep([*standard, own])
    os.set_inheritable(CONTROL, True)
    os.chdir(told["folder"])
    return partial(os.execve, told["command"][0], [*told["command"], str(CONTROL)], told["environment"])


def _become_server(control: socket.socket, ready: list[str]) -> Callable[[], object]:
    """Like one that was executed in its sandbox: `moving.settle` takes away what differs."""
    message, descriptors, _, _ = socket.recv_fds(control, server.LONGEST_REQUEST, MOST_DESCRIPTORS)
    if not message:
        return nothing
    told = json.loads(message)
    os.dup2(descriptors[0], 2)
    os.close(descriptors[0])
    moving.move(told["sandbox"], with_parent=True)
    moving.settle(told["environment"], told["root"], "serve")
    return partial(server.serve, control, ready)


def become_trainer(descriptors: list[int], interrupt: Any) -> Callable[[], object]:
    """Restricted before it has read anything but its own command. It ends when its standard input does."""
    *standard, spec = descriptors
    told = _told_by(spec)
    moving.keep(standard)
    moving.move(told["sandbox"], with_parent=False)
    moving.settle(told["environment"], None, "train")
    signal.signal(signal.SIGINT, interrupt)
    if told["restrictions"]:
        restrictions.apply_restrictions(told["restrictions"])
    sys.path[:0] = told["path"]
    sys.argv = ["", *told["arguments"]]
    import runpy  # only here, since servers that are executed have not imported it either

    return partial(runpy.run_module, told["module"], run_name="__main__", alter_sys=True)


def _told_by(spec: int) -> dict[str, Any]:
    with os.fdopen(os.dup(spec), "rb") as file:
        file.seek(0)
        return dict(json.loads(file.read()))
