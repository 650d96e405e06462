"""How near a training run came to its thresholds, head by head."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from grader.domain import TrainingRun
from grader.training.job import CHECKPOINT_EPOCHS

NEAR_THRESHOLDS = 3.0


def starts_solved(start: Sequence[float | None], head: int, threshold: float) -> bool:
    """Whether a head is at or under its threshold before any training, and so has nothing left to learn."""
    error = start[head] if start else None
    return error is not None and error <= threshold


def first_hit(run: TrainingRun, head: int, threshold: float) -> int | None:
    """The epoch of the first checkpoint at which one head is at or under its threshold; none where it began so."""
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

    A floor above the threshold is what the best of a family of poor models scores. An error at or above it has shown
    nothing that such a model cannot, so it is no near miss, however close the floor lies.
    """
    return all(_is_near(*head) for head in zip(errors, thresholds, floors, strict=True))


def _is_near(error: float | None, threshold: float, floors: Mapping[str, float]) -> bool:
    if error is None:
        return False
    lowest = min((floor for floor in floors.values() if floor > threshold), default=math.inf)
    return error <= threshold or (error <= NEAR_THRESHOLDS * threshold and error < lowest)
