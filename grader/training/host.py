"""The trainer process: its sandbox, its requests one at a time, its restarts, and what a request may cost.

Whoever asks may be in another process: requests and answers are plain JSON data. What they mean is in `trainer`, what
is trained in `engine`. Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from grader.domain import Limits
from grader.errors import TrainerFault, TrainerLimit, UsageError
from grader.sandbox import INSIDE, TENSORFLOW_SETTINGS, SandboxSpec, spec
from grader.sandbox.dialogue import Dialogue, ProcessEnded
from grader.sandbox.packages import interpreter, require_training
from grader.training.job import dumps, loads
from grader.training.memo import Memo, default_folder, training_versions, untrusted
from grader.training.programs import kept_programs, make_room
from grader.training.trainer import Trainer

ENVIRONMENT = {**TENSORFLOW_SETTINGS, "KERAS_BACKEND": "tensorflow", "PYTHONIOENCODING": "utf-8"}
PACKAGE = Path(__file__).resolve().parents[1]
ENGINE = "grader.training.engine"
FOR_EVER = 10**9  # seconds of processor time: a process that trains a class has no natural end
START_SECONDS = 120.0
MEMORY_MB = 6144
PROGRAMS_PER_PROCESS = 150
MOST_ANSWER = 2**30  # bytes; the curves and predictions of a run take a thousandth of it
Answer = dict[str, Any]


class TrainerHost:
    """One trainer process, started when first needed, ended with the `with` block. Any thread may ask.

    It runs in the sandbox of `isolation`, where it sees `readable` data files and can write only to a folder for files
    of libraries. Raises `GraderFault` where this Python has no TensorFlow.
    """

    def __init__(
        self,
        *,
        isolation: str = "none",
        readable: tuple[Path, ...] = (),
        slot: int = 0,
        memory_mb: int = MEMORY_MB,
    ) -> None:
        require_training()
        self._sandbox = trainer_sandbox(isolation, readable, slot)
        self._memory_mb = memory_mb
        self._running: TrainerProcess | None = None
        self._closed = False
        self._interruptions = 0
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="trainer")  # first come, first served
        self._asked: dict[str, Future[Answer]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, also in the middle of an answer, and remove the oldest of too many compiled programs."""
        with self._lock:
            self._closed = True
        self._end_process()
        self._queue.shutdown(cancel_futures=True)
        if self._sandbox.scratch:
            make_room(self._sandbox.scratch)

    def start(self) -> None:
        """Start to import Keras already, while something else takes time."""
        self._process()

    def interrupt(self) -> None:
        """End the training that another thread waits for, if there is one: the process, which starts again at once."""
        with self._lock:
            self._interruptions += 1
            is_busy = bool(self._asked)
        if is_busy:
            self._end_process()
            self.start()

    def ask(self, request: Answer, seconds: float) -> Answer:
        """The answer to one request, for which the process has so many `seconds` when its turn has come; with its own.

        Requests are answered in the order in which they come; who asks for the same as somebody before waits for the
        same answer. Raises `TrainerLimit` if the request takes too long, or if the process dies of it twice, and
        `TrainerFault` for anything else.
        """
        key = dumps(request)
        with self._lock:
            if self._closed:
                raise TrainerFault("the trainer has been closed")
            answer = self._asked.get(key)
            if answer is None:
                answer = self._asked[key] = self._queue.submit(self._answer, key, seconds)
        try:
            return dict(answer.result())
        except CancelledError:
            raise TrainerFault("the trainer has been closed") from None

    def _answer(self, key: str, seconds: float) -> Answer:
        started = time.monotonic()
        try:
            answer = self._patiently(key.encode(), seconds)
            if "refused" in answer:
                raise TrainerLimit(answer["refused"])
        except TrainerLimit as limit:
            limit.seconds = time.monotonic() - started
            raise
        finally:
            with self._lock:
                del self._asked[key]
        if "fault" in answer:
            raise TrainerFault(f"the trainer failed: {answer['fault']}")
        if answer.get("compiled", 0) >= PROGRAMS_PER_PROCESS:
            self._end_process()  # TensorFlow never frees some 10 MB of each program
        return {**answer, "seconds": time.monotonic() - started}

    def _patiently(self, request: bytes, seconds: float) -> Answer:
        """A process that died of a request is started once more, for the rest of the time."""
        interruptions, died = self._interruptions, False
        while True:
            process, started = self._ready(), time.monotonic()
            try:
                return self._ask(process, request, seconds)
            except ProcessEnded as death:
                if self._interruptions > interruptions:
                    raise TrainerFault("the training was interrupted") from None
                if died:
                    raise TrainerLimit(f"ended the trainer process twice: {death}") from None
            died, seconds = True, max(0.0, seconds - (time.monotonic() - started))

    def _ready(self) -> TrainerProcess:
        """A process that has imported what it needs: if that fails, no request is to blame."""
        for is_last in (False, True):
            process = self._process()
            try:
                if not process.is_ready:
                    self._ask(process, dumps({"do": "nothing"}).encode(), START_SECONDS)
                process.is_ready = True
                break
            except (ProcessEnded, TrainerLimit) as problem:
                if is_last:
                    raise TrainerFault(f"the trainer process cannot start: {problem}") from None
        return process

    def _ask(self, process: TrainerProcess, request: bytes, seconds: float) -> Answer:
        """One answer; without one, the process is ended, so that a late one is not taken for that of the next."""
        try:
            return dict(loads(process.ask(request, seconds)))
        except ValueError:
            self._end_process()
            raise TrainerFault("the answer of the trainer is not JSON") from None
        except BaseException:
            self._end_process()
            raise

    def _process(self) -> TrainerProcess:
        with self._lock:
            if self._closed:
                raise TrainerFault("the trainer has been closed")
            self._running = self._running or TrainerProcess(self._memory_mb, self._sandbox)
            return self._running

    def _end_process(self) -> None:
        with self._lock:
            ended, self._running = self._running, None
        if ended:
            ended.close()


