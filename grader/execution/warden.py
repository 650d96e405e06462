"""Starts runs one after another, and answers for every process that comes of them. A process of its own.

    python -m grader.execution.warden SPEC

SPEC is JSON: root, a folder that goes with the warden, and server, {"command", "environment"} of a process that forks
a child for each run, or null.

Standard input has one request a line, and is a lifeline: when it closes, everything is killed, and `root` is removed.
A request: seconds, memory_mb, cpu_seconds, processes, disk_mb (null is no limit), disk (the folder that counts),
output_kb; and walls, arguments and folder, which the server takes, or command, environment and folder where there is
none. The answer, a line of standard output: exit (negative numbers are signals, null if it was stopped), seconds,
stopped ("", "timeout", "cpu", "memory", "processes", "disk", "abandoned"), output (beginning and end, if it was
long), cut (whether there was more), fault (why the run never began, which is no fault of the submission).

On Linux the warden is the reaper of orphans below it, so that no double fork gets away.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from grader.execution.processes import POLL_SECONDS, descendants, exceeded, kill, resident
from grader.execution.runs import UNENDED, Command, Output, Run, Server, bury
from grader.files import remove
from grader.lifeline import lines

PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.1


class Warden:
    """Takes requests until the lifeline is cut."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.server: Server | None = None
        self.requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.cut = threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in lines(sys.stdin.fileno()):
            self.requests.put(line)
        self.cut.set()
        self.requests.put(b"")

    def work(self) -> None:
        while line := self.requests.get():
            try:
                answer = self.run(json.loads(line))
            except Exception as error:
                self.server = None
                kill(set())
                told = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
                answer = {"fault": told, "exit": None, "seconds": 0.0, "stopped": "", "output": "", "cut": False}
            if not self.cut.is_set():
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.spec["server"] and self.server is None:
            self.server = Server(self.spec["server"]["command"], self.spec["server"]["environment"], self.cut)
        pipe, end = os.pipe()
        started = time.monotonic()
        try:
            run: Run = self.server.start(request, end) if self.server else Command(request, end)
        finally:
            os.close(end)
        output = Output(pipe, request["output_kb"] * 1024)
        stopped = self.watch(run, request, started)
        seconds = time.monotonic() - started
        answer = bury(run)
        fault = answer.get("fault", "")
        if fault:
            self.server = None
            kill(set())
        code = None if stopped else answer.get("exit")
        if stopped and fault != UNENDED:
            fault = ""  # it was stopped, whatever became of the server
        told = {"exit": code, "seconds": seconds, "stopped": stopped, "fault": fault}
        return {**told, "output": output.text(), "cut": output.cut}

    def watch(self, run: Run, request: dict[str, Any], started: float) -> str:
        """Why the run was stopped, or nothing when it ended by itself."""
        look = started + LOOK_SECONDS
        cpu: dict[int, float] = {}
        while run.ended() is None:
            now = time.monotonic()
            if now > started + request["seconds"]:
                return "timeout"
            if self.cut.is_set():
                return "abandoned"
            if now > look:
                theirs = descendants() - run.others
                if broken := exceeded(theirs, request, cpu):
                    return broken
                # Shared memory is filled faster than a look comes round, and only looks bound it.
                close = 2 * resident(theirs) > request["memory_mb"] * 2**20
                look = time.monotonic() + (POLL_SECONDS if close else LOOK_SECONDS)
            time.sleep(POLL_SECONDS)
        return ""


def become_reaper() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main(spec: dict[str, Any]) -> None:
    become_reaper()
    try:
        Warden(spec).work()
    finally:
        kill(set())
        remove(Path(spec["root"]))
    os._exit(0)


if __name__ == "__main__":
    # A terminal's interrupt is for the grader, which then lets go of the lifeline.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(json.loads(sys.argv[1]))
