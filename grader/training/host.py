"""The trainer processes: their sandbox, a request for each of them at a time, and what a request may cost.

Whoever asks may be in another process: requests and answers are plain JSON data. What they mean is in `trainer`, what
is trained in `engine`. Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
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
from grader.sandbox import FORKS, INSIDE, TENSORFLOW_SETTINGS, SandboxSpec, spec
from grader.sandbox.cgroups import usable_processors
from grader.sandbox.dialogue import Dialogue, ForkServer, ProcessEnded, start_dialogue
from grader.sandbox.packages import interpreter, require_training
from grader.training.memo import Memo, default_folder, training_versions, untrusted
from grader.training.messages import dumps, loads
from grader.training.stored_programs import kept_programs, make_room
from grader.training.trainer import Trainer

ENVIRONMENT = {**TENSORFLOW_SETTINGS, "KERAS_BACKEND": "tensorflow", "PYTHONIOENCODING": "utf-8"}
PACKAGE = Path(__file__).resolve().parents[1]
FOR_EVER = 10**9  # seconds of processor time: a process that trains a class has no natural end
START_SECONDS = 120.0
MEMORY_MB = 6144
PROGRAMS_PER_PROCESS = 150
THREADS = 64  # of one process for each processor: libraries make pools of as many as there are
MOST_ANSWER = 2**30  # bytes; the curves and predictions of a run take a thousandth of it
Answer = dict[str, Any]
Asked = tuple[str, int]  # a request, and how often trainings had been interrupted before it: one more ends it


class TrainerHost:
    """As many trainer processes as there are processors, started when first needed, ended with the `with` block.

    They run in the sandbox of `isolation`, where they see `readable` data files and can write only to a folder for
    files of libraries. Any thread may ask. Raises `GraderFault` where this Python has no TensorFlow.
    """

    def __init__(self, *, isolation: str = "none", readable: tuple[Path, ...] = ()) -> None:
        require_training()
        self._sandbox = trainer_sandbox(isolation, readable)
        if self._sandbox.scratch:
            make_room(self._sandbox.scratch)  # now, since not every host is closed: the last may have been killed
        self._server: ForkServer | None = None
        self._processes: set[TrainerProcess] = set()
        self._idle: list[TrainerProcess] = []
        self._closed = False
        self._interruptions = 0
        self._queue = ThreadPoolExecutor(usable_processors(), thread_name_prefix="trainer")  # first come, first served
        self._asked: dict[Asked, Future[Answer]] = {}
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, also in the middle of an answer."""
        with self._lock:
            self._closed = True
            self._end_all()
            self._end_server(self._server)
        self._queue.shutdown(cancel_futures=True)

    def start(self) -> None:
        """Start to import Keras already, while something else takes time."""
        self._release(self._taken())

    def interrupt(self) -> None:
        """End the trainings that other threads wait for, if there are any; what has been imported stays."""
        with self._lock:
            self._interruptions += 1
            if self._asked:
                self._end_all()

    def ask(self, request: Answer, seconds: float) -> Answer:
        """The answer to one request, for which a process has so many `seconds` when its turn has come; with its own.

        Requests are taken up in the order in which they come; who asks for the same as somebody before waits for the
        same answer. Raises `TrainerLimit` if the request takes too long, or if two processes die of it, and
        `TrainerFault` for anything else.
        """
        with self._lock:
            if self._closed:
                raise TrainerFault("the trainer has been closed")
            key = dumps(request), self._interruptions  # what was interrupted is asked again
            answer = self._asked.get(key)
            if answer is None:
                answer = self._asked[key] = self._queue.submit(self._answer, key, seconds)
        try:
            return dict(answer.result())
        except CancelledError:
            raise TrainerFault("the trainer has been closed") from None

    def _answer(self, key: Asked, seconds: float) -> Answer:
        started, (request, interruptions) = time.monotonic(), key
        try:
            answer = self._patiently(request.encode(), seconds, interruptions)
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
        return {**answer, "seconds": time.monotonic() - started}

    def _patiently(self, request: bytes, seconds: float, interruptions: int) -> Answer:
        """After a process that died of a request a new one is asked, for the rest of the time."""
        died = False
        while True:
            process, started = self._ready(interruptions, new=died), time.monotonic()
            try:
                with self._ended_by_errors(process):
                    answer = process.ask(request, seconds)
                self._release(process)
                return answer
            except ProcessEnded as death:
                self._refuse_if_interrupted(interruptions)
                if died:
                    raise TrainerLimit(f"ended the trainer process twice: {death}") from None
            died, seconds = True, max(0.0, seconds - (time.monotonic() - started))

    def _refuse_if_interrupted(self, interruptions: int) -> None:
        if self._interruptions > interruptions:
            raise TrainerFault("the training was interrupted") from None

    def _ready(self, interruptions: int, *, new: bool) -> TrainerProcess:
        """A process that has imported what it needs: if that fails, no request is to blame."""
        for is_last in (False, True):
            self._refuse_if_interrupted(interruptions)
            process = self._taken(new=new)
            try:
                with self._ended_by_errors(process):
                    process.make_ready()
                break
            except (ProcessEnded, TrainerLimit) as problem:
                self._refuse_if_interrupted(interruptions)
                if is_last:
                    raise TrainerFault(f"the trainer process cannot start: {problem}") from None
                self._end_server(process.server)
        return process

    def _taken(self, *, new: bool = False) -> TrainerProcess:
        """A process that nobody else asks; one that is not `new` may have ended with its server."""
        with self._lock:
            if self._closed:
                raise TrainerFault("the trainer has been closed")
            if self._idle and not new:
                return self._idle.pop()
            process = TrainerProcess(self._started(), self._server)
            self._processes.add(process)
            return process

    def _started(self) -> Dialogue:
        arguments, variables = command(self._sandbox), environment(self._sandbox)
        if not FORKS:
            return start_dialogue(arguments, variables, MOST_ANSWER, start_new_session=True)
        if self._server and not self._server.is_alive:
            self._end_server(self._server)
        self._server = self._server or ForkServer(arguments, variables)
        return self._server.fork(MOST_ANSWER)

    @contextmanager
    def _ended_by_errors(self, process: TrainerProcess) -> Iterator[None]:
        """So that a late answer is not taken for that of the next request."""
        try:
            yield
        except BaseException:
            self._end(process)
            raise

    def _release(self, process: TrainerProcess) -> None:
        """For who asks next, unless it has been ended, or should be."""
        if process.compiled >= PROGRAMS_PER_PROCESS:
            self._end(process)  # TensorFlow never frees some 10 MB of each program
        with self._lock:
            if process in self._processes:
                self._idle.append(process)

    def _end(self, process: TrainerProcess) -> None:
        with self._lock:
            self._processes.discard(process)
            self._idle = [other for other in self._idle if other is not process]
        process.close()

    def _end_all(self) -> None:
        for process in list(self._processes):
            self._end(process)

    def _end_server(self, server: ForkServer | None) -> None:
        """And all that it has forked, unless another has taken its place."""
        with self._lock:
            if server and server is self._server:
                server.close()
                self._server = None


