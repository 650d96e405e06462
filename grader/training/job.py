"""The requests to the trainer process and its answers, as values and as strict JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from grader.domain import DataSpec, ModelGraph, Recipe, Shape, TrainingRun
from grader.graph.codec import decode_graph, encode_graph
from grader.graph.equality.canonical_form import canonical, sorted_inputs, without_initializers

CHECKPOINT_EPOCHS = 25
MOST = 1e300  # of any number that a training gives


class Stop(StrEnum):
    """When training ends: after all epochs, at each seed's first hit, or with the first seed that hits."""

    END = "end"
    HIT = "hit"
    FIRST = "first"


@dataclass(frozen=True)
class TrainingJob:
    """One network, trained in one way from several seeds.

    A seed hits at the first checkpoint at which every head is at or below its threshold, unless one was so before any
    training: that one learned nothing. `learning_rate`
    replaces the optimizer's own; only decoys use it.
    """

    graph: ModelGraph
    recipe: Recipe
    data: DataSpec
    seeds: tuple[int, ...]
    epochs: int
    thresholds: tuple[float, ...] | None = None
    stop: Stop = Stop.HIT
    learning_rate: float | None = None

    def with_seeds(self, seeds: tuple[int, ...]) -> TrainingJob:
        return replace(self, seeds=seeds)


def dumps(message: Any) -> str:
    """One line of JSON, reproducible to the character; what is not finite is an error."""
    return json.dumps(message, sort_keys=True, separators=(",", ":"), allow_nan=False)