@contextmanager
def local_trainer(memo: Memo | None = None, **process: Any) -> Iterator[Trainer]:
    """A trainer with a process of its own; `process` are options of a `TrainerHost`."""
    with TrainerHost(**process) as host:
        yield Trainer(memo, ask=host.ask)


class TrainerProcess(Dialogue):
    """The process in its sandbox."""

    is_ready = False

    def __init__(self, memory_mb: int, sandbox: SandboxSpec) -> None:
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "start_new_session": True}
        arguments, own = command(memory_mb, sandbox), environment(sandbox)
        super().__init__(lambda errors: subprocess.Popen(arguments, stderr=errors, env=own, **pipes), MOST_ANSWER)

    def ask(self, line: bytes, seconds: float) -> bytes:
        """Raises `TrainerLimit` or `ProcessEnded`."""
        self.send(line + b"\n")
        try:
            return self.receive(seconds)
        except TimeoutError:
            raise TrainerLimit(f"takes longer than {seconds:.0f} s") from None


def trainer_sandbox(isolation: str, readable: tuple[Path, ...], slot: int) -> SandboxSpec:
    """What a trainer may see: the package, the data, and its own folder for files of libraries."""
    found = SandboxSpec(isolation, Path(sys.executable), None, (PACKAGE, *readable), slot=slot)
    return replace(found, scratch=scratch_folder(found.uid))


def scratch_folder(uid: int) -> Path:
    """Next to the cache, for a trainer that runs as this user.

    A temporary folder if the cache belongs to another user, whose Keras settings and programs would apply.
    """
    ours = getattr(os, "geteuid", lambda: uid)()
    own = default_folder() / ("trainer" if uid == ours else f"trainer-{uid}")
    if not untrusted(own.parent):
        with suppress(OSError):
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
    if untrusted(own.parent) or untrusted(own, {ours, uid}):
        own = Path(tempfile.mkdtemp(prefix="grader-trainer-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
    if uid != ours:
        with suppress(OSError):
            os.chown(own, uid, uid, follow_symlinks=False)
    return own.resolve()


def command(memory_mb: int, sandbox: SandboxSpec) -> tuple[str, ...]:
    """The process in its sandbox. Without one, it limits its memory itself."""
    worker = (str(sandbox.python), "-m", ENGINE, str(memory_mb))
    if sandbox.level == "none":
        return worker
    limits = Limits(memory_mb=memory_mb, cpu_seconds=FOR_EVER)
    asked = json.dumps({**spec.restrictions(sandbox, limits), "cores": None})
    confined = (str(sandbox.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "confine", asked, *worker)
    return spec.command(sandbox, confined)


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
    kept = kept_programs(sandbox.scratch, training_versions()) if sandbox.scratch else {}
    return {**own, **ENVIRONMENT, **places, **imports, **kept}
