"""The requests to the trainer process and its answers, as values and as strict JSON, and how near a run came."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PlainSerializer,
    PlainValidator,
    Strict,
    TypeAdapter,
)

from grader.domain import DataSpec, ModelGraph, Recipe, Shape, Tensor, TrainingRun
from grader.domain.assignment import CHECKPOINT_EPOCHS
from grader.domain.metrics import CLASSES, kind_of
from grader.graph.codec import decode_graph, encode_graph
from grader.graph.equality.canonical_form import canonical, sorted_inputs, without_initializers
from grader.graph.reading.builder import fitting

MOST = 1e300  # of any number that a training gives
Natural: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
FiniteNumber: TypeAlias = Annotated[
    float, Field(gt=-MOST, lt=MOST)
]  # JSON has no infinity, and yet `1e999` is read as one
Numbers: TypeAlias = Annotated[tuple[FiniteNumber | None, ...], Strict(False)]  # JSON has lists


def _decoded(message: Any) -> ModelGraph:
    try:
        return message if isinstance(message, ModelGraph) else decode_graph(message)
    except (KeyError, TypeError) as error:
        raise ValueError(f"is not a graph ({error})") from None


_CODED: TypeAlias = Annotated[Any, PlainValidator(_decoded), PlainSerializer(encode_graph)]
Coded: TypeAlias = Annotated[ModelGraph, GetPydanticSchema(lambda _, handler: handler(_CODED))]
"""A graph, as plain data what `graph/codec` makes of it."""
NEAR_THRESHOLDS = 3.0
BUILT_IN_SAMPLES = 1000  # for training, of the data that need no file


@dataclass(frozen=True)
class TrainingJob:
    """One network, trained in one way from one seed.

    It hits at the first checkpoint at which every head is at or below its threshold, unless one was so before any
    training: that one learned nothing. It ends there, unless it is to go on `to_the_end`. A checkpoint comes after
    `every` epochs, and after the last. `patience` is how many seconds it may take beyond the usual limit, where the
    reference is known to be slow; it changes no run.
    """

    graph: Coded
    recipe: Recipe
    data: DataSpec
    seed: int
    epochs: int
    thresholds: tuple[float, ...] | None = None
    to_the_end: bool = False
    patience: float = 0.0

    @property
    def every(self) -> int:
        return self.recipe.checkpoint


JOB, DATA, RECIPE = TypeAdapter(TrainingJob), TypeAdapter(DataSpec), TypeAdapter(Recipe)


def dumps(message: Any) -> str:
    """One line of JSON, reproducible to the character; what is not finite is an error."""
    return json.dumps(message, sort_keys=True, separators=(",", ":"), allow_nan=False)


def loads(line: str | bytes) -> Any:
    """Strict JSON: `NaN` and `Infinity` are errors."""
    return json.loads(line, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def encode_job(job: TrainingJob) -> dict[str, Any]:
    return dict(JOB.dump_python(job, mode="json", exclude={"patience"}))


def encode_recipe(recipe: Recipe) -> dict[str, Any]:
    """The part of a recipe that determines a training; the number of epochs belongs to the job.

    What is as it was before there was a choice is left out, so that digests and memos of such recipes stay.
    """
    message: dict[str, Any] = RECIPE.dump_python(recipe, mode="json", exclude={"epochs", "any_loss_order"})
    if not recipe.settings:
        del message["settings"]
    if set(recipe.metrics) <= {"mse"}:
        del message["metrics"]
    return message


def encode_data(data: DataSpec) -> dict[str, Any]:
    return dict(DATA.dump_python(data, mode="json"))


class RunMessage(BaseModel):
    """A run as it was trained; what it means is worked out whenever somebody asks."""

    model_config = ConfigDict(strict=True, from_attributes=True)

    seed: Natural
    errors: Numbers
    curve: Annotated[tuple[Numbers, ...], Strict(False)]
    epochs: Natural
    hit_epoch: Natural | None
    predictions: Annotated[tuple[Numbers, ...], Strict(False)]
    start: Numbers
    every: Annotated[int, Field(ge=1, le=CHECKPOINT_EPOCHS)]


def encode_run(run: TrainingRun) -> dict[str, Any]:
    return RunMessage.model_validate(run).model_dump(mode="json")


def decode_run(message: object) -> TrainingRun:
    """Raises `ValueError` if a value is not what `encode_run` writes."""
    return TrainingRun(**dict(RunMessage.model_validate(message)))


def is_hit(error: float | None, threshold: float) -> bool:
    return error is not None and error <= threshold


def starts_solved(start: Sequence[float | None], head: int, threshold: float) -> bool:
    """Whether a head is at or below its threshold before any training, and so has nothing left to learn."""
    return bool(start) and is_hit(start[head], threshold)


def first_hit(run: TrainingRun, head: int, threshold: float) -> int | None:
    """The epoch of the first checkpoint at which one head is at or below its threshold; none if it began so."""
    if starts_solved(run.start, head, threshold):
        return None
    hits = (number for number, point in enumerate(run.curve, start=1) if is_hit(point[head], threshold))
    number = next(hits, None)
    return None if number is None else min(number * run.every, run.epochs)


def is_near(errors: Sequence[float | None], thresholds: Sequence[float], floors: Sequence[Mapping[str, float]]) -> bool:
    """Whether every head has hit or nearly so: at most three times the threshold, and better than what must not pass.

    A floor above the threshold is the smallest error of a family of poor models. A network with an error at or above it
    has shown nothing that such a model cannot, so it is not a near miss, however close the floor is.
    """
    for error, threshold, families in zip(errors, thresholds, floors, strict=True):
        lowest = min((floor for floor in families.values() if floor > threshold), default=math.inf)
        if error is None or (error > threshold and (error > NEAR_THRESHOLDS * threshold or error >= lowest)):
            return False
    return True


def training_form(graph: ModelGraph, recipe: Recipe, data: DataSpec) -> ModelGraph:
    """The canonical form of a network, without names, and without its initializers if the recipe has one for all."""
    if recipe.initializer is not None:
        graph = without_initializers(graph)
    if len(graph.inputs) == len(data.inputs):
        graph = sorted_inputs(canonical(graph, data.inputs), data.inputs)
    layers = tuple(replace(layer, name="") for layer in graph.layers)
    return replace(graph, name="", layers=layers, input_names=(), output_names=())


@dataclass(frozen=True)
class Described:
    """One array of the data: the shape of a sample, and the smallest and largest number if all are whole."""

    shape: Shape
    limits: tuple[int, int] | None = None


@dataclass(frozen=True)
class Measured:
    """The inputs and targets of data, and how many samples are for training."""

    inputs: tuple[Described, ...]
    targets: tuple[Described, ...]
    samples: int


MEASURED = TypeAdapter(Measured)


def mismatch(noun: str, shapes: Sequence[Shape], wanted: Sequence[Shape]) -> str:
    if len(shapes) != len(wanted):
        return f"the network has {len(shapes)} {noun}s, but the data have {len(wanted)}"
    for number, (shape, want) in enumerate(zip(shapes, wanted, strict=True), start=1):
        if not fitting(shape, (None, *want)) and not (shape[1:] == () and want == (1,)):
            return f"{noun} {number} of the network has shape {shape[1:]}, but its data have shape {want}"
    return ""


def target_kinds(recipe: Recipe) -> tuple[str, ...]:
    """What the targets of each head are, by its loss."""
    return tuple(map(kind_of, recipe.loss))


def outputs_mismatch(graph: ModelGraph, targets: Sequence[Described], recipe: Recipe) -> str:
    """Why the outputs cannot be compared with the targets; class numbers need an output for each class."""
    shapes = [graph.shape(tensor) for tensor in graph.outputs]
    wanted = [target.shape for target in targets]
    kinds = target_kinds(recipe) if len(recipe.loss) == len(targets) == len(shapes) else ()
    for head, kind in enumerate(kinds):
        if kind != CLASSES:
            continue
        limits, shape = targets[head].limits, shapes[head]
        if limits is None or limits[0] < 0:
            return f"target {head + 1} must be integer class labels, starting at 0"
        outer = wanted[head][:-1] if wanted[head][-1:] == (1,) else wanted[head]
        units, classes = shape[-1] if len(shape) > 1 else None, limits[1] + 1
        if units is not None and units < classes:
            return f"output {head + 1} of the network has {units} units, but its data have {classes} classes"
        wanted[head] = (*outer, units)
    return mismatch("output", shapes, wanted)


def table_rows(graph: ModelGraph, tensor: Tensor) -> int:
    """How many rows the smallest table has that an input indexes; 0 if no `Embedding` reads it."""
    sizes = [
        size
        for call in graph.calls
        if tensor in call.sources and graph.layers[call.layer].kind == "Embedding"
        for size in [graph.layers[call.layer].param("input_dim")]
        if isinstance(size, int)
    ]
    return min(sizes, default=0)


def beyond_table(graph: ModelGraph, inputs: Sequence[Described]) -> str:
    """An `Embedding` with fewer rows than its input has indices."""
    for number, (tensor, data) in enumerate(zip(graph.inputs, inputs, strict=False), start=1):
        rows = table_rows(graph, tensor)
        if rows and (data.limits is None or data.limits[0] < 0):
            return f"input {number} feeds an `Embedding`, but its data are not indices"
        if rows and data.limits and data.limits[1] >= rows:
            most = data.limits[1]
            return f"the `Embedding` of input {number} has `input_dim={rows}`, but its data go up to index {most}"
    return ""
