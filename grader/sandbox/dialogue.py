"""A process of ours that is spoken to, one message at a time, with a limit of time for each of its answers.

An answer is a line of bounded length. A thread reads them: not every platform can read a pipe with a timeout.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

MOST_WORDS = 500  # bytes of the end of its standard error


class ProcessEnded(Exception):
    """The process ended instead of answering; the text says how, with the end of its standard error."""


class Dialogue:
    """What is said to a process and what it answers.

    `end` ends it at once, whatever it is doing, and says how it went; it is called once. `most` bytes of one answer are
    read; a longer one counts as the end of the process.
    """

    def __init__(self, requests: IO[bytes], answers: IO[bytes], end: Callable[[], str], most: int) -> None:
        self._requests, self._answers, self._most = requests, answers, most
        self._end_process, self._ending, self._words = end, threading.Lock(), ""
        self._arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: bytes) -> None:
        with suppress(OSError, ValueError):  # a broken or closed pipe: whoever waits for an answer learns of the end
            self._requests.write(message)
            self._requests.flush()

    def receive(self, seconds: float) -> bytes:
        """The next answer. Raises `TimeoutError` or `ProcessEnded`."""
        try:
            answer = self._arrived.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            raise TimeoutError from None
        if not answer:
            raise ProcessEnded(self._end())
        return answer

    def close(self) -> None:
        """End the process at once, whatever it is doing."""
        self._end()
        with suppress(OSError):
            self._requests.close()

    def _end(self) -> str:
        with self._ending:
            self._words = self._words or self._end_process()
            return self._words

    def _read(self) -> None:
        with self._answers as answers:
            while (line := answers.readline(self._most)).endswith(b"\n"):
                self._arrived.put(line)
        self._end()  # if it has not ended, its answer is too long
        self._arrived.put(b"")


def start_dialogue(command: Sequence[str], environment: Mapping[str, str], most: int, **options: Any) -> Dialogue:
    """With a new process; `options` are those of `subprocess.Popen`."""
    errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
    process = subprocess.Popen(command, env=environment, **pipes, **options)
    assert process.stdin is not None
    assert process.stdout is not None

    def end() -> str:
        process.kill()
        with errors:
            return f"exit code {process.wait()}{_last_words(errors)}"

    return Dialogue(process.stdin, process.stdout, end, most)


class ForkServer:
    """A process that imports what many need, and a fork of it for each dialogue; its other side
    is `inside/fork_server`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._control, stdin = socket.socketpair()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        pipes: Any = {"stdin": stdin, "stdout": subprocess.DEVNULL, "stderr": self._errors}
        with stdin:
            self._process = subprocess.Popen(command, env=environment, start_new_session=True, **pipes)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, most: int) -> Dialogue:
        """With a fork, as soon as the imports are done."""
        source, requests = os.pipe()
        answers, sink = os.pipe()
        with suppress(OSError):  # the process has ended: so has the dialogue
            socket.send_fds(self._control, [b"\0"], [source, sink])
        os.close(source)
        os.close(sink)
        file = os.fdopen(requests, "wb")

        def end() -> str:
            with suppress(OSError):
                file.close()
            how = "it has ended" if self.is_alive else f"exit code {self._process.returncode}"
            return f"{how}{_last_words(self._errors)}"

        return Dialogue(file, os.fdopen(answers, "rb"), end, most)

    def close(self) -> None:
        """End it and all its forks."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._control.close()
        self._errors.close()


def _last_words(errors: IO[bytes]) -> str:
    try:
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - MOST_WORDS))
        words = errors.read().decode(errors="replace").strip().splitlines()
    except ValueError:  # closed by another thread, which has ended the process
        words = []
    return ": ".join(["", *words[-1:]])
