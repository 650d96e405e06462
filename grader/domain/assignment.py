"""What an assignment requires: its data, its recipe, its rubric, and what the reference achieved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from grader.domain.graph import ModelGraph

Subject: TypeAlias = Literal[
    "input count", "input shape", "input use", "width", "depth", "activation", "initializer", "layer setting",
    "intruder", "merge", "wiring", "sharing", "head count", "head width", "head activation", "output order", "api",
    "unreadable", "optimizer", "losses", "loss weights", "weight order", "compile", "runs", "input type", "input order",
    "layer class", "layer count", "layer order", "regularisation", "dropout", "fit",
]  # fmt: skip
"""What a single change of a reference can be about; an assignment names those that it leaves to the student."""


@dataclass(frozen=True)
class DataSpec:
    """Training and validation data by name: "x", "sin", "exp", or keys of an .npz file `file`."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    file: Path | None = None


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. One loss and one weight for each head, in output order.

    `initializer` names the kernel initializer that every fixed structure gets, `None` leaves the student's.
    """

    optimizer: str
    loss: tuple[str, ...]
    loss_weights: tuple[float, ...]
    epochs: int
    batch_size: int
    initializer: str | None = None
    any_loss_order: bool = False


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
class Calibration:
    """Thresholds with their evidence. `thresholds` and `floors` are by head, in output order."""

    mode: str  # "reaches" or "beats"
    thresholds: tuple[float, ...]
    floors: tuple[Mapping[str, float], ...]
    cases: tuple[CalibrationCase, ...]
    seeds: tuple[int, ...]
    decoys: tuple[Mapping[str, Any], ...]
    digest: str
    versions: Mapping[str, str]
    validation: tuple[tuple[float, ...], ...]  # x of the validation points, then the targets of each head; for pictures

    @property
    def reference(self) -> ModelGraph | None:
        """The graph of the first case, which is the one that pages show."""
        return self.cases[0].graph
