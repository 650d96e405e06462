"""Runs as their monitor sees them: processes of their own, or children of a server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

import psutil

from grader.sandbox.usage import POLL_SECONDS, descendants, kill

START_SECONDS = 180.0
END_SECONDS = 60.0
ONE_ANSWER = 1 << 16
UNENDED = "some processes of the run could not be stopped"


class Output:
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


class Run(Protocol):
    """A run that has been started. `ended` is its answer, {"exit"} or {"fault"}, if any; `others` are not its."""

    @property
    def others(self) -> set[psutil.Process]: ...

    def ended(self) -> dict[str, Any] | None: ...


class Command:
    """A run that is a separate process, started by `request["command"]`, in which a part names its descriptors."""

    def __init__(self, request: dict[str, Any], descriptors: list[int]) -> None:
        self.others: set[psutil.Process] = set()
        self.answer: dict[str, Any] | None = None
        self.answers, report = os.pipe()
        output, *others = descriptors
        given = [str(number) for number in (report, *descriptors)]
        self.reports = request["descriptors"] in request["command"]
        self.process = subprocess.Popen(
            [part for one in request["command"] for part in (given if one == request["descriptors"] else [one])],
            env=request["environment"],
            cwd=request["folder"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=(report, output, *others) if os.name == "posix" else (),
        )
        os.close(report)

    def ended(self) -> dict[str, Any] | None:
        code = self.process.poll()
        if code is not None and self.answer is None:
            told = self.read_answer()
            ended_early = {"fault": f"the sandbox did not start (exit status {code})"}
            self.answer = told if told is not None else ended_early if self.reports else {"exit": code, "refused": ""}
        return self.answer

    def read_answer(self) -> dict[str, Any] | None:
        os.set_blocking(self.answers, False)
        with os.fdopen(self.answers, "rb") as pipe, contextlib.suppress(BlockingIOError, ValueError):
            return dict(json.loads(os.read(pipe.fileno(), ONE_ANSWER)))
        return None


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
        self.own = {one.pid for one in descendants()}

    def abandon(self) -> None:
        self.process.kill()
        self.process.wait()
        self.control.close()

    def ready(self, cut: threading.Event) -> list[str] | None:
        """The packages that it has imported; nothing if it did not start."""
        self.control.settimeout(POLL_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not cut.is_set():
            with contextlib.suppress(TimeoutError):
                return (self.receive() or {}).get("ready")
        return None

    def start(self, request: dict[str, Any], descriptors: list[int]) -> Forked:
        socket.send_fds(self.control, [json.dumps(request["run"]).encode()], descriptors)
        return Forked(self)

    def receive(self, flags: int = 0) -> dict[str, Any] | None:
        with contextlib.suppress(BlockingIOError):
            message = self.control.recv(ONE_ANSWER, flags)
            answer: dict[str, Any] = json.loads(message) if message else {"fault": "the server of runs died"}
            return answer
        return None


class Forked:
    """A run that is a child of the server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.others = {one for one in descendants() if one.pid in server.own}
        self.answer: dict[str, Any] | None = None

    def ended(self) -> dict[str, Any] | None:
        self.answer = self.answer or self.server.receive(socket.MSG_DONTWAIT)
        return self.answer


def kill_and_reap(run: Run) -> dict[str, Any]:
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
