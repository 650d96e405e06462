"""Starts runs one after another, and is responsible for all their processes. It is a separate process.

    python -m grader.sandbox.monitor SPEC

SPEC is JSON: root, a folder that goes with the monitor, and server, {"command", "environment", "needs"} of a process
that forks a child for each run, with the packages that it must be able to import, or null.

Standard input has one request a line; an empty line ends the run that it follows. When it closes, everything is killed,
and `root` is removed. A request:

    seconds, memory_mb, cpu_seconds, processes, disk_mb (null is no limit), disk (the folder that counts), output_kb,
    group_mb, group_processes    limits for control groups, where any can be made
    recording                    {"folder", "names"}: the new files into which the recording is copied
    parents                      how many levels of processes above the run are ours
    run                          what a server takes; see `sandbox/inside/`
    command, environment, folder, descriptors    how a run is started without a server; the last is the word in
                                 the command that stands for the descriptors of the run

The answer, a line of standard output: exit (negative numbers are signals, null if it was stopped), seconds, stopped
("", "timeout", "cpu", "memory", "processes", "disk", "abandoned"), output (beginning and end, if it was long), cut
(whether there was more), waited (seconds in which it was ready to run and others had the processors), refused (why a
file of the recording could not be copied), data (the most bytes that one process held of those that RLIMIT_DATA
counts, as far as looks saw it), fault (why the run never began or its recording could not be stored, which is not the
submission's fault).

Each run has a pipe that is open as long as it may go on: it ends when the monitor closes that pipe, or is killed. On
Linux the monitor is the reaper of orphans below it, so that no double fork gets away.

What the control groups of a run hold is one number in the kernel, while a look at all its processes takes longer the
more they have open, and they go on during it. So a separate thread, `Guard`, reads that number between the looks, and
ends a run as soon as its groups hold more memory than its limit.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil

from grader.filesystem import lines, remove
from grader.sandbox.cgroups import Group, groups_for, remove_stale
from grader.sandbox.processors import usable_processors
from grader.sandbox.runs import UNENDED, Command, Output, Run, Server, kill_and_reap
from grader.sandbox.usage import POLL_SECONDS, Meter, at_a_glance, kill

PR_SET_CHILD_SUBREAPER = 36
PAUSE_SECONDS = 0.005  # of the guard
LOOK_SECONDS = 0.1
MOST_PATIENCE = 2.0  # times the limit, for a run that has to wait for the processors


class Monitor:
    """Takes requests until standard input closes."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.server: Server | None = None
        self.groups: tuple[Group, ...] = ()  # of the run
        self.requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.cut = threading.Event()
        self.abandoned = threading.Event()  # the run that was asked for last
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in lines(sys.stdin.fileno()):
            if line.strip():
                self.abandoned.clear()
                self.requests.put(line)
            else:
                self.abandoned.set()
        self.cut.set()
        self.requests.put(b"")

    def work(self) -> None:
        with suppress(Exception):  # what fails is tried again, and told, with the first run
            self.start_server()
        while line := self.requests.get():
            try:
                answer = self.run(json.loads(line))
            except Exception as error:
                self.server = None
                kill(set())
                told = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
                answer = {"fault": told, "exit": None, "seconds": 0.0, "stopped": "", "output": "", "cut": False}
            finally:
                self.remove_groups()
            if not self.cut.is_set():
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()

    def remove_groups(self) -> None:
        for group in self.groups:
            group.remove()
        self.groups = ()

    def start_server(self) -> None:
        if self.spec["server"] and self.server is None:
            self.server = Server(**self.spec["server"], cut=self.cut)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        self.start_server()
        groups = self.groups = groups_for(request["group_mb"], request["group_processes"])
        pipe, end = os.pipe()
        alive, lifeline = os.pipe()
        started = time.monotonic()
        try:
            with descriptors(request["recording"], groups) as others:
                given = [end, alive, *others]
                run: Run = self.server.start(request, given) if self.server else Command(request, given)
        finally:
            os.close(end)
            os.close(alive)
        output = Output(pipe, request["output_kb"] * 1024)
        limits = ("memory_mb", "cpu_seconds", "processes", "disk_mb", "disk")
        cores = request["run"]["restrictions"]["cores"]
        meter = Meter(
            **{name: request[name] for name in limits},
            processors=len(cores or ()) or usable_processors(),
            counted=lambda: max((group.processor_seconds() for group in groups), default=0.0),
        )
        line = Lifeline(lifeline)
        try:
            with Guard(groups, request["memory_mb"] * 2**20, line) as guard:
                stopped = self.watch(run, request, started, meter)
        finally:
            line.cut()  # what is left of the run ends with it
        stopped = "memory" if guard.met else stopped
        seconds = time.monotonic() - started
        answer = kill_and_reap(run)
        fault = answer.get("fault", "")
        if fault:
            self.server = None
            kill(set())
            fault = ": ".join([fault, *output.text().strip().splitlines()[-1:]])[:500]
        if not stopped and not fault:
            stopped = _bound_by(groups)
        if stopped and not fault.startswith(UNENDED):
            fault = ""  # it was stopped, whatever happened to the server
        fault = fault or answer.get("unstored", "")
        code = None if stopped else answer.get("exit")
        told = {"exit": code, "seconds": seconds, "stopped": stopped, "fault": fault, "waited": meter.waited_seconds}
        told["data"] = meter.most_data
        return {**told, "refused": answer.get("refused", ""), "output": output.text(), "cut": output.cut}

    def watch(self, run: Run, request: dict[str, Any], started: float, meter: Meter) -> str:
        """Why the run was stopped, or nothing when it ended by itself.

        Time in which it was ready to run while others had the processors does not count, up to a bound: a limit of time
        must not depend on what else a machine does.
        """
        look = started + LOOK_SECONDS
        while run.ended() is None:
            now = time.monotonic()
            if now > started + request["seconds"] + min(meter.waited_seconds, MOST_PATIENCE * request["seconds"]):
                return "timeout"
            if self.cut.is_set() or self.abandoned.is_set():
                return "abandoned"
            if now > look:
                theirs, parents = _of_a_run(run, request["parents"])
                if broken := meter.exceeded(theirs, parents):
                    return broken
                # Shared memory can fill up between two looks, and only looks limit it.
                look = time.monotonic() + (POLL_SECONDS if meter.close else LOOK_SECONDS)
            time.sleep(POLL_SECONDS)
        return ""


