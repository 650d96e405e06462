"""From an `assignment.toml` to an `Assignment`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from grader.assignments.folder import LAST, CourseFolder, tutorial
from grader.assignments.toml import Reveal, read_toml, validated
from grader.checks import Kind, every_kind, kinds_of
from grader.checks.spec_values import Initializer, Loss, Optimizer, Table, near, one_of
from grader.domain import METRICS, Assignment, Check, DataSpec, Limits, Recipe, Setting, Subject
from grader.domain.metrics import FITTING, kind_of, metric_of
from grader.errors import InvalidAssignment, UsageError
from grader.graph import loss_name
from grader.graph.reading.catalogue import LOSSES, OPTIMIZER_SETTINGS


class DataPart(Table):
    """The data for the inputs, and the targets."""

    inputs: list[str] = Field(
        min_length=1, max_length=16, description='"x" for the inputs of the built-in course, or keys of `file`'
    )
    targets: list[str] = Field(min_length=1, max_length=16, description='"sin", "exp", or keys of `file`')
    file: str | None = Field(None, description="an .npz file next to the spec")


class OptimizerPart(Table):
    """An optimizer with settings of its own, where they differ from the Keras defaults."""

    name: Optimizer
    learning_rate: float | None = Field(None, gt=0)
    momentum: float | None = Field(None, ge=0, le=1)
    nesterov: bool | None = None
    rho: float | None = Field(None, ge=0, le=1)
    beta_1: float | None = Field(None, ge=0, lt=1)
    beta_2: float | None = Field(None, ge=0, lt=1)
    epsilon: float | None = Field(None, gt=0)
    centered: bool | None = None
    amsgrad: bool | None = None
    weight_decay: float | None = Field(None, ge=0)
    clipnorm: float | None = Field(None, gt=0)
    clipvalue: float | None = Field(None, gt=0)
    global_clipnorm: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _has_these(self) -> Self:
        """Keras would refuse any other, and only once the network is trained."""
        allowed = settings_of(self.name)
        for key in self.model_dump(exclude={"name"}, exclude_none=True):
            if key not in allowed:
                raise ValueError(f"`{self.name}` has no setting `{key}`{near(key, allowed)}")
        return self


def settings_of(optimizer: str) -> frozenset[str]:
    """What a spec may set of an optimizer; nothing of one that Keras does not have."""
    return OPTIMIZER_SETTINGS.get(optimizer, frozenset()) & OptimizerPart.model_fields.keys()


def _named(optimizer: Any) -> Any:
    return {"name": optimizer} if isinstance(optimizer, str) else optimizer


class TrainingTable(Table):
    """How every submission's network is trained."""

    optimizer: Annotated[OptimizerPart, BeforeValidator(_named, json_schema_input_type=Optimizer | OptimizerPart)]
    loss: list[Loss] = Field(min_length=1, description="the loss of each head, in output order")
    metric: list[Annotated[str, one_of("metric", METRICS)]] | None = Field(
        None,
        min_length=1,
        description=f"what each head is measured by: {', '.join(METRICS)}; by default what its loss suggests",
    )
    loss_weights: list[float] | None = Field(None, description="of each head; 1 each if omitted")
    epochs: int = Field(ge=1, le=10_000, description="as the task says; calibration may train longer")
    batch_size: int = Field(ge=1, le=4096, description="samples in one step")
    initializer: Initializer | None = Field(
        None, description="kernel initializer of a fixed structure; if omitted, the student's own is used"
    )
    any_loss_order: bool = Field(False, description="train with the losses in the student's order")


_LIMITS = Limits()


