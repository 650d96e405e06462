"""What an assignment requires: its data, its recipe, its rubric, and what the reference achieved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from grader.domain.graph import ModelGraph
from grader.domain.metrics import Metric, measures

CHECKPOINT_EPOCHS = 25

Subject: TypeAlias = Literal[
    "input count", "input shape", "input use", "width", "depth", "activation", "initializer", "layer setting",
    "intruder", "merge", "wiring", "sharing", "head count", "head width", "head activation", "output order", "api",
    "unreadable", "optimizer", "losses", "loss weights", "weight order", "compile", "runs", "input type", "input order",
    "layer class", "layer count", "layer order", "regularisation", "dropout",
]  # fmt: skip
"""What a single change of a reference can be about; an assignment names those that it leaves to the student."""
SUBJECT_OF: Mapping[str, Subject] = {
    "kernel_initializer": "initializer", "bias_initializer": "initializer", "kernel_regularizer": "regularisation",
    "rate": "dropout", "noise_shape": "dropout",
}  # fmt: skip
"""By parameter of a layer; what is not here is a `layer setting`."""


@dataclass(frozen=True)
class DataSpec:
    """Training and validation data by name: "x", "sin", "exp", or keys of an .npz file `file`."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    file: Path | None = None


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. One loss, one weight and one measure for each head, in output order.

    `initializer` names the kernel initializer that every fixed structure gets, `None` leaves the student's. `settings`
    are the optimizer's own where they differ from its defaults. `metrics` are names of `domain.metrics`; without any,
    each head is measured by its mean squared error.
    """

    optimizer: str
    loss: tuple[str, ...]
    loss_weights: tuple[float, ...]
    epochs: int
    batch_size: int
    initializer: str | None = None
    any_loss_order: bool = False
    settings: tuple[tuple[str, float | bool], ...] = ()
    metrics: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What each head is measured by."""
        return measures(self.metrics, len(self.loss))

    @property
    def checkpoint(self) -> int:
        """After how many epochs a training is measured: 25, or a tenth of a short recipe."""
        return min(CHECKPOINT_EPOCHS, max(1, self.epochs // 10)) if self.epochs else CHECKPOINT_EPOCHS


@dataclass(frozen=True)
class Limits:
    """What one execution may use: all its processes together; `file_mb` is the size of any one file.

    `seconds` is wall-clock time, `processes` counts threads too, `disk_mb` is all that it may leave on disk.
    """

    seconds: float = 60.0
    cpu_seconds: float = 120.0
    full_fit_seconds: float = 600.0
    memory_mb: int = 4096
    processes: int = 256
    file_mb: int = 256
    disk_mb: int = 512
    output_kb: int = 512
    models: int = 64


@dataclass(frozen=True)
class Check:
    """One line of a rubric. `options` is the validated, kind-specific part of the spec."""

    id: str
    kind: str
    title: str
    points: int
    partial: bool = False
    requires: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """One exercise, loaded from `<folder>/assignment.toml`."""

    id: str
    title: str
    section: str
    names: tuple[str, ...]
    data: DataSpec
    recipe: Recipe
    checks: tuple[Check, ...]
    limits: Limits
    folder: Path
    fixed: bool = True  # the structure is prescribed; false for open tasks
    reveal: str = "difference"  # "hint" | "difference" | "solution"
    cases: tuple[Mapping[str, Any], ...] = ({},)  # keyword arguments of the reference's build_model
    digest: str = ""
    position: int = 100
    free: tuple[Subject, ...] = ()  # what the task leaves open, so that changing it is not a mistake
    essential: tuple[Subject, ...] = ()  # what the exercise is about: a mistake there may cost more than half

    @property
    def max_score(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def called(self) -> frozenset[str]:
        """By which files, variables and functions may say that they are for it: its id and its names."""
        return frozenset({self.id, *self.names})


@dataclass(frozen=True)
class CalibrationCase:
    """What the reference, built and trained in one way, achieved; see `training/calibration/calibrate.py`.

    `graph` is left out if the task is open: then only how the reference learned is published.
    """

    name: str
    loss: tuple[str, ...]
    graph: ModelGraph | None
    epochs: int
    tries: int
    miss_upper: float
    bound: float
    details: Mapping[str, Any]


@dataclass(frozen=True)
class HeadPicture:
    """How the predictions of a head are pictured, and its targets on the validation points that are shown.

    "values": `shape` is points and numbers at each, `targets` has all of them; so do a run's predictions. "classes":
    `shape` is the number of classes, twice, and a run's predictions are a confusion matrix, true classes in its rows.
    "none": nothing to show.
    """

    kind: str
    shape: tuple[int, ...] = ()
    targets: tuple[float, ...] = ()


@dataclass(frozen=True)
class Calibration:
    """Thresholds with their evidence. `thresholds` and `floors` are errors by head, in output order.

    `metrics` say what is measured, as in a `Recipe`. `validation` is x of the shown validation points, if they lie on
    one axis, then the targets of each head that is a single number. `sources` are digests of the files that the
    reference was built from. `quick`: made of few seeds, for a first look.
    """

    mode: str  # "reaches", "beats", or "none": no `learns` in the rubric, so nothing was trained
    thresholds: tuple[float, ...]
    floors: tuple[Mapping[str, float], ...]
    cases: tuple[CalibrationCase, ...]
    seeds: tuple[int, ...]
    decoys: tuple[Mapping[str, Any], ...]
    digest: str
    versions: Mapping[str, str]
    validation: tuple[tuple[float, ...], ...]
    metrics: tuple[str, ...] = ()
    pictures: tuple[HeadPicture, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    quick: bool = False

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What each head is measured by."""
        return measures(self.metrics, len(self.thresholds))

    @property
    def reference(self) -> ModelGraph | None:
        """The graph of the first case, which is the one that pages show."""
        return self.cases[0].graph
