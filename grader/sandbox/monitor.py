"""Starts runs one after another, and is responsible for all their processes. It is a separate process.

    python -m grader.sandbox.monitor SPEC

SPEC is JSON: root, a folder that goes with the monitor, and server, {"command", "environment", "needs"} of a process
that forks a child for each run, with the packages that it must be able to import, or null where each run has its own.

Standard input has one request a line; an empty line ends the run that it follows. When it closes, everything is killed,
and `root` is removed. A request:

    seconds, memory_mb, cpu_seconds, processes, disk_mb (null is no limit), disk (the folder that counts), output_kb,
    group_mb, group_processes    limits for control groups, where any can be made
    recording                    the new file into which the recording is copied
    parents                      how many levels of processes above the run are ours
    run                          what a server takes; see `sandbox/inside/`
    server                       that of this run alone, where it has one
    command, environment, folder    how a run is started without any server

The answer, a line of standard output: exit (negative numbers are signals, null if it was stopped), seconds, stopped
("", "timeout", "cpu", "memory", "processes", "disk", "abandoned"), output (beginning and end, if it was long), cut
(whether there was more), waited (seconds in which it was ready to run and others had the processors), refused (why the
recording could not be copied), data (the most bytes that one process held of those that RLIMIT_DATA
counts, as far as looks saw it), fault (why the run never began or its recording could not be stored, which is not the
submission's fault).

Each run has a pipe that is open as long as it may go on: it ends when the monitor closes that pipe, or is killed. On
Linux the monitor is the reaper of orphans below it, so that no double fork gets away.

What the control groups of a run hold is read between its processes, too: while each is looked at, the others go on.
The kernel's own limits of these groups come later, since at `full` they leave room for what a run stores.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from grader.filesystem import lines, remove
from grader.sandbox.cgroups import ControlGroup, groups_for, remove_stale, usable_processors
from grader.sandbox.usage import POLL_SECONDS, Meter, at_a_glance, descendants, kill

LOOK_SECONDS = 0.1
MOST_PATIENCE = 2.0  # times the limit, for a run that has to wait for the processors
START_SECONDS = 180.0
END_SECONDS = 60.0
ONE_ANSWER = 1 << 16
UNENDED = "some processes of the run could not be stopped"


class DrainedPipe:
    """Drains a pipe, keeping the beginning and the end of what comes."""

    def __init__(self, pipe: int, most: int) -> None:
        self.pipe = pipe
        self.half = most // 2
        self.head = b""
        self.tail = b""
        self.cut = False
        self.thread = threading.Thread(target=self.drain, daemon=True)
        self.thread.start()

    def drain(self) -> None:
        while chunk := os.read(self.pipe, 65536):
            room = max(self.half - len(self.head), 0)
            self.head += chunk[:room]
            self.cut |= len(self.tail) + len(chunk[room:]) > self.half
            self.tail = (self.tail + chunk[room:])[-self.half :]
        os.close(self.pipe)

    def text(self) -> str:
        self.thread.join(timeout=2)
        return (self.head + (b"\n[...]\n" if self.cut else b"") + self.tail).decode("utf-8", "replace")


class Command:
    """A run that is an ordinary process, where no server can fork it: nothing restricts it or copies its recording."""

    def __init__(self, request: dict[str, Any], output: int) -> None:
        self.others: set[psutil.Process] = set()
        self.process = subprocess.Popen(
            request["command"], env=request["environment"], cwd=request["folder"], stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip

    def ended(self) -> dict[str, Any] | None:
        code = self.process.poll()
        return None if code is None else {"exit": code}


class Server:
    """The process that forks runs; see `sandbox/inside/`. Its start is abandoned once `cut` is set."""

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        cut: threading.Event,
        needs: Sequence[str] = (),
    ) -> None:
        with tempfile.TemporaryFile() as errors:  # a full pipe would block it
            self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self.process = subprocess.Popen(
                    command, env=environment, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=errors,
                    start_new_session=True,
                )  # fmt: skip
            ready = self.ready(cut)
            if ready is None or not set(needs) <= set(ready):
                self.abandon()
                errors.seek(0)
                complaint = errors.read().decode("utf-8", "replace").strip()
                lacking = "" if ready is None else f"it cannot import {', '.join(needs)} in the sandbox"
                raise OSError(lacking or complaint[-500:] or "it did not start")
        self.control.settimeout(None)
        self.own = {process.pid for process in descendants()}

    def abandon(self) -> None:
        self.process.kill()
        self.process.wait()
        self.control.close()

    def ready(self, cut: threading.Event) -> list[str] | None:
        """The packages that it has imported; nothing if it did not start."""
        self.control.settimeout(POLL_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not cut.is_set():
            with suppress(TimeoutError):
                return (self.receive() or {}).get("ready")
        return None

    def start(self, request: dict[str, Any], descriptors: list[int]) -> ForkedRun:
        socket.send_fds(self.control, [json.dumps(request["run"]).encode()], descriptors)
        return ForkedRun(self)

    def receive(self, flags: int = 0) -> dict[str, Any] | None:
        with suppress(BlockingIOError):
            message = self.control.recv(ONE_ANSWER, flags)
            answer: dict[str, Any] = json.loads(message) if message else {"fault": "the server of runs died"}
            return answer
        return None


class ForkedRun:
    """A run that is a child of the server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.others = {process for process in descendants() if process.pid in server.own}
        self.answer: dict[str, Any] | None = None

    def ended(self) -> dict[str, Any] | None:
        self.answer = self.answer or self.server.receive(socket.MSG_DONTWAIT)
        return self.answer