class LimitsPart(Table):
    """What one execution may use, all its processes together."""

    seconds: float = Field(_LIMITS.seconds, gt=0, le=3600, description="wall-clock time when `fit` is cut short")
    cpu_seconds: float = Field(_LIMITS.cpu_seconds, gt=0, le=14_400, description="processor time")
    full_fit_seconds: float = Field(
        _LIMITS.full_fit_seconds, gt=0, le=7200, description="wall-clock time of all runs together"
    )
    memory_mb: int = Field(_LIMITS.memory_mb, ge=512, description="private and shared memory")
    processes: int = Field(_LIMITS.processes, ge=32, le=4096, description="processes and threads")
    file_mb: int = Field(_LIMITS.file_mb, ge=1, description="size of any one file")
    disk_mb: int = Field(_LIMITS.disk_mb, ge=16, description="total size of all that it stores")
    output_kb: int = Field(_LIMITS.output_kb, ge=16, le=16_384, description="output that is kept; the rest is cut")
    models: int = Field(
        _LIMITS.models, ge=1, le=128, description="models that are recorded; beyond that, the most repeated are dropped"
    )


class SpecFile(Table):
    """One assignment.toml."""

    title: str = Field(min_length=1, max_length=120, description="what students read")
    section: str = Field("", description="section of the tutorial")
    position: int = Field(LAST, description="position in the list of assignments")
    names: list[str] = Field([], description="names of the variable or function that holds the model")
    reveal: Reveal = Field("difference", description="how much of the answer a page shows")
    free: list[Subject] = Field([], description="changes that the task allows, so that none is a mistake")
    essential: list[Subject] = Field(
        [], description="what the exercise is about: an error there may cost more than half of the points"
    )
    data: DataPart
    training: TrainingTable
    limits: LimitsPart = LimitsPart()  # type: ignore[call-arg]
    cases: list[dict[str, Any]] = Field(
        [{}], description="keyword arguments of the reference's build_model, for calibration"
    )
    checks: list[dict[str, Any]] = Field(min_length=1)


def load_assignments(ids: Sequence[str] = (), course: CourseFolder | None = None) -> tuple[Assignment, ...]:
    """The assignments of these ids, or all of a course, in its order; by default of the tutorial.

    Raises UsageError for an unknown id, InvalidAssignment for a spec that cannot be used.
    """
    course = course or tutorial()
    folders = {path.parent.name: path.parent for path in course.specs()}
    for name in ids:
        if name not in folders:
            raise UsageError(f"there is no assignment `{name}`{near(name, folders)}; `grader list` shows all")
    assignments = [load_assignment(folders[name], course.defaults) for name in dict.fromkeys(ids) or folders]
    return tuple(assignments if ids else sorted(assignments, key=_place))


def load_readable(course: CourseFolder) -> tuple[tuple[Assignment, ...], dict[str, str]]:
    """The assignments of a course with a valid spec, in its order; and what is wrong with each of the others."""
    assignments, broken = list[Assignment](), dict[str, str]()
    for path in course.specs():
        try:
            assignments.append(load_assignment(path.parent, course.defaults))
        except InvalidAssignment as error:
            broken[path.parent.name] = str(error)
    return tuple(sorted(assignments, key=_place)), broken


def _place(assignment: Assignment) -> tuple[int, str]:
    return assignment.position, assignment.id


def load_assignment(folder: Path, defaults: Mapping[str, Any] | None = None) -> Assignment:
    """The assignment in one folder; `defaults` are those of its course."""
    path = folder / "assignment.toml"
    spec = validated(SpecFile, _with_defaults(read_toml(path), defaults or {}), path)
    return Assignment(
        id=folder.name,
        title=spec.title,
        section=spec.section,
        position=spec.position,
        free=tuple(spec.free),
        essential=tuple(spec.essential),
        names=tuple(spec.names),
        data=_data(spec, path),
        recipe=_recipe(spec, path),
        checks=tuple(_checks(spec, path, kinds_of(folder))),
        limits=Limits(**spec.limits.model_dump()),
        folder=folder,
        fixed=spec.training.initializer is not None or any(check.get("kind") == "graph" for check in spec.checks),
        reveal=spec.reveal,
        cases=tuple(spec.cases),
        digest=hashlib.sha256(
            path.read_bytes() + (json.dumps(defaults, sort_keys=True).encode() if defaults else b"")
        ).hexdigest(),
    )


