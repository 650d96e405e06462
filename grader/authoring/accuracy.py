"""Work on whole assignments: calibrate them, and measure how often their verdicts are right."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from grader.assignments.calibration import save_calibration
from grader.assignments.course import load_course
from grader.assignments.spec import load_assignments
from grader.authoring.references import reference_cases
from grader.authoring.validate import Validation, validate
from grader.domain import Calibration
from grader.training.calibration.calibrate import calibrate
from grader.training.calibration.error_rates import DECOY_SEEDS, QUICK_SEEDS, REFERENCE_SEEDS, ErrorRates, measure
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Accuracy:
    """One assignment's validation and error rates."""

    validation: Validation
    rates: ErrorRates


def measure_accuracy(
    ids: Sequence[str], isolation: str, progress: Progress, *, quick: bool = False, every: int = 1
) -> Iterator[Accuracy]:
    """Of these assignments, or of all, one after another.

    `quick` trains fewer seeds, `every` tries only every so many programs.
    """
    for assignment in load_assignments(ids):
        course = load_course([assignment.id])
        validation = validate(course, isolation, progress, every)
        with ExitStack() as stack:
            memo = Memo(default_folder())
            trainers = [stack.enter_context(Trainer(memo)) for _ in range(os.cpu_count() or 1)]
            rates = measure(
                assignment,
                course.calibrations[assignment.id],
                reference_cases(assignment),
                trainers,
                REFERENCE_SEEDS[:QUICK_SEEDS] if quick else REFERENCE_SEEDS,
                DECOY_SEEDS[:QUICK_SEEDS] if quick else DECOY_SEEDS,
                progress,
            )
        yield Accuracy(validation, rates)


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