def loads(line: str | bytes) -> Any:
    """Strict JSON: `NaN` and `Infinity` are errors."""
    return json.loads(line, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def encode_job(job: TrainingJob) -> dict[str, Any]:
    return {
        "graph": encode_graph(job.graph),
        "recipe": encode_recipe(job.recipe),
        "data": encode_data(job.data),
        "seeds": list(job.seeds),
        "epochs": job.epochs,
        "thresholds": None if job.thresholds is None else list(job.thresholds),
        "stop": job.stop.value,
        "learning_rate": job.learning_rate,
    }


def decode_job(message: dict[str, Any]) -> TrainingJob:
    thresholds = message["thresholds"]
    return TrainingJob(
        graph=decode_graph(message["graph"]),
        recipe=decode_recipe(message["recipe"]),
        data=decode_data(message["data"]),
        seeds=tuple(message["seeds"]),
        epochs=message["epochs"],
        thresholds=None if thresholds is None else tuple(thresholds),
        stop=Stop(message["stop"]),
        learning_rate=message["learning_rate"],
    )


def encode_recipe(recipe: Recipe) -> dict[str, Any]:
    """The part of a recipe that determines a training; the number of epochs belongs to the job."""
    return {
        "optimizer": recipe.optimizer,
        "loss": list(recipe.loss),
        "loss_weights": list(recipe.loss_weights),
        "batch_size": recipe.batch_size,
        "initializer": recipe.initializer,
    }


def decode_recipe(message: dict[str, Any]) -> Recipe:
    return Recipe(
        optimizer=message["optimizer"],
        loss=tuple(message["loss"]),
        loss_weights=tuple(message["loss_weights"]),
        epochs=0,
        batch_size=message["batch_size"],
        initializer=message["initializer"],
    )


def encode_data(data: DataSpec) -> dict[str, Any]:
    file = None if data.file is None else str(data.file)
    return {"inputs": list(data.inputs), "targets": list(data.targets), "file": file}


def decode_data(message: dict[str, Any]) -> DataSpec:
    file = message["file"]
    return DataSpec(tuple(message["inputs"]), tuple(message["targets"]), None if file is None else Path(file))


def encode_run(run: TrainingRun) -> dict[str, Any]:
    """A run as it was trained; its interpretation is computed again each time."""
    return {
        "seed": run.seed,
        "mse": list(run.mse),
        "curve": [list(point) for point in run.curve],
        "epochs": run.epochs,
        "hit_epoch": run.hit_epoch,
        "predictions": [list(head) for head in run.predictions],
        "start": list(run.start),
    }


def decode_run(message: dict[str, Any]) -> TrainingRun:
    """Raises `ValueError`, `KeyError` or `TypeError` if a value is not what `encode_run` writes."""
    hit_epoch = message["hit_epoch"]
    return TrainingRun(
        seed=_whole(message["seed"]),
        mse=_numbers(message["mse"]),
        curve=tuple(_numbers(point) for point in _list(message["curve"])),
        epochs=_whole(message["epochs"]),
        hit_epoch=None if hit_epoch is None else _whole(hit_epoch),
        predictions=tuple(_numbers(head) for head in _list(message["predictions"])),
        start=_numbers(message["start"]),
    )


def is_run_of(job: TrainingJob, seed: int, run: TrainingRun) -> bool:
    """Whether a run has the form of this job's: its seed, and a number for each head wherever one is required."""
    heads = len(job.graph.outputs)
    by_head = (run.mse, run.start, run.predictions, *run.curve)
    lasts = len(run.curve) == -(-run.epochs // CHECKPOINT_EPOCHS) and 0 < run.epochs <= job.epochs
    hits = run.hit_epoch is None or 0 < run.hit_epoch <= run.epochs
    return run.seed == seed and lasts and hits and all(len(numbers) == heads for numbers in by_head)


def _numbers(value: object) -> tuple[float | None, ...]:
    return tuple(None if one is None else _number(one) for one in _list(value))


def _number(value: object) -> float:
    """JSON has no infinity, but `1e999` is read as one."""
    if type(value) not in (int, float) or not abs(value) < MOST:  # type: ignore[arg-type]
        raise ValueError("not a finite number")
    return value  # type: ignore[return-value]


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("not a whole number from 0")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


NEAR_THRESHOLDS = 3.0


def starts_solved(start: Sequence[float | None], head: int, threshold: float) -> bool:
    """Whether a head is at or below its threshold before any training, and so has nothing left to learn."""
    error = start[head] if start else None
    return error is not None and error <= threshold


def first_hit(run: TrainingRun, head: int, threshold: float) -> int | None:
    """The epoch of the first checkpoint at which one head is at or below its threshold; none if it began so."""
    if starts_solved(run.start, head, threshold):
        return None
    for number, point in enumerate(run.curve, start=1):
        error = point[head]
        if error is not None and error <= threshold:
            return min(number * CHECKPOINT_EPOCHS, run.epochs)
    return None


def distance(errors: Sequence[float | None], thresholds: Sequence[float]) -> float:
    """How many thresholds away the worst head is; at most 1 is a hit."""
    return max(
        (math.inf if error is None else error / threshold for error, threshold in zip(errors, thresholds, strict=True)),
        default=math.inf,
    )


def is_near(errors: Sequence[float | None], thresholds: Sequence[float], floors: Sequence[Mapping[str, float]]) -> bool:
    """Whether every head has hit or nearly so: within three thresholds, and better than what must not pass.

    A floor above the threshold is the smallest error of a family of poor models. A network with an error at or above it
    has shown nothing that such a model cannot, so it is not a near miss, however close the floor is.
    """
    return all(_is_near(*head) for head in zip(errors, thresholds, floors, strict=True))


def _is_near(error: float | None, threshold: float, floors: Mapping[str, float]) -> bool:
    if error is None:
        return False
    lowest = min((floor for floor in floors.values() if floor > threshold), default=math.inf)
    return error <= threshold or (error <= NEAR_THRESHOLDS * threshold and error < lowest)


def training_form(graph: ModelGraph, recipe: Recipe, data: DataSpec) -> ModelGraph:
    """The canonical form of a network, without its initializers if the recipe has one for all."""
    if recipe.initializer is not None:
        graph = without_initializers(graph)
    if len(graph.inputs) != len(data.inputs):
        return graph
    return sorted_inputs(canonical(graph, data.inputs), data.inputs)


def mismatch(noun: str, shapes: Sequence[Shape], wanted: Sequence[Shape]) -> str:
    if len(shapes) != len(wanted):
        return f"the network has {len(shapes)} {noun}s, but the data have {len(wanted)}"
    for number, (shape, want) in enumerate(zip(shapes, wanted, strict=True), start=1):
        if shape[1:] != want and not (shape[1:] == () and want == (1,)):
            return f"{noun} {number} of the network has shape {shape[1:]}, but its data have shape {want}"
    return ""
