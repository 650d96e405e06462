"""`calibrate`: thresholds, epochs and tries of assignments from their reference solutions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from grader.assignments.calibration import save_calibration
from grader.assignments.spec import load_assignments
from grader.authoring.references import reference_cases
from grader.domain import Calibration
from grader.training.calibration.calibrate import calibrate
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer


def calibrate_assignments(ids: Sequence[str], say: Callable[[str], None]) -> dict[str, Calibration]:
    """Calibrate each assignment on all cores, and write its calibration.json."""
    found = {}
    with ExitStack() as stack:
        memo = Memo(default_folder())
        trainers = [stack.enter_context(Trainer(memo)) for _ in range(os.cpu_count() or 1)]
        for assignment in load_assignments(ids):
            found[assignment.id] = calibrate(assignment, reference_cases(assignment), trainers, say)
            save_calibration(found[assignment.id], assignment.folder / "calibration.json")
    return found
