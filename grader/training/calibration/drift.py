"""Whether a calibration still holds where other versions are installed: it is tried again before it is relied on.

The reference must pass with the very seeds of a grading, and the network to beat must not.
"""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Calibration, DataSpec, Recipe
from grader.errors import CalibrationDrift, TrainerLimit
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import BASELINE, judge

DECISIVE = ("keras", "tensorflow", "program")


def differs(calibration: Calibration, versions: dict[str, str]) -> bool:
    """Whether training may give other results here than where the calibration was made."""
    return any(calibration.versions.get(name) != versions.get(name) for name in DECISIVE)


def holds(calibration: Calibration, recipe: Recipe, data: DataSpec, trainer: Trainer) -> None:
    """Raise `CalibrationDrift` if the reference does not pass here, or the network to beat does."""
    versions = trainer.versions()
    if not differs(calibration, versions):
        return
    for case in calibration.cases:
        if case.graph is None:
            continue
        name, own = case.name or "reference", replace(recipe, loss=case.loss)
        try:
            training = judge(
                calibration.mode, case.graph, own, data, calibration, trainer, is_reference=case.name != BASELINE
            )
        except TrainerLimit as limit:
            raise CalibrationDrift(f"the {name} cannot be trained here: {limit}") from None
        if case.name == BASELINE:
            wrong = "passes" if any(head.learned for head in training.heads) else ""
        else:
            wrong = "does not pass" if training.outcome != "learned" else ""
        if wrong:
            raise CalibrationDrift(
                f"with Keras {versions['keras']} and TensorFlow {versions['tensorflow']}, the {name} {wrong}: "
                f"{training.message} Run `grader calibrate`"
            )
