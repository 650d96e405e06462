"""The trainer as the coordinator sees it: what it is asked, what its answers mean, and what is remembered of them.

It knows no process: whoever it asks (`host.TrainerHost`, or somebody who passes requests on to one) gets and returns
plain JSON data. Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.domain import NO_LAYERS, CourseLayers, DataSpec, HeadPicture, ModelGraph, Recipe, TrainingRun
from grader.errors import TrainerFault, TrainerLimit
from grader.graph.codec import encode_graph, serialise
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
    encode_run,
    is_run_of,
    mismatch,
    outputs_mismatch,
    training_form,
)
from grader.training.memo import Memo, memo_key, training_versions

DATA_SECONDS = 60.0
SECONDS_PER_SEED = 120.0
Ask = Callable[[dict[str, Any], float], dict[str, Any]]
"""Answers a request within so many seconds, once it is its turn."""


class Trainer:
    """Trains networks by asking for it, and remembers the answers in the `memo`. Threads may share it.

    `own` are the layers of the course, and `seconds` how long one seed may take.
    """

    def __init__(
        self,
        memo: Memo | None = None,
        *,
        ask: Ask,
        own: CourseLayers = NO_LAYERS,
        seconds: float = SECONDS_PER_SEED,
    ) -> None:
        self._memo = memo
        self.ask = ask
        self.own = own
        self._seconds = seconds
        self._slow: set[str] = set()

    def train(self, job: TrainingJob) -> tuple[TrainingRun, ...]:
        """Runs in the order of the job's seeds, up to the first that hits if the job stops there.

        Equal networks train equally: the canonical form is trained and cached.
        """
        own, job = job.graph, replace(job, graph=training_form(job.graph, job.recipe, job.data))
        with self._patient_with(own):
            return self._train(job)

    @contextmanager
    def _patient_with(self, graph: ModelGraph) -> Iterator[None]:
        """Only once: a network that took too long is not tried again, neither for this nor for anything else."""
        network = serialise(graph)
        if network in self._slow:
            raise TrainerFault("this network takes too long to train")
        try:
            yield
        except TrainerLimit:
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
        answer = self.ask({"do": "floors", **_measured(data, recipe)}, DATA_SECONDS)
        return tuple(answer["floors"])

    def pictures(self, data: DataSpec, recipe: Recipe) -> tuple[tuple[float, ...], tuple[HeadPicture, ...]]:
        """x of the validation points that are shown, if they lie on one axis, and what is shown of each head."""
        answer = self.ask({"do": "pictures", **_measured(data, recipe)}, DATA_SECONDS)
        heads = (HeadPicture(one["kind"], tuple(one["shape"]), tuple(one["targets"])) for one in answer["heads"])
        return tuple(answer["axis"]), tuple(heads)

    def influence(self, graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
        """By output, whether each input changes it; computed, for networks whose structure does not show it."""
        with self._patient_with(graph):
            answer = self.ask({"do": "influence", "graph": encode_graph(graph)}, DATA_SECONDS)
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
        request = {"do": "describe", "data": encode_data(data)}
        key = dumps(request | {"file": file_digest(data), "versions": self.versions()})
        if self._memo and (known := self._memo.load(key, _described)):
            return known
        answer = self.ask(request, DATA_SECONDS)
        if self._memo:
            self._memo.store(key, answer)
        return _described(answer)

    def versions(self) -> dict[str, str]:
        """What a training depends on besides its job, read from package metadata: no process starts."""
        return training_versions()

    def _keys(self, job: TrainingJob) -> dict[int, str]:
        if not self._memo:
            return {}
        versions, digest = self.versions(), file_digest(job.data)
        if any(layer.contains(self.own.classes) for layer in job.graph.layers):
            versions["layers"] = self.own.digest
        return {seed: memo_key(job, seed, versions, digest) for seed in job.seeds}

    def _known(self, job: TrainingJob, seed: int, keys: Mapping[int, str]) -> TrainingRun | None:
        """The cached run of a seed, if it can be a training of this job."""
        run = self._memo.load(keys[seed], decode_run) if self._memo else None
        return run if run is not None and is_run_of(job, seed, run) else None

    def _train_unknown(self, job: TrainingJob, start: int, keys: Mapping[int, str]) -> list[TrainingRun]:
        """Train the seeds from `start` up to the next one in the cache, in one round trip."""
        end = start + 1
        while end < len(job.seeds) and not self._known(job, job.seeds[end], keys):
            end += 1
        asked = job.with_seeds(job.seeds[start:end])
        seconds = (self._seconds + job.patience) * len(asked.seeds)
        answer = self.ask({"do": "train", "job": encode_job(asked)}, seconds)
        runs = [decode_run(message) for message in answer["runs"]]
        if not runs or [run.seed for run in runs] != list(asked.seeds[: len(runs)]):
            raise TrainerFault("the trainer answered for other seeds than requested")
        if self._memo:
            for run in runs:
                self._memo.store(keys[run.seed], encode_run(run))
        return runs


def _measured(data: DataSpec, recipe: Recipe | None) -> dict[str, Any]:
    """Data with the recipe that says what each head is measured by."""
    heads = len(data.targets)
    plain = Recipe("sgd", ("mse",) * heads, (1.0,) * heads, 1, 1)
    return {"data": encode_data(data), "recipe": encode_recipe(recipe or plain)}


def _described(answer: Any) -> tuple[list[Described], list[Described]]:
    inputs, targets = (
        [
            Described(tuple(one["shape"]), (one["limits"][0], one["limits"][1]) if one["limits"] else None)
            for one in answer[part]
        ]
        for part in ("inputs", "targets")
    )
    return inputs, targets


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


def _is_over(job: TrainingJob, runs: list[TrainingRun]) -> bool:
    return job.stop is Stop.FIRST and bool(runs) and runs[-1].hit_epoch is not None