@contextmanager
def local_trainer(memo: Memo | None = None, **options: Any) -> Iterator[Trainer]:
    """A trainer with processes of its own; `options` are those of a `TrainerHost`."""
    with TrainerHost(**options) as host:
        yield Trainer(memo, ask=host.ask)


class TrainerProcess:
    """A process in its sandbox, what forked it, and how many programs it has compiled."""

    def __init__(self, dialogue: Dialogue, server: ForkServer | None) -> None:
        self._dialogue, self._is_ready, self.server = dialogue, False, server
        self.close, self.compiled = dialogue.close, 0

    def make_ready(self) -> None:
        """Wait until it has imported what it needs."""
        if not self._is_ready:
            self.ask(dumps({"do": "nothing"}).encode(), START_SECONDS)
        self._is_ready = True

    def ask(self, request: bytes, seconds: float) -> Answer:
        """Raises `TrainerLimit` or `ProcessEnded`, and `TrainerFault` for an answer that is none."""
        self._dialogue.send(request + b"\n")
        try:
            answer = dict(loads(self._dialogue.receive(seconds)))
        except TimeoutError:
            raise TrainerLimit(f"takes longer than {seconds:.0f} s") from None
        except ValueError:
            raise TrainerFault("the answer of the trainer is not JSON") from None
        self.compiled = answer.get("compiled", self.compiled)
        return answer


def trainer_sandbox(isolation: str, readable: tuple[Path, ...]) -> SandboxSpec:
    """What a trainer may see: the package, the data, and its own folder for files of libraries."""
    sandbox = SandboxSpec(isolation, Path(sys.executable), None, (PACKAGE, *readable))
    return replace(sandbox, scratch=scratch_folder(sandbox.uid))


def scratch_folder(uid: int) -> Path:
    """Next to the cache, for a trainer that runs as this user.

    A temporary folder if the cache belongs to another user, whose Keras settings and programs would apply.
    """
    user = getattr(os, "geteuid", lambda: uid)()
    folder = default_folder() / ("trainer" if uid == user else f"trainer-{uid}")
    if not untrusted(folder.parent):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if untrusted(folder.parent) or untrusted(folder, {user, uid}):
        folder = Path(tempfile.mkdtemp(prefix="grader-trainer-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if uid != user:
        with suppress(OSError):
            os.chown(folder, uid, uid, follow_symlinks=False)
    return folder.resolve()


def command(sandbox: SandboxSpec) -> tuple[str, ...]:
    """The process in its sandbox. Without one, it limits its memory itself."""
    worker = (str(sandbox.python), "-m", "grader.training.engine", "forks" if FORKS else "pipes", str(MEMORY_MB))
    if sandbox.level == "none":
        return worker
    threads = THREADS * usable_processors() ** 2
    limits = Limits(memory_mb=MEMORY_MB, cpu_seconds=FOR_EVER, processes=threads)
    restrictions = json.dumps({**spec.restrictions(sandbox, limits), "cores": None})
    confined = (str(sandbox.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "confine", restrictions, *worker)
    return spec.command(sandbox, confined)


def environment(sandbox: SandboxSpec) -> dict[str, str]:
    """The package importable and what training needs; nothing else of the coordinator if there is a sandbox."""
    variables = os.environ if sandbox.level == "none" else {}
    # A separate home: libraries look for settings in it, and in a shared /tmp these could be anybody's.
    home = "/tmp" if sandbox.level == "full" else str(sandbox.scratch)
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), home) | {"KERAS_HOME": f"{home}/keras"}
    elsewhere: tuple[Path, ...] = ()
    with suppress(UsageError):  # a Python that cannot report this does not start either, which gives the better error
        elsewhere = interpreter(sandbox.python).elsewhere
    packages = os.pathsep.join(map(str, (PACKAGE.parent, *elsewhere)))
    imports = {"PYTHONPATH": packages, "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
    kept = kept_programs(sandbox.scratch, training_versions()) if sandbox.scratch else {}
    return {**variables, **ENVIRONMENT, **places, **imports, **kept}
