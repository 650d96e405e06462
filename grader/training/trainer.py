"""The trainer as the coordinator sees it: what it is asked, what its answers mean, and what is remembered of them.

It knows no process: whoever it asks (`host.TrainerHost`, or somebody who passes requests on to one) gets and returns
plain JSON data. Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from grader.domain import DataSpec, HeadPicture, ModelGraph, Recipe, TrainingRun
from grader.errors import SubmissionLimit, TrainerFault, TrainerLimit
from grader.graph.codec import encode_graph, serialise
from grader.graph.equality.canonical_form import canonical
from grader.graph.reading.cost import BATCH, bounded, operations
from grader.graph.reading.described import FalseClaim, described
from grader.training.job import (
    BUILT_IN_SAMPLES,
    MEASURED,
    Described,
    Measured,
    Stop,
    TrainingJob,
    beyond_table,
    decode_run,
    dumps,
    encode_data,
    encode_job,
    encode_recipe,
    encode_run,
    is_run_of,
    mismatch,
    outputs_mismatch,
    training_form,
)
from grader.training.memo import Memo, memo_key, training_versions

DATA_SECONDS = 60.0
SECONDS_PER_SEED = 60.0
FASTEST = 1e11  # operations in a second, as `cost` counts them: ten times as many as on a processor of 2023
Ask = Callable[[dict[str, Any], float], dict[str, Any]]
"""Answers a request within so many seconds, once it is its turn."""


class Trainer:
    """Trains networks by asking for it, and remembers the answers in the `memo`. Threads may share it.

    `seconds` is how long one seed may take. A network that took longer, or more memory than there is, is remembered
    too: it raises `TrainerLimit` at once from then on, whatever it is needed for.
    """

    def __init__(self, memo: Memo | None = None, *, ask: Ask, seconds: float = SECONDS_PER_SEED) -> None:
        self._memo = memo
        self.ask = ask
        self._seconds = seconds
        self._exceeding: dict[str, _Exceeded] = {}
        self._networks: dict[str, dict[str, Any]] = {}

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        """Runs in the order of the job's seeds, up to the first that hits if the job stops there.

        Equal networks train equally: the canonical form is trained and cached.
        """
        own, job = job.graph, replace(job, graph=training_form(job.graph, job.recipe, job.data))
        with self._settled(own, self._seconds + job.patience, "training"):
            return self._train(job)

    @contextmanager
    def _settled(self, graph: ModelGraph, seconds: float, doing: str) -> Iterator[None]:
        """A network that needed too much, of so many seconds or more, is not tried again."""
        key = dumps({"exceeding": serialise(canonical(graph)), "versions": self.versions()})
        known = self._exceeding.get(key) or (self._memo.load(key, _EXCEEDED.validate_python) if self._memo else None)
        if known and known.seconds >= seconds:
            raise TrainerLimit(known.why)
        try:
            yield
        except SubmissionLimit:
            raise
        except TrainerLimit as limit:
            exceeded = self._exceeding[key] = _Exceeded(seconds, f"{doing} this network {limit}")
            if self._memo:
                self._memo.store(key, asdict(exceeded))
            raise TrainerLimit(exceeded.why) from None

    def _train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        """Seed by seed, so that others who wait for the process have their turn between two."""
        keys = self._keys(job)
        runs: list[TrainingRun] = []
        for seed in job.seeds:
            run = self._memo.load(keys[seed], decode_run) if self._memo else None
            if run is None or not is_run_of(job, seed, run):
                run = self._train_seed(job.with_seeds((seed,)), self._seconds + job.patience)
                if self._memo:
                    self._memo.store(keys[seed], encode_run(run))
            runs.append(run)
            if job.stop is Stop.FIRST and run.hit_epoch is not None:
                break
        return tuple(runs)

    def _train_seed(self, job: TrainingJob, seconds: float) -> TrainingRun:
        answer = self.ask({"do": "train", "job": encode_job(job)}, seconds)
        runs = [decode_run(message) for message in answer["runs"]]
        if [run.seed for run in runs] != list(job.seeds):
            raise TrainerFault("the trainer answered for other seeds than requested")
        return runs[0]

    def floors(self, data: DataSpec, recipe: Recipe) -> tuple[Mapping[str, float], ...]:
        """By head, the smallest error that families of poor models can reach."""
        answer = self._ask_of_data({"do": "floors", "data": encode_data(data), "recipe": encode_recipe(recipe)})
        return tuple(answer["floors"])

    def pictures(self, data: DataSpec, recipe: Recipe) -> tuple[tuple[float, ...], tuple[HeadPicture, ...]]:
        """x of the validation points that are shown, if they lie on one axis, and what is shown of each head."""
        answer = self._ask_of_data({"do": "pictures", "data": encode_data(data), "recipe": encode_recipe(recipe)})
        return tuple(answer["axis"]), _PICTURES.validate_python(answer["heads"])

    def described(self, graph: ModelGraph) -> ModelGraph:
        """The network with the shapes and weights that Keras gives it, marked where Keras refuses it.

        Raises `TrainerLimit` where the recording claims others, and for what needs too much.
        """
        if (marked := bounded(graph)) is not graph:
            return marked
        if self._answered(graph) is None:
            with self._settled(graph, self._seconds, "building"):
                self._describe([graph])
        try:
            return described(graph, self._networks[serialise(graph)])
        except FalseClaim as claim:
            raise TrainerLimit(f"the recording is not of this network: {claim}") from None

    def all_described(self, graphs: Sequence[ModelGraph]) -> tuple[ModelGraph, ...]:
        """Several networks, by one request."""
        self._describe(graphs)
        return tuple(map(self.described, graphs))

    def _describe(self, graphs: Sequence[ModelGraph]) -> None:
        """Ask what has not been answered before."""
        asked = {serialise(graph): graph for graph in graphs if self._answered(graph) is None}
        if not asked:
            return
        request = {"do": "describe", "graphs": [encode_graph(graph) for graph in asked.values()]}
        answers = self.ask(request, self._seconds)["networks"]
        for key, answer in zip(asked, answers, strict=True):
            self._networks[key] = answer
            if self._memo:
                self._memo.store(self._described_key(key), answer)

    def _answered(self, graph: ModelGraph) -> dict[str, Any] | None:
        key = serialise(graph)
        if key not in self._networks and self._memo:
            stored = self._memo.load(self._described_key(key), dict)
            if stored is not None:
                self._networks[key] = stored
        return self._networks.get(key)

    def _described_key(self, network: str) -> str:
        return dumps({"describe": network, "versions": self.versions()})

    def influence(self, graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
        """By output, whether each input changes it; computed, for networks whose structure does not show it."""
        with self._settled(graph, self._seconds, "running"):
            answer = self.ask({"do": "influence", "graph": encode_graph(graph)}, self._seconds)
        return tuple(tuple(moved) for moved in answer["moves"])

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe | None = None) -> str:
        """Why this network cannot be trained on these data, in words for the student; empty if it can."""
        found = self.measure(data)
        shapes = [graph.shape(tensor) for tensor in graph.inputs]
        return (
            (graph.untrainable[0] if graph.untrainable else "")
            or mismatch("input", shapes, [one.shape for one in found.inputs])
            or outputs_mismatch(graph, found.targets, recipe)
            or beyond_table(graph, found.inputs)
        )

    def excessive(self, job: TrainingJob) -> str:
        """Why one run would take too long for certain, in words for the student; empty if it may be fast enough."""
        count = sum(operations(job.graph)) * math.ceil(self.measure(job.data).samples / BATCH) * job.epochs
        most = FASTEST * (self._seconds + job.patience)
        return f"training it takes {count:.1e} operations, and at most {most:.0e} can be graded" if count > most else ""

    def measure(self, data: DataSpec) -> Measured:
        """What the arrays of these data look like."""
        if data.file is None:
            plain = Described((1,))
            return Measured((plain,) * len(data.inputs), (plain,) * len(data.targets), BUILT_IN_SAMPLES)
        request = {"do": "measure", "data": encode_data(data)}
        key = dumps(request | {"file": file_digest(data), "versions": self.versions()})
        if self._memo and (known := self._memo.load(key, MEASURED.validate_python)):
            return known
        answer = self._ask_of_data(request)
        measured = MEASURED.validate_python(answer)
        if self._memo:
            self._memo.store(key, MEASURED.dump_python(measured, mode="json"))
        return measured

    def _ask_of_data(self, request: dict[str, Any]) -> dict[str, Any]:
        """What needs too much here is the author's, never a student's."""
        try:
            return self.ask(request, DATA_SECONDS)
        except TrainerLimit as limit:
            raise TrainerFault(f"reading the data {limit}") from None

    def versions(self) -> dict[str, str]:
        """What a training depends on besides its job, read from package metadata: no process starts."""
        return training_versions()

    def _keys(self, job: TrainingJob) -> dict[int, str]:
        if not self._memo:
            return {}
        versions, digest = self.versions(), file_digest(job.data)
        return {seed: memo_key(job, seed, versions, digest) for seed in job.seeds}


@dataclass(frozen=True)
class _Exceeded:
    """A network that needs more than `seconds`, or too much memory."""

    seconds: float
    why: str


_EXCEEDED, _PICTURES = TypeAdapter(_Exceeded), TypeAdapter(tuple[HeadPicture, ...])


def file_digest(data: DataSpec) -> str:
    """SHA-256 of the data file, empty for built-in data."""
    if data.file is None:
        return ""
    try:
        status = data.file.stat()
        return _digest(data.file, status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError as error:
        raise TrainerFault(f"the data file {data.file.name} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=64)
def _digest(file: Path, *_status: int) -> str:
    """Read once for each status of the file: it may be large, and is asked for with every network."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
