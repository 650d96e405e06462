"""What the trainer process is asked and what it answers, as values and as strict JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from grader.domain import DataSpec, ModelGraph, Recipe, TrainingRun
from grader.graph.codec import decode_graph, encode_graph

CHECKPOINT_EPOCHS = 25


class Stop(StrEnum):
    """When training ends: after all epochs, at each seed's first hit, or with the first seed that hits."""

    END = "end"
    HIT = "hit"
    FIRST = "first"


@dataclass(frozen=True)
class TrainingJob:
    """One network, trained in one way from several seeds.

    A seed hits at the first checkpoint at which every head is at or under its threshold, unless one was so before any
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
    """What of a recipe decides a training; the number of epochs is the job's."""
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
    """A run as it was trained; what it means is told anew whenever somebody asks."""
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
    return TrainingRun(
        seed=message["seed"],
        mse=tuple(message["mse"]),
        curve=tuple(tuple(point) for point in message["curve"]),
        epochs=message["epochs"],
        hit_epoch=message["hit_epoch"],
        predictions=tuple(tuple(head) for head in message["predictions"]),
        start=tuple(message["start"]),
    )