class Lifeline:
    """The pipe that is open as long as a run may go on. Whoever is first can close it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()

    def cut(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None


class Guard:
    """Runs as long as the `with` block. `met` says whether it has ended the run."""

    def __init__(self, groups: Sequence[Group], most: int, lifeline: Lifeline) -> None:
        self.groups = [group for group in groups if "memory" in group.controllers]
        self.most, self.lifeline = most, lifeline
        self.met = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self.groups:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self.groups:
            self._thread.join()

    def _watch(self) -> None:
        while not self.met and not self._over.wait(PAUSE_SECONDS):
            if any(group.holds(self.most) for group in self.groups):
                self.met = True
                self.lifeline.cut()


def _of_a_run(run: Run, levels: int) -> tuple[set[psutil.Process], set[psutil.Process]]:
    """The processes of a run, and its `levels` of parents, which are ours, and which nobody can inspect."""
    found = at_a_glance() - run.others
    ours: set[psutil.Process] = set()
    above = {one.pid for one in run.others} or {os.getpid()}
    for _ in range(levels):
        parents = set()
        for one in found:
            with suppress(psutil.Error):
                if one.ppid() in above:
                    parents.add(one)
        found -= parents
        ours |= parents
        above = {one.pid for one in parents}
    return found, ours


def _bound_by(groups: tuple[Group, ...]) -> str:
    """The limit that the kernel has enforced by ending a process."""
    # More processes are only refused, and a program may cope with that.
    return "memory" if any("memory" in group.controllers and group.met() for group in groups) else ""


@contextmanager
def descriptors(recording: dict[str, Any], groups: tuple[Group, ...]) -> Iterator[list[int]]:
    """New files for a recording, and the entrances of groups; closed here once they have been passed on."""
    with ExitStack() as stack:
        opened = []
        for name in recording["names"]:
            opened.append(os.open(f"{recording['folder']}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            stack.callback(os.close, opened[-1])
        for group in groups:
            opened.append(group.entrance())
            stack.callback(os.close, opened[-1])
        yield opened


def become_reaper() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _raise_limit_of_descriptors() -> None:
    """Descriptors in flight count against the user of a run, who may be ours: raise our own limit."""
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(spec: dict[str, Any]) -> None:
    become_reaper()
    remove_stale()
    _raise_limit_of_descriptors()
    monitor = Monitor(spec)
    try:
        monitor.work()
    finally:
        kill(set())
        monitor.remove_groups()
        remove(Path(spec["root"]))
    os._exit(0)


if __name__ == "__main__":
    # A terminal's interrupt is for the grader, which then closes our standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(json.loads(sys.argv[1]))
