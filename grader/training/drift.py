"""Whether a calibration made with other versions still holds: a few seeds, and an exact tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import Calibration, CalibrationCase, DataSpec, Recipe, TrainingRun
from grader.errors import CalibrationDrift
from grader.training.job import TrainingJob
from grader.training.learning import BASELINE
from grader.training.statistics import at_least
from grader.training.trainer import Trainer

DRIFT_SEEDS = range(40_001, 40_021)
IMPLAUSIBLE = 1e-3
DECISIVE = ("keras", "tensorflow", "program")


def differs(calibration: Calibration, versions: dict[str, str]) -> bool:
    """Whether training may give something else here than where the calibration was made."""
    return any(calibration.versions.get(name) != versions.get(name) for name in DECISIVE)


def holds(calibration: Calibration, recipe: Recipe, data: DataSpec, trainer: Trainer) -> None:
    """Raise `CalibrationDrift` where the reference misses, or the baseline hits, implausibly often."""
    if not differs(calibration, trainer.versions()):
        return
    for case in calibration.cases:
        if case.graph is None:
            continue
        job = TrainingJob(
            case.graph,
            replace(recipe, loss=case.loss),
            data,
            tuple(DRIFT_SEEDS),
            case.epochs,
            calibration.thresholds,
        )
        _compare(case, trainer.train(job), trainer.versions())


def _compare(case: CalibrationCase, runs: Sequence[TrainingRun], versions: dict[str, str]) -> None:
    hits = sum(run.hit_epoch is not None for run in runs)
    if case.name == BASELINE:
        count, rate, what = hits, float(case.details["hit_upper"]), "hit"
    else:
        count, rate, what = len(runs) - hits, case.miss_upper, "missed"
    if at_least(count, len(runs), rate) < IMPLAUSIBLE:
        raise CalibrationDrift(
            f"with Keras {versions['keras']} and TensorFlow {versions['tensorflow']}, {count} of {len(runs)} "
            f"runs of the {case.name or 'reference'} {what} the threshold, more than the calibration allows; "
            "run `grader calibrate`"
        )