WatchedRun = Command | ForkedRun
"""A run that has been started. `ended` is its answer, {"exit"} or {"fault"}, if any; `others` are not its."""


def kill_and_reap(run: WatchedRun) -> dict[str, Any]:
    """The answer of a run that is over, once nothing of it is left. Its own parent ends it, and copies its recording;
    only if that takes too long, or there is none, everything is killed, its parent included."""
    deadline = time.monotonic() + END_SECONDS
    while run.ended() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS / 5)
    while not kill(run.others) or run.ended() is None:
        if time.monotonic() > deadline + END_SECONDS:
            return {"fault": UNENDED}
        time.sleep(POLL_SECONDS)
    return run.ended() or {"fault": UNENDED}


class Monitor:
    """Takes requests until standard input closes."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.server: Server | None = None
        self.groups: tuple[ControlGroup, ...] = ()  # of the run
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
                fault = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
                answer = {"fault": fault, "exit": None, "seconds": 0.0, "stopped": "", "output": "", "cut": False}
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
        own_server = Server(**request["server"], cut=self.cut) if request.get("server") else None
        server = own_server or self.server
        groups = self.groups = groups_for(request["group_mb"], request["group_processes"])
        pipe, end = os.pipe()
        alive, lifeline = os.pipe()
        started = time.monotonic()
        try:
            with descriptors(request["recording"], groups) as opened:
                run: WatchedRun = server.start(request, [end, alive, *opened]) if server else Command(request, end)
        finally:
            os.close(end)
            os.close(alive)
        output = DrainedPipe(pipe, request["output_kb"] * 1024)
        limits = ("memory_mb", "cpu_seconds", "processes", "disk_mb", "disk")
        cores = request["run"]["restrictions"]["cores"]
        meter = Meter(
            **{name: request[name] for name in limits},
            processors=len(cores or ()) or usable_processors(),
            groups=groups,
        )
        try:
            stopped = self.watch(run, request, started, meter)
        finally:
            os.close(lifeline)  # what is left of the run ends with it
        seconds = time.monotonic() - started
        answer = kill_and_reap(run)
        if own_server:
            own_server.abandon()
        fault = answer.get("fault", "")
        if fault:
            self.server = None
            kill(set())
            fault = ": ".join([fault, *output.text().strip().splitlines()[-1:]])[:500]
        if not stopped and not fault and any(group.met() for group in groups):
            stopped = "memory"  # more processes are only refused, and a program may cope with that
        if stopped and not fault.startswith(UNENDED):
            fault = ""  # it was stopped, whatever happened to the server
        fault = fault or answer.get("unstored", "")
        code = None if stopped else answer.get("exit")
        report = {"exit": code, "seconds": seconds, "stopped": stopped, "fault": fault, "waited": meter.waited_seconds}
        report["data"] = meter.most_data
        return {**report, "refused": answer.get("refused", ""), "output": output.text(), "cut": output.cut}

    def watch(self, run: WatchedRun, request: dict[str, Any], started: float, meter: Meter) -> str:
        """Why the run was stopped, or nothing when it ended by itself.

        Time in which it was ready to run while others had the processors does not count, up to a bound: a limit of time
        must not depend on what else a machine does.
        """
        look = started + LOOK_SECONDS
        while run.ended() is None:
            if meter.is_full():
                return "memory"
            now = time.monotonic()
            if now > started + request["seconds"] + min(meter.waited_seconds, MOST_PATIENCE * request["seconds"]):
                return "timeout"
            if self.cut.is_set() or self.abandoned.is_set():
                return "abandoned"
            if now > look:
                processes, parents = _of_a_run(run, request["parents"])
                if broken := meter.exceeded(processes, parents):
                    return broken
                # Shared memory can fill up between two looks, and only looks limit it.
                look = time.monotonic() + (POLL_SECONDS if meter.close else LOOK_SECONDS)
            time.sleep(POLL_SECONDS)
        return ""


def _of_a_run(run: WatchedRun, levels: int) -> tuple[set[psutil.Process], set[psutil.Process]]:
    """The processes of a run, and its `levels` of parents, which are ours, and which nobody can inspect."""
    processes = at_a_glance() - run.others
    ours: set[psutil.Process] = set()
    above = {process.pid for process in run.others} or {os.getpid()}
    for _ in range(levels):
        parents = set()
        for process in processes:
            with suppress(psutil.Error):
                if process.ppid() in above:
                    parents.add(process)
        processes -= parents
        ours |= parents
        above = {process.pid for process in parents}
    return processes, ours


@contextmanager
def descriptors(recording: str, groups: tuple[ControlGroup, ...]) -> Iterator[list[int]]:
    """A new file for a recording, and the entrances of groups; closed here once they have been passed on."""
    with ExitStack() as stack:
        opened = [os.open(recording, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)]
        stack.callback(os.close, opened[0])
        for group in groups:
            opened.append(group.entrance())
            stack.callback(os.close, opened[-1])
        yield opened


def become_reaper() -> None:
    if sys.platform == "linux":
        from grader.sandbox.inside import libc

        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)


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
