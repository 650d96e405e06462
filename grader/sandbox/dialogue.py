"""A process of ours that is spoken to, one message at a time, with a limit of time for each of its answers.

An answer is a line of bounded length. A thread reads them: not every platform can read a pipe with a timeout.
"""

from __future__ import annotations

import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

MOST_WORDS = 500  # bytes of the end of its standard error


class ProcessEnded(Exception):
    """The process ended instead of answering; the text has its exit code and the end of its standard error."""


class Dialogue:
    """A process that is started with a file for its standard error, and pipes for the rest.

    `most` bytes of one answer are read; a longer one counts as the end of the process.
    """

    def __init__(self, start: Callable[[IO[bytes]], subprocess.Popen[bytes]], most: int) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = start(self._errors)
        self._most = most
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # a broken or closed pipe: whoever waits for an answer learns of the end
            self._process.stdin.write(message)
            self._process.stdin.flush()

    def receive(self, seconds: float) -> bytes:
        """The next answer. Raises `TimeoutError` or `ProcessEnded`."""
        try:
            answer = self._answers.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            raise TimeoutError from None
        if not answer:
            raise ProcessEnded(self._last_words())
        return answer

    def close(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._errors):
            if stream:
                with suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            while (line := stdout.readline(self._most)).endswith(b"\n"):
                self._answers.put(line)
        self._process.kill()  # if it has not ended, its answer is too long
        self._answers.put(b"")

    def _last_words(self) -> str:
        code = self._process.wait()
        try:
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - MOST_WORDS))
            words = self._errors.read().decode(errors="replace").strip().splitlines()
        except ValueError:  # closed by another thread, which has ended the process
            words = []
        return f"exit code {code}{': ' + words[-1] if words else ''}"
