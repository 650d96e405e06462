"""What a trained network draws, and how its error went: the few shapes and trends that have a name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

FALLING_CHECKPOINTS = 4
FALLING_FACTOR = 0.9
FLAT_SHARE = 0.05
STRAIGHT_SHARE = 0.02
MONOTONE_SHARE = 0.01


def falling(errors: Sequence[float | None]) -> tuple[float, float] | None:
    """The mean error of the 100 epochs before the last 100, and of these, where they are clearly better.

    Means, since single checkpoints jump.
    """
    late, early = errors[-FALLING_CHECKPOINTS:], errors[-2 * FALLING_CHECKPOINTS : -FALLING_CHECKPOINTS]
    if len(early) < FALLING_CHECKPOINTS or None in late or None in early:
        return None
    before, after = (fmean(error for error in part if error is not None) for part in (early, late))
    return (before, after) if after < FALLING_FACTOR * before else None


def is_flat(values: Sequence[float], target: Sequence[float]) -> bool:
    """Whether the values hardly differ, measured by how much the target does."""
    return _width(values) < FLAT_SHARE * _width(target)


def is_straight(x: Sequence[float], values: Sequence[float]) -> bool:
    """Whether the values lie on a straight line, but for a fiftieth of their range."""
    mean_x, mean = fmean(x), fmean(values)
    variance = fmean((point - mean_x) ** 2 for point in x)
    slope = fmean((point - mean_x) * (value - mean) for point, value in zip(x, values, strict=True)) / variance
    squares = ((value - mean - slope * (point - mean_x)) ** 2 for point, value in zip(x, values, strict=True))
    return math.sqrt(fmean(squares)) < STRAIGHT_SHARE * _width(values)


def is_monotone(values: Sequence[float]) -> bool:
    """Whether the values never turn back by more than a hundredth of their range."""
    most = MONOTONE_SHARE * _width(values)
    return _turns_back(values) <= most or _turns_back([-value for value in values]) <= most


def _turns_back(values: Sequence[float]) -> float:
    highest, worst = values[0], 0.0
    for value in values:
        highest = max(highest, value)
        worst = max(worst, highest - value)
    return worst


def _width(values: Sequence[float]) -> float:
    return max(values) - min(values)
