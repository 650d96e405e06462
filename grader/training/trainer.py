"""The trainer process seen from the coordinator: its sandbox, its requests one at a time, its restarts, its memo.

Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

from grader.domain import NO_LAYERS, CourseLayers, DataSpec, HeadPicture, Limits, ModelGraph, Recipe, TrainingRun
from grader.errors import TrainerFault, TrainerTimeout, UsageError
from grader.graph.codec import encode_graph, serialise
from grader.sandbox import INSIDE, TENSORFLOW_SETTINGS, SandboxSpec, plan_for, restrictions
from grader.sandbox.nursery import Holder, Nursery, Process, entrance, held
from grader.sandbox.packages import require_training, version_of
from grader.sandbox.spec import interpreter
from grader.training.job import (
    Described,
    Stop,
    TrainingJob,
    beyond_table,
    decode_run,
    dumps,
    encode_data,
    encode_job,
    encode_recipe,
    is_run_of,
    loads,
    mismatch,
    outputs_mismatch,
    training_form,
)
from grader.training.memo import Memo, default_folder, memo_key, untrusted
from grader.training.programs import kept_programs, make_room

ENVIRONMENT = {**TENSORFLOW_SETTINGS, "KERAS_BACKEND": "tensorflow", "PYTHONIOENCODING": "utf-8"}
PACKAGE = Path(__file__).resolve().parents[1]
ENGINE = "grader.training.engine"
FOR_EVER = 10**9  # seconds of processor time: a process that trains a class has no natural end
START_SECONDS = 120.0
DATA_SECONDS = 60.0
SECONDS_PER_SEED = 120.0
MEMORY_MB = 6144
PROGRAMS_PER_PROCESS = 150
PROGRAM_VERSION = "2"  # part of every memo key: raise it when the loop or the seeding changes what a seed gives


class Trainer:
    """One trainer process, started when first needed, ended with the `with` block. Threads may share it.

    It runs in the sandbox of `isolation`, where it sees `readable` data files and can write only to
    a folder for files of libraries; it imports the layers of the course, `own`. It is a fork of the `nursery`, if there
    is one. Raises `GraderFault` where this Python has no TensorFlow.
    """

    def __init__(
        self,
        memo: Memo | None = None,
        *,
        isolation: str = "none",
        readable: tuple[Path, ...] = (),
        slot: int = 0,
        seconds_per_seed: float = SECONDS_PER_SEED,
        memory_mb: int = MEMORY_MB,
        nursery: Nursery | None = None,
        own: CourseLayers = NO_LAYERS,
    ) -> None:
        require_training()
        self._memo = memo
        self._nursery = nursery
        self.own = own
        self._sandbox = trainer_sandbox(isolation, (*readable, *own.files), slot)
        self._seconds_per_seed = seconds_per_seed
        self._memory_mb = memory_mb
        self._running: TrainerProcess | None = None
        self._has_answered = False
        self._slow: set[str] = set()
        self._described: dict[tuple[DataSpec, str], dict[str, Any]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and remove the oldest entries of caches that are too large."""
        with self._lock:
            self._end_process()
        if self._memo:
            self._memo.prune()
        if self._sandbox.scratch:
            make_room(self._sandbox.scratch)

    def start(self) -> None:
        """Start to import Keras already, while something else takes time."""
        with self._lock:
            self._running = self._running or TrainerProcess(self._memory_mb, self._sandbox, self._nursery, self.own)

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        """Runs in the order of the job's seeds, up to the first that hits if the job stops there.

        Equal networks train equally: the canonical form is trained and cached.
        """
        own, job = job.graph, replace(job, graph=training_form(job.graph, job.recipe, job.data))
        with self._patient_with(own), self._memo.working_on(serialise(job.graph)) if self._memo else nullcontext():
            return self._train(job)

    @contextmanager
    def _patient_with(self, graph: ModelGraph) -> Iterator[None]:
        """Only once: a network that took too long is not tried again, neither for this nor for anything else."""
        network = serialise(graph)
        if network in self._slow:
            raise TrainerFault("this network takes too long to train")
        try:
            yield
        except TrainerTimeout:
            self._slow.add(network)
            raise

    def _train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        keys = self._keys(job)
        runs: list[TrainingRun] = []
        while len(runs) < len(job.seeds) and not _is_over(job, runs):
            known = self._known(job, job.seeds[len(runs)], keys)
            runs += [known] if known else self._train_unknown(job, len(runs), keys)
        return tuple(runs)

    def floors(self, data: DataSpec, recipe: Recipe | None = None) -> tuple[Mapping[str, float], ...]:
        """By head, the smallest error that families of poor models can reach; by default, of its square."""
        answer = self._ask({"do": "floors", **_measured(data, recipe)}, DATA_SECONDS)
        return tuple(answer["floors"])

    def pictures(self, data: DataSpec, recipe: Recipe) -> tuple[tuple[float, ...], tuple[HeadPicture, ...]]:
        """x of the validation points that are shown, if they lie on one axis, and what is shown of each head."""
        answer = self._ask({"do": "pictures", **_measured(data, recipe)}, DATA_SECONDS)
        heads = (HeadPicture(one["kind"], tuple(one["shape"]), tuple(one["targets"])) for one in answer["heads"])
        return tuple(answer["axis"]), tuple(heads)

    def influence(self, graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
        """By output, whether each input changes it; computed, for networks whose structure does not show it."""
        with self._patient_with(graph):
            answer = self._ask({"do": "influence", "graph": encode_graph(graph)}, DATA_SECONDS)
        return tuple(tuple(moved) for moved in answer["moves"])

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe | None = None) -> str:
        """Why this network cannot be trained on these data, in words for the student; empty if it can."""
        inputs, targets = self.describe(data)
        return (
            (graph.untrainable[0] if graph.untrainable else "")
            or mismatch("input", [graph.shape(tensor) for tensor in graph.inputs], [one.shape for one in inputs])
            or outputs_mismatch(graph, targets, recipe)
            or beyond_table(graph, inputs)
        )

    def describe(self, data: DataSpec) -> tuple[list[Described], list[Described]]:
        """The inputs and targets of these data."""
        if data.file is None:
            return [Described((1,))] * len(data.inputs), [Described((1,))] * len(data.targets)
        key = (data, file_digest(data))
        if key not in self._described:
            self._described[key] = self._ask({"do": "describe", "data": encode_data(data)}, DATA_SECONDS)
        answer = self._described[key]
        return _described(answer["inputs"]), _described(answer["targets"])

    def versions(self) -> dict[str, str]:
        """What a training depends on besides its job, read from package metadata: no process starts."""
        return dict(_versions())

    def _keys(self, job: TrainingJob) -> dict[int, str]:
        if not self._memo:
            return {}
        versions, digest = self.versions(), file_digest(job.data)
        if any(layer.contains(self.own.classes) for layer in job.graph.layers):
            versions["layers"] = self.own.digest
        return {seed: memo_key(job, seed, versions, digest) for seed in job.seeds}

    def _known(self, job: TrainingJob, seed: int, keys: Mapping[int, str]) -> TrainingRun | None:
        """The cached run of a seed, if it can be a training of this job."""
        run = self._memo.load(keys[seed]) if self._memo else None
        return run if run is not None and is_run_of(job, seed, run) else None

    def _train_unknown(self, job: TrainingJob, start: int, keys: Mapping[int, str]) -> list[TrainingRun]:
        """Train the seeds from `start` up to the next one in the cache, in one round trip."""
        end = start + 1
        while end < len(job.seeds) and not self._known(job, job.seeds[end], keys):
            end += 1
        asked = job.with_seeds(job.seeds[start:end])
        seconds = (self._seconds_per_seed + job.patience) * len(asked.seeds)
        answer = self._ask({"do": "train", "job": encode_job(asked)}, seconds)
        self._retire_process(answer["compiled"])
        runs = [decode_run(message) for message in answer["runs"]]
        if not runs or [run.seed for run in runs] != list(asked.seeds[: len(runs)]):
            raise TrainerFault("the trainer answered for other seeds than requested")
        if self._memo:
            for run in runs:
                self._memo.store(keys[run.seed], run)
        return runs

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """One answer. A process that died is started once more; one that is too slow is stopped."""
        with self._lock:
            try:
                answer = self._ask_process(request, seconds)
            except TrainerDiedError:
                self._nursery = None  # if it was the reason, then not again
                try:
                    answer = self._ask_process(request, seconds)
                except TrainerDiedError as death:
                    raise TrainerFault(f"the trainer process died twice: {death}") from None
        if "fault" in answer:
            raise TrainerFault(f"the trainer failed: {answer['fault']}")
        return answer

    def _ask_process(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self._running = self._running or TrainerProcess(self._memory_mb, self._sandbox, self._nursery, self.own)
        seconds += 0.0 if self._has_answered else START_SECONDS
        try:
            answer = loads(self._running.ask(dumps(request).encode(), seconds))
            self._has_answered = True
        except ValueError:
            self._end_process()
            raise TrainerFault("the answer of the trainer is not JSON") from None
        except BaseException:  # also when interrupted: an old answer must not be taken for that of the next request
            self._end_process()
            raise
        return dict(answer)

    def _retire_process(self, compiled: int) -> None:
        """End a process that has compiled many programs: TensorFlow never frees some 10 MB of each."""
        if compiled >= PROGRAMS_PER_PROCESS:
            with self._lock:
                self._end_process()

    def _end_process(self) -> None:
        if self._running:
            self._running.close()
        self._running = None
        self._has_answered = False


class TrainerProcess:
    """The process, and a thread that reads its answers: not every platform can read a pipe with a timeout."""

    def __init__(
        self, memory_mb: int, sandbox: SandboxSpec, nursery: Nursery | None = None, own: CourseLayers = NO_LAYERS
    ) -> None:
        arguments = (str(memory_mb), *(part for path in own.files for part in (str(path), own.digest)))
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._holder: Holder | None = None
        self._process: Process = self._forked(memory_mb, arguments, sandbox, nursery) or subprocess.Popen(
            command(memory_mb, arguments, sandbox),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(sandbox),
            start_new_session=True,
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _forked(
        self, memory_mb: int, arguments: tuple[str, ...], sandbox: SandboxSpec, nursery: Nursery | None
    ) -> Process | None:
        """Nothing where there is no nursery, or no sandbox to move into."""
        if nursery is None:
            return None
        try:
            self._holder = Holder(held(sandbox)) if sandbox.level == "full" else None
        except OSError:
            return None
        told = {
            "sandbox": entrance(sandbox, self._holder),
            "environment": environment(sandbox),
            "restrictions": restricted(memory_mb, sandbox) if sandbox.level != "none" else None,
            "path": [str(PACKAGE.parent)],
            "module": ENGINE,
            "arguments": list(arguments),
        }
        return nursery.trainer(told, self._errors)

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
            raise TrainerDiedError(self._last_words())
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._holder:
            self._holder.close()
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


class TrainerDiedError(Exception):
    """The process ended instead of answering; the text is the end of its stderr."""


def trainer_sandbox(isolation: str, readable: tuple[Path, ...], slot: int) -> SandboxSpec:
    """What a trainer may see: the package, the data, and its own folder for files of libraries."""
    found = SandboxSpec(isolation, Path(sys.executable), None, (PACKAGE, *readable), slot=slot)
    return replace(found, scratch=scratch_folder(plan_for(isolation, warm=False).uid(found)))


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


def command(memory_mb: int, arguments: tuple[str, ...], sandbox: SandboxSpec) -> tuple[str, ...]:
    """The process in its sandbox. Without one, it limits its memory itself."""
    worker = (str(sandbox.python), "-m", ENGINE, *arguments)
    if sandbox.level == "none":
        return worker
    asked = json.dumps(restricted(memory_mb, sandbox))
    confined = (str(sandbox.python), "-I", "-X", "utf8", str(INSIDE / "main.py"), "confine", asked, *worker)
    return plan_for(sandbox.level, warm=False).command(sandbox, confined)


def restricted(memory_mb: int, sandbox: SandboxSpec) -> dict[str, Any]:
    limits = Limits(memory_mb=memory_mb, cpu_seconds=FOR_EVER)
    return {**restrictions(sandbox, limits, own=False), "cores": None}


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
    kept = kept_programs(sandbox.scratch, _versions()) if sandbox.scratch else {}
    return {**own, **ENVIRONMENT, **places, **imports, **kept}


def _measured(data: DataSpec, recipe: Recipe | None) -> dict[str, Any]:
    """Data with the recipe that says what each head is measured by."""
    heads = len(data.targets)
    plain = Recipe("sgd", ("mse",) * heads, (1.0,) * heads, 1, 1)
    return {"data": encode_data(data), "recipe": encode_recipe(recipe or plain)}


def _described(arrays: Sequence[Mapping[str, Any]]) -> list[Described]:
    return [
        Described(tuple(one["shape"]), (one["limits"][0], one["limits"][1]) if one["limits"] else None)
        for one in arrays
    ]


def file_digest(data: DataSpec) -> str:
    """SHA-256 of the data file, empty for built-in data."""
    if data.file is None:
        return ""
    try:
        return hashlib.sha256(data.file.read_bytes()).hexdigest()
    except OSError as error:
        raise TrainerFault(f"the data file {data.file.name} cannot be read: {error.strerror}") from error


def _is_over(job: TrainingJob, runs: list[TrainingRun]) -> bool:
    return job.stop is Stop.FIRST and bool(runs) and runs[-1].hit_epoch is not None


@cache
def _versions() -> dict[str, str]:
    """Read only once: reading metadata takes longer than everything else for a cached network."""
    return {
        "python": platform.python_version(),
        "keras": version_of("keras"),
        "tensorflow": version_of("tensorflow"),
        "numpy": version_of("numpy"),
        "program": PROGRAM_VERSION,
    }