def _with_defaults(data: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A spec with what it leaves to its course; what is no table is left for the validation to refuse."""
    table = {**defaults, **data}
    for key, value in defaults.items():
        if isinstance(value, Mapping) and isinstance(table[key], Mapping):
            table[key] = {**value, **table[key]}
    return table


def _data(spec: SpecFile, path: Path) -> DataSpec:
    file = path.parent / spec.data.file if spec.data.file else None
    if file is not None and (not file.is_file() or file.resolve().parent != path.parent.resolve()):
        raise InvalidAssignment(f"{path}: data.file: there is no file {spec.data.file} next to the spec")
    return DataSpec(tuple(spec.data.inputs), tuple(spec.data.targets), file)


def _recipe(spec: SpecFile, path: Path) -> Recipe:
    part, heads = spec.training, len(spec.data.targets)
    losses = tuple(loss_name(Setting(loss)) or loss for loss in part.loss)  # by their plain names
    weights = part.loss_weights or [1.0] * heads
    metrics = part.metric or [metric_of(loss) for loss in losses]
    for key, values in (("loss", losses), ("loss_weights", weights), ("metric", metrics)):
        if len(values) != heads:
            raise InvalidAssignment(
                f"{path}: training.{key}: expected {heads} entries, one for each target, found {len(values)}"
            )
    for loss, metric in zip(losses, metrics, strict=True):
        if loss not in LOSSES:
            raise InvalidAssignment(f"{path}: training.loss: unknown loss `{loss}`{near(loss, LOSSES)}")
        if metric not in (fitting := FITTING[kind_of(loss)]):
            raise InvalidAssignment(
                f"{path}: training.metric: with the loss `{loss}`, `{metric}` is not a meaningful metric; "
                f"choose one of {', '.join(fitting)}"
            )
    if part.any_loss_order and len({kind_of(loss) for loss in losses}) > 1:
        raise InvalidAssignment(
            f"{path}: training.any_loss_order: these losses are for different kinds of targets, so their order is fixed"
        )
    return Recipe(
        part.optimizer.name,
        losses,
        tuple(weights),
        part.epochs,
        part.batch_size,
        part.initializer,
        part.any_loss_order,
        tuple(sorted(part.optimizer.model_dump(exclude={"name"}, exclude_none=True).items())),
        tuple(metrics),
    )


def _checks(spec: SpecFile, path: Path, kinds: Mapping[str, Kind]) -> Iterator[Check]:
    ids, modes = set[str](), set[str]()
    for number, raw in enumerate(spec.checks, start=1):
        where = f"checks[{number}]"
        name = str(raw.get("kind"))
        kind = kinds.get(name)
        if kind is None:
            raise InvalidAssignment(f"{path}: {where}.kind: unknown kind `{name}`{near(name, kinds)}")
        parsed = validated(kind.spec, raw, path, where)
        check_id = parsed.id or name
        if name == "learns":
            modes.add(getattr(parsed, "mode", ""))
            if len(modes) > 1:
                raise InvalidAssignment(
                    f"{path}: {where}.mode: one training serves all checks of it; give each the same"
                )
        if check_id in ids:
            raise InvalidAssignment(f"{path}: {where}: a second check `{check_id}`; give it its own `id`")
        missing = [required for required in parsed.requires if required not in ids]
        if missing:
            raise InvalidAssignment(
                f"{path}: {where}.requires: no check `{missing[0]}` comes before this one{near(missing[0], ids)}"
            )
        ids.add(check_id)
        options = parsed.model_dump(exclude={"id", "kind", "title", "points", "partial", "requires"})
        title, requires = parsed.title or kind.title, tuple(parsed.requires)
        yield Check(check_id, name, title, parsed.points, parsed.partial, requires, options)


def spec_schema(root: Path | None = None) -> dict[str, Any]:
    """JSON schema of an assignment.toml, for editors: every kind of check with its options, also of authors' own."""
    schema = SpecFile.model_json_schema(ref_template="#/$defs/{model}")
    union: Any = None
    for kind in every_kind(root or tutorial().assignments).values():
        union = kind.spec if union is None else union | kind.spec
    checks = TypeAdapter(union).json_schema(ref_template="#/$defs/{model}")
    schema["$defs"] = {**schema.get("$defs", {}), **checks.pop("$defs", {})}
    schema["properties"]["checks"]["items"] = checks
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
