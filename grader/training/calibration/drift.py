"""Whether a calibration still holds where other versions are installed: it is tried again before it is relied on.

A few seeds of the reference, and of the baseline, are held against the calibrated bounds by an exact tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import Calibration, CalibrationCase, DataSpec, Recipe, TrainingRun
from grader.errors import CalibrationDrift, TrainerLimit
from grader.training.job import TrainingJob, first_hit
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import BASELINE, SLOWER_HERE
from grader.training.verdicts.rules import at_least

DRIFT_SEEDS = range(40_001, 40_021)
IMPLAUSIBLE = 1e-3
DECISIVE = ("keras", "tensorflow", "program")


def differs(calibration: Calibration, versions: dict[str, str]) -> bool:
    """Whether training may give other results here than where the calibration was made."""
    return any(calibration.versions.get(name) != versions.get(name) for name in DECISIVE)


def holds(calibration: Calibration, recipe: Recipe, data: DataSpec, trainer: Trainer) -> None:
    """Raise `CalibrationDrift` if the reference misses, or the baseline hits, implausibly often."""
    versions = trainer.versions()
    if not differs(calibration, versions):
        return
    keras = f"Keras {versions['keras']} and TensorFlow {versions['tensorflow']}"
    for case in calibration.cases:
        if case.graph is None:
            continue
        job = TrainingJob(
            case.graph,
            replace(recipe, loss=case.loss),
            data,
            (),
            case.epochs,
            calibration.thresholds,
            every=recipe.checkpoint,
            patience=SLOWER_HERE * float(case.details.get("seconds_per_seed", 0.0)),
        )
        try:
            runs = [run for seed in DRIFT_SEEDS for run in trainer.train(job.with_seeds((seed,)))]
        except TrainerLimit as limit:
            raise CalibrationDrift(f"the {case.name or 'reference'} cannot be trained here: {limit}") from None
        _compare(case, calibration.thresholds, runs, keras)


def _compare(case: CalibrationCase, thresholds: Sequence[float], runs: Sequence[TrainingRun], keras: str) -> None:
    """Compare the hits of the baseline, or the misses of the reference, with the calibration's bounds on them."""
    hits = [run.hit_epoch is not None for run in runs]
    if case.name != BASELINE:
        _refuse_implausible(
            hits.count(False), len(runs), case.miss_upper, f"the {case.name or 'reference'} missed", keras
        )
        return
    bounds = [(hits, float(case.details["hit_upper"]))]
    for head, found in enumerate(case.details.get("heads", ())):
        own = [first_hit(run, head, thresholds[head]) is not None for run in runs]
        bounds.append((own, float(found["hit_upper"])))
    for reached, bound in bounds:
        _refuse_implausible(reached.count(True), len(runs), bound, f"the {BASELINE} hit", keras)


def _refuse_implausible(count: int, seeds: int, rate: float, what: str, keras: str) -> None:
    if at_least(count, seeds, rate) < IMPLAUSIBLE:
        raise CalibrationDrift(
            f"with {keras}, {count} of {seeds} runs of {what} the threshold, more than the calibration allows; "
            "run `grader calibrate`"
        )
