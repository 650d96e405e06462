"""The server: imports what every run needs, once, and forks the parent of each. It has one thread and runs no op."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from . import libc
from .lazy_imports import defer
from .reaper import Descriptors, attend, whole
from .restrictions import seal_of

PRELOADED = (
    *("numpy.random", "tensorflow", "keras", "matplotlib.pyplot"),
    *("nbclient", "nbformat.v4", "jupyter_client", "tornado.platform.asyncio"),
    *("ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib", "IPython.extensions.storemagic"),
)
LONGEST_REQUEST = 1 << 20
MOST_DESCRIPTORS = 16


def serve(control: socket.socket, student: Any, *, ahead: bool) -> None:
    """Answer requests until the other side closes. `ahead` of them, what many runs need is imported."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if not ahead:
        libc.prctl(libc.PR_SET_DUMPABLE, 0)  # its run has the same processes: who inspects it could forge the answer
    answer(control, {"ready": prepare(PRELOADED if ahead else ())})
    if ahead:
        student.preload()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, LONGEST_REQUEST, MOST_DESCRIPTORS)
        if not message:
            return
        request = json.loads(message)
        output, lifeline, recording, *groups = descriptors
        given = Descriptors(output, lifeline, recording, tuple(groups))
        answer(control, forked(request, given, student))
        for descriptor in descriptors:
            os.close(descriptor)


def forked(request: dict[str, Any], given: Descriptors, student: Any) -> dict[str, Any]:
    """The answer of one run, whose parent is a fork of this process."""
    answers, end = os.pipe()
    reaper = os.fork()
    if not reaper:
        seal = seal_of(request["restrictions"])
        for number in range(3):  # the socket to the other side is among these
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        os.write(end, json.dumps(attend(request, given, lambda: run(student, request["arguments"], seal))).encode())
        os._exit(0)
    os.close(end)
    text = whole(answers)
    _, status = os.waitpid(reaper, 0)
    if not text:
        return {"fault": f"the parent of the run ended early (status {os.waitstatus_to_exitcode(status)})"}
    return dict(json.loads(text))


def run(student: Any, arguments: list[str], seal: Callable[[], None]) -> None:
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None)  # else all runs would share one sequence
    sys.argv = [student.__file__, *arguments]
    student.main(arguments, seal=seal)


def prepare(names: Iterable[str]) -> list[str]:
    gc.disable()  # imports leave no garbage: without collection they take a sixth less time
    defer()
    ready = preload(names)
    gc.freeze()
    gc.enable()
    return ready


def preload(names: Iterable[str]) -> list[str]:
    """The packages that could be imported. Runs see neither their open files nor their variables."""
    packages = []
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MPLCONFIGDIR"] = scratch
        for name in names:
            with suppress(Exception):
                importlib.import_module(name)
                packages.append(name)
    os.environ.clear()
    os.environ.update(environment)
    if "nbformat.v4" in packages:
        format_of_notebooks = sys.modules["nbformat"]
        format_of_notebooks.validate(sys.modules["nbformat.v4"].new_notebook())  # compiles the schema for all runs
    return packages


def answer(control: socket.socket, content: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the requester is dead, and the next read will show it
        control.send(json.dumps(content).encode())
