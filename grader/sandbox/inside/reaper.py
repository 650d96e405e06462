"""The parent of one run: it outlives every process of the run, copies the recording, and reports how the run ended."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from . import libc, restrictions
from .processes import below, chase

FAULT, CODE = 3, 4  # descriptors of the first process of a run, besides the usual three
LOOK_MS = 100
PAUSE_SECONDS = 0.001
CHUNK = 1 << 20


@dataclass(frozen=True)
class Descriptors:
    """What comes with a request: see the protocol."""

    output: int
    lifeline: int
    recording: int
    groups: tuple[int, ...] = ()


def attend(request: dict[str, Any], given: Descriptors, run: Callable[[], None]) -> dict[str, Any]:
    """From the first process of a run to the answer. The caller has one thread, and no child."""
    restricted = request["restrictions"]
    faults, fault = os.pipe()
    codes, code = os.pipe()
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    try:
        if restricted["own"]:
            restrictions.enter()
    except OSError as error:
        return {"fault": f"{type(error).__name__}: {error}"}
    libc.prctl(libc.PR_SET_DUMPABLE, 0)  # a process that could inspect this one could forge its answer
    first = os.fork()
    if not first:
        begin(request, given, fault, code, run)
    for descriptor in (fault, code, given.output):
        os.close(descriptor)
    if restricted["own"]:
        libc.drop_capabilities()
    status = _until_over(first, given.lifeline)
    stopped = status is None
    if restricted["own"]:
        if stopped:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)  # returns when all in its namespace are dead
    else:
        _end_everybody()
    why, text = whole(faults), whole(codes)
    if why:
        return {"fault": why}
    exit_code = int(text) if text else None if stopped else os.waitstatus_to_exitcode(status or 0)
    return {"exit": None if stopped else exit_code, **keep(**request["recording"], destination=given.recording)}


def begin(request: dict[str, Any], given: Descriptors, fault: int, code: int, run: Callable[[], None]) -> NoReturn:
    """The first process of a run: the first process in a namespace, or directly the one that runs the code."""
    join(given.groups)
    _arrange_descriptors(given.output, fault, code)
    try:
        if request["restrictions"]["own"]:
            separate(request["restrictions"])
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)  # the process that measures a run must be able to look
        start(request)
        os.close(FAULT)
    except BaseException as error:
        os.write(FAULT, f"{type(error).__name__}: {error}".encode()[:2000])
        os._exit(1)
    try:
        run()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def join(groups: tuple[int, ...]) -> None:
    """Enter the control groups that were made for this run; one that cannot be entered has no effect."""
    for group in groups:
        with suppress(OSError):
            os.write(group, b"0")


def _arrange_descriptors(output: int, fault: int, code: int) -> None:
    """The output as the standard ones, the two pipes, and nothing else that was open."""
    wanted = [os.open(os.devnull, os.O_RDONLY), output, output, fault, code]
    copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 100) for descriptor in wanted]
    for number, descriptor in enumerate(copies):
        os.dup2(descriptor, number)
    os.closerange(len(wanted), 65_536)


def separate(restricted: dict[str, Any]) -> None:
    """Returns in the second process of a new PID namespace; the first one stays, and everything ends with it."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    restrictions.mount_private(restricted["root"], restricted["writable"])
    driver = os.fork()
    if driver:
        os.close(FAULT)
        libc.drop_capabilities()
        restrictions.be_init(driver, CODE)


def start(request: dict[str, Any]) -> None:
    """Folders and restrictions: everything before the run itself."""
    os.close(CODE)
    os.setsid()
    restrictions.prepare_folders(request["restrictions"])
    os.chdir(request["folder"])
    restrictions.apply_restrictions(request["restrictions"])


def _until_over(child: int, lifeline: int) -> int | None:
    """The exit status of the child; nothing if the pipe was closed before."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)  # nobody writes to it: it is readable when it is closed
    pause = LOOK_MS
    try:
        poll.register(os.pidfd_open(child), select.POLLIN)
    except (AttributeError, OSError):
        pause = 10
    while True:
        closed = any(descriptor == lifeline for descriptor, _ in poll.poll(pause))
        for pid, status in _the_dead():
            if pid == child:
                return status
        if closed:
            return None


def _the_dead() -> Iterator[tuple[int, int]]:
    """Children that have ended, orphans of the run among them, and with which status."""
    with suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG))[0]:
            yield child


def _end_everybody() -> None:
    """Kill and reap until this process has no child. Every orphan below it becomes its child, so that none is left."""
    while True:
        chase()
        for pid in below(os.getpid()):
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(PAUSE_SECONDS)


def whole(pipe: int) -> str:
    with os.fdopen(pipe, "rb") as file:
        return file.read().decode("utf-8", "replace")


def keep(path: str, most: int, destination: int) -> dict[str, str]:
    """Copy the recording. Why the run's file is `refused`; and why ours is `unstored`, if it is that."""
    refused = unstored = ""
    try:
        store(take(path, most), destination)
    except RecordingRefused as error:
        refused = str(error)
    except OSError as error:
        unstored = f"the recording of a run cannot be stored on this machine: {error.strerror}"
    return {"refused": refused, "unstored": unstored}


class RecordingRefused(Exception):
    """What a run left is no recording; the text says why."""


def take(path: str, most: int) -> bytes:
    """The recording, if it is a regular file of at most so many bytes; a missing one is fine."""
    name = os.path.basename(path)
    try:
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise RecordingRefused(f"`{name}` cannot be opened ({error.strerror})") from None
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise RecordingRefused(f"`{name}` is not a regular file of its own")
        if status.st_size > most:
            raise RecordingRefused(f"`{name}` is larger than {most >> 20} MB")
        return b"".join(iter(lambda: os.read(source, CHUNK), b""))
    except OSError as error:
        raise RecordingRefused(f"`{name}` cannot be read ({error.strerror})") from None
    finally:
        os.close(source)


def store(content: bytes, destination: int) -> None:
    """All of it: a disk that is nearly full takes a part, and says so only the next time."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(destination, rest) :]
