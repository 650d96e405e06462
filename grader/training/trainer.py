"""The trainer as the coordinator sees it: what it is asked, what its answers mean, and what is remembered of them.

It knows no process: whoever it asks (`host.TrainerHost`, or somebody who passes requests on to one) gets and returns
plain JSON data. Nothing here imports Keras, TensorFlow or NumPy.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from grader.domain import DataSpec, HeadPicture, ModelGraph, Recipe, TrainingRun
from grader.errors import SubmissionLimit, TrainerFault, TrainerLimit
from grader.graph.codec import encode_graph, serialise
from grader.graph.equality.canonical_form import canonical
from grader.graph.reading.builder import count_parameters
from grader.graph.reading.cost import BATCH, bounded, operations, refused
from grader.training.memo import Memo, memo_key, training_versions
from grader.training.messages import (
    BUILT_IN_SAMPLES,
    MEASURED,
    RECIPE,
    Described,
    Measured,
    TrainingJob,
    beyond_table,
    decode_run,
    dumps,
    encode_data,
    encode_job,
    encode_run,
    mismatch,
    outputs_mismatch,
    training_form,
)

T = TypeVar("T")
_PICTURES = TypeAdapter(tuple[HeadPicture, ...])
DATA_SECONDS = 60.0
SECONDS_PER_SEED = 60.0
FASTEST = 1e11  # operations in a second, as `cost` counts them: ten times as many as on a processor of 2023
_FALSE = "the recording is not of this network: {}"
# Keras does not look at this when it calls a model, and fails as soon as there are data.
_ELSEWHERE = "the model `{}` has weights for an input of another shape than it is called on"
Survey = tuple[tuple[Mapping[str, float], ...], tuple[float, ...], tuple[HeadPicture, ...]]
"""By head, the smallest error that families of poor models can reach; x of the validation points that are shown, if
they lie on one axis; and what is shown of each head."""
Ask = Callable[[dict[str, Any], float], dict[str, Any]]
"""Answers a request within so many seconds, once it is its turn."""


class Trainer:
    """Trains networks by asking for it, and remembers the answers in the `memo`. Threads may share it.

    A network that took longer than a seed may, or more memory than there is, is remembered too: it raises
    `TrainerLimit` at once from then on, whatever it is needed for.
    """

    def __init__(self, memo: Memo | None = None, *, ask: Ask) -> None:
        self._memo = memo
        self.ask = ask

    def _recall(self, key: str, read: Callable[[Any], T]) -> T | None:
        return self._memo.load(key, read) if self._memo else None

    def _remember(self, key: str, answer: Any) -> None:
        if self._memo:
            self._memo.store(key, answer)

    def train(self, job: TrainingJob) -> TrainingRun:
        """Equal networks train equally: their canonical form is trained and kept."""
        graph, job = job.graph, replace(job, graph=training_form(job.graph, job.recipe, job.data))
        key, seconds = memo_key(job, self.versions(), file_digest(job.data)), SECONDS_PER_SEED + job.patience
        with self._settled(graph, seconds, "training"):
            if run := self._recall(key, decode_run):
                return run
            run = decode_run(self.ask({"do": "train", "job": encode_job(job)}, seconds)["run"])
        if run.seed != job.seed:
            raise TrainerFault("the trainer answered for another seed than requested")
        self._remember(key, encode_run(run))
        return run

    @contextmanager
    def _settled(self, graph: ModelGraph, seconds: float, action: str) -> Iterator[None]:
        """A network that needed too much, of so many seconds or more, is not tried again."""
        key = dumps({"exceeding": serialise(canonical(graph)), "versions": self.versions()})
        excess = self._recall(key, lambda stored: (float(stored["seconds"]), str(stored["why"])))
        if excess and excess[0] >= seconds:
            raise TrainerLimit(excess[1])
        try:
            yield
        except SubmissionLimit:
            raise
        except TrainerLimit as limit:
            why = f"{action} this network {limit}"
            self._remember(key, {"seconds": seconds, "why": why})
            raise TrainerLimit(why) from None

    def survey(self, data: DataSpec, recipe: Recipe) -> Survey:
        """What data are like that a network is to learn with this recipe."""
        how = RECIPE.dump_python(recipe, mode="json")
        answer = self._ask_of_data({"do": "survey", "data": encode_data(data), "recipe": how})
        return tuple(answer["floors"]), tuple(answer["axis"]), _PICTURES.validate_python(answer["heads"])

    def described(self, graph: ModelGraph) -> ModelGraph:
        """The network with the shapes and weights that Keras gives it, marked where Keras refuses it.

        Raises `TrainerLimit` where the recording claims others, and for what needs too much.
        """
        if (marked := bounded(graph)) is not graph:
            return marked
        key = dumps({"describe": serialise(graph), "versions": self.versions()})
        if (description := self._recall(key, dict)) is None:
            with self._settled(graph, SECONDS_PER_SEED, "building"):
                description = self.ask({"do": "describe", "graph": encode_graph(graph)}, SECONDS_PER_SEED)["network"]
            self._remember(key, description)
        return described(graph, description)

    def influence(self, graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
        """By output, whether each input changes it; computed, for networks whose structure does not show it."""
        with self._settled(graph, SECONDS_PER_SEED, "running"):
            answer = self.ask({"do": "influence", "graph": encode_graph(graph)}, SECONDS_PER_SEED)
        return tuple(tuple(moved) for moved in answer["moves"])

    def unsuitable(self, graph: ModelGraph, data: DataSpec, recipe: Recipe) -> str:
        """Why this network cannot be trained on these data, in words for the student; empty if it can."""
        measured = self.measure(data)
        shapes = [graph.shape(tensor) for tensor in graph.inputs]
        return (
            (graph.untrainable[0] if graph.untrainable else "")
            or mismatch("input", shapes, [array.shape for array in measured.inputs])
            or outputs_mismatch(graph, measured.targets, recipe)
            or beyond_table(graph, measured.inputs)
        )

    def excessive(self, job: TrainingJob) -> str:
        """Why one run would take too long for certain, in words for the student; empty if it may be fast enough."""
        count = sum(operations(job.graph)) * math.ceil(self.measure(job.data).samples / BATCH) * job.epochs
        most = FASTEST * (SECONDS_PER_SEED + job.patience)
        return f"training it takes {count:.1e} operations, and at most {most:.0e} can be graded" if count > most else ""

    def measure(self, data: DataSpec) -> Measured:
        """What the arrays of these data look like."""
        if data.file is None:
            plain = Described((1,))
            return Measured((plain,) * len(data.inputs), (plain,) * len(data.targets), BUILT_IN_SAMPLES)
        request = {"do": "measure", "data": encode_data(data)}
        key = dumps(request | {"file": file_digest(data), "versions": self.versions()})
        if (measured := self._recall(key, MEASURED.validate_python)) is None:
            measured = MEASURED.validate_python(answer := self._ask_of_data(request))
            self._remember(key, answer)
        return measured

    def _ask_of_data(self, request: dict[str, Any]) -> dict[str, Any]:
        """What needs too much here is the author's, never a student's."""
        try:
            return self.ask(request, DATA_SECONDS)
        except TrainerLimit as limit:
            raise TrainerFault(f"reading the data {limit}") from None

    def versions(self) -> Mapping[str, str]:
        """What a training depends on besides its job, read from package metadata: no process starts."""
        return training_versions()


def described(graph: ModelGraph, answer: Mapping[str, Any]) -> ModelGraph:
    """The network as Keras has it; marked where Keras refuses it, or where it is too large.

    `answer` is what `training.engine.build.describe` gives. Raises `TrainerLimit` for a network whose recorded shapes
    or weights are not those that Keras says: whatever recorded it, it was not this network.
    """
    if "refused" in answer:
        names = [layer.name for layer in graph.layers]
        why = re.sub(r"\blayer_(\d+)\b", lambda found: "".join(names[int(found[1]) :][:1]), answer["why"])
        return refused(graph, answer["refused"], f"`{names[answer['refused']]}`: Keras refuses it: {why}")
    if "claimed" in answer:
        raise TrainerLimit(_FALSE.format(answer["claimed"]))
    calls = tuple(
        replace(call, shapes=tuple(map(tuple, shapes)) or call.shapes)
        for call, shapes in zip(graph.calls, answer["shapes"], strict=True)
    )
    layers = []
    for number, (layer, weights) in enumerate(zip(graph.layers, answer["weights"], strict=True)):
        if None not in (weights, layer.weights) and weights != layer.weights:
            neighbours = [call for call in graph.calls if graph.layers[call.layer].path[:1] == layer.path[:1]]
            if layer.path and not all(call.shapes for call in neighbours):
                return refused(graph, number, f"`{layer.name}`: {_ELSEWHERE.format('.'.join(layer.path))}")
            claim = f"`{layer.name}` has {weights:,} weights, and {layer.weights:,} in the recording"
            raise TrainerLimit(_FALSE.format(claim))
        layers.append(layer if weights is None else replace(layer, weights=weights))
    network = replace(graph, calls=calls, layers=tuple(layers), parameters=count_parameters(layers))
    return bounded(network)


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
