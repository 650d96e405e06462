"""The requests to the trainer process and its answers, as values and as strict JSON, and how near a run came."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter

from grader.domain import DataSpec, ModelGraph, Recipe, Shape, TrainingRun
from grader.graph.codec import decode_graph, encode_graph
from grader.graph.equality.canonical_form import canonical, sorted_inputs, without_initializers

CHECKPOINT_EPOCHS = 25
MOST = 1e300  # of any number that a training gives
_RECIPE = TypeAdapter(Recipe)
_DATA = TypeAdapter(DataSpec)
Whole: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Number: TypeAlias = Annotated[float, Field(gt=-MOST, lt=MOST)]  # JSON has no infinity, and yet `1e999` is read as one
Numbers: TypeAlias = Annotated[tuple[Number | None, ...], Strict(False)]  # JSON has lists
NEAR_THRESHOLDS = 3.0


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
    message: dict[str, Any] = _RECIPE.dump_python(recipe, mode="json", exclude={"epochs", "any_loss_order"})
    return message


def decode_recipe(message: Mapping[str, Any]) -> Recipe:
    return _RECIPE.validate_python({**message, "epochs": 0})


def encode_data(data: DataSpec) -> dict[str, Any]:
    message: dict[str, Any] = _DATA.dump_python(data, mode="json")
    return message


def decode_data(message: Mapping[str, Any]) -> DataSpec:
    return _DATA.validate_python(message)


class RunMessage(BaseModel):
    """A run as it was trained; what it means is worked out whenever somebody asks."""

    model_config = ConfigDict(strict=True, from_attributes=True)

    seed: Whole
    mse: Numbers
    curve: Annotated[tuple[Numbers, ...], Strict(False)]
    epochs: Whole
    hit_epoch: Whole | None
    predictions: Annotated[tuple[Numbers, ...], Strict(False)]
    start: Numbers


def encode_run(run: TrainingRun) -> dict[str, Any]:
    return RunMessage.model_validate(run).model_dump(mode="json")


def decode_run(message: object) -> TrainingRun:
    """Raises `ValueError` if a value is not what `encode_run` writes."""
    return TrainingRun(**dict(RunMessage.model_validate(message)))


def is_run_of(job: TrainingJob, seed: int, run: TrainingRun) -> bool:
    """Whether a run has the form of this job's: its seed, and a number for each head wherever one is required."""
    heads = len(job.graph.outputs)
    by_head = (run.mse, run.start, run.predictions, *run.curve)
    lasts = len(run.curve) == -(-run.epochs // CHECKPOINT_EPOCHS) and 0 < run.epochs <= job.epochs
    hits = run.hit_epoch is None or 0 < run.hit_epoch <= run.epochs
    return run.seed == seed and lasts and hits and all(len(numbers) == heads for numbers in by_head)


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
