"""The trainer process seen from outside: its environment, its sandbox, one request at a time, its end."""

from __future__ import annotations

import atexit
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from grader.domain import Limits
from grader.errors import TrainerTimeout, UsageError
from grader.sandbox import INSIDE, TENSORFLOW_SETTINGS, SandboxSpec, plan_for, restrictions
from grader.sandbox.spec import interpreter
from grader.training.memo import default_folder, untrusted

ENVIRONMENT = {**TENSORFLOW_SETTINGS, "KERAS_BACKEND": "tensorflow", "PYTHONIOENCODING": "utf-8"}
PACKAGE = Path(__file__).resolve().parents[1]
FOR_EVER = 10**9  # seconds of processor time: a process that trains a class has no natural end


class WorkerDiedError(Exception):
    """The process ended instead of answering; the text is the end of its stderr."""


class Worker:
    """The process, and a thread that reads its answers: not every platform can read a pipe with a timeout."""

    def __init__(self, memory_mb: int, sandbox: SandboxSpec) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(
            command(memory_mb, sandbox),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(sandbox),
            start_new_session=True,
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, line: bytes, seconds: float) -> bytes:
        assert self._process.stdin is not None
        with suppress(OSError):  # a broken pipe: the reading thread reports the death
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TrainerTimeout(f"the trainer did not answer within {seconds:.0f} s") from None
        if not answer:
            raise WorkerDiedError(self._last_words())
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._errors):
            if stream:
                with suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                self._answers.put(line)
        self._answers.put(b"")

    def _last_words(self) -> str:
        code = self._process.wait()
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 500))
        words = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"exit code {code}{': ' + words[-1] if words else ''}"


def trainer_sandbox(isolation: str, readable: tuple[Path, ...], slot: int) -> SandboxSpec:
    """What a trainer may see: the package, the data, and its own folder for files of libraries."""
    return SandboxSpec(isolation, Path(sys.executable), None, (PACKAGE, *readable), slot=slot, scratch=scratch_folder())


def scratch_folder() -> Path:
    """Next to the cache; a temporary folder if the cache belongs to another user, whose Keras settings would apply."""
    own = default_folder() / "trainer"
    if untrusted(own.parent) or untrusted(own):
        own = Path(tempfile.mkdtemp(prefix="grader-trainer-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
    with suppress(OSError):
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own.resolve()


def command(memory_mb: int, sandbox: SandboxSpec) -> tuple[str, ...]:
    """The process in its sandbox. Without one, it limits its memory itself."""
    worker = (str(sandbox.python), "-m", "grader.training.engine", str(memory_mb))
    if sandbox.level == "none":
        return worker
    limits = Limits(memory_mb=memory_mb, cpu_seconds=FOR_EVER)
    asked = json.dumps({**restrictions(sandbox, limits, own=False), "cores": None})
    confined = (str(sandbox.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "confine", asked, *worker)
    return plan_for(sandbox.level, warm=False).command(sandbox, confined)


def environment(sandbox: SandboxSpec) -> dict[str, str]:
    """The package importable and what training needs; nothing else of the coordinator if there is a sandbox."""
    own = os.environ if sandbox.level == "none" else {}
    # A separate home: libraries look for settings in it, and in a shared /tmp these could be anybody's.
    home = "/tmp" if sandbox.level == "full" else str(sandbox.scratch)
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR"), home) | {"KERAS_HOME": f"{home}/keras"}
    elsewhere: tuple[Path, ...] = ()
    with suppress(UsageError):  # a Python that cannot report this does not start either, which gives the better error
        elsewhere = interpreter(sandbox.python).elsewhere
    packages = os.pathsep.join(map(str, (PACKAGE.parent, *elsewhere)))
    imports = {"PYTHONPATH": packages, "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
    return {**own, **ENVIRONMENT, **places, **imports}
