"""One run in a child of the server: behind walls of its own, from the first line of student code to the last."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable
from typing import Any

from . import libc, namespaces, walls

FAULT, CODE = 3, 4  # the descriptors of a child, besides the usual three


def spawn(request: dict[str, Any], output: int, run: Callable[[list[str]], None]) -> tuple[int, int, int]:
    """Start a run. Returns the child, a pipe that says what went wrong before it began, and one for its exit code."""
    faults, fault = os.pipe()
    codes, code = os.pipe()
    child = os.fork()
    if child:
        os.close(fault)
        os.close(code)
        return child, faults, codes
    arrange_descriptors(output, fault, code)
    try:
        if request["walls"]["own"]:
            separate(request["walls"])
        else:
            libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        start(request)
    except BaseException as error:
        os.write(FAULT, f"{type(error).__name__}: {error}".encode()[:2000])
        os._exit(1)
    try:
        run(request["arguments"])
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def arrange_descriptors(output: int, fault: int, code: int) -> None:
    """The output as the standard ones, the two pipes, and nothing else that was open."""
    wanted = [os.open(os.devnull, os.O_RDONLY), output, output, fault, code]
    apart = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 100) for descriptor in wanted]
    for number, descriptor in enumerate(apart):
        os.dup2(descriptor, number)
    os.closerange(len(wanted), 65_536)


def separate(walled: dict[str, Any]) -> None:
    """Returns in the second process of a new PID namespace; its first one and the one outside stay with it."""
    namespaces.enter()
    init = os.fork()
    if init:
        os.close(FAULT)
        os.close(CODE)
        os.waitpid(init, 0)
        os._exit(0)
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    namespaces.mount_private(walled["root"], walled["limits"]["disk_mb"])
    driver = os.fork()
    if driver:
        os.close(FAULT)
        # Nothing of the run may look into this process, which says how it ended.
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
        libc.drop_capabilities()
        namespaces.be_init(driver, CODE)


def start(request: dict[str, Any]) -> None:
    """Folders and walls, until nothing is left to do but run."""
    os.close(CODE)
    os.setsid()
    walls.furnish(request["walls"])
    os.chdir(request["folder"])
    walls.close_off(request["walls"])
    os.close(FAULT)
