"""Names for what went wrong in a training run, with the figures that show it.

A diagnosis reads `name: sentence`; the names are those of `NAMES`. Plain numbers only, so that the trainer
process and the coordinator can both ask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

NAMES = ("diverged", "constant", "still falling", "straight line", "monotone", "plateau")

Numbers = Sequence[float | None]

FALLING_CHECKPOINTS = 4
FALLING_FACTOR = 0.9
FLAT_SHARE = 0.05
STRAIGHT_SHARE = 0.02


def diagnose(
    x: Sequence[float] | None,
    targets: Sequence[Sequence[float]],
    predictions: Sequence[Numbers],
    curve: Sequence[Numbers],
    thresholds: Sequence[float] | None,
) -> str | None:
    """What is wrong with the head furthest from its threshold; `None` where every head is under its own.

    `x` are the validation points, where there is one axis of them; `targets` and `predictions` are by head.
    """
    diagnoses = [
        (
            _distance(curve[-1][head], threshold),
            _diagnose_head(x, target, predictions[head], _head(curve, head)),
        )
        for head, (target, threshold) in enumerate(zip(targets, thresholds or [0.0] * len(targets), strict=True))
        if _distance(curve[-1][head], threshold) > 1
    ]
    if not diagnoses:
        return None
    worst = max(range(len(diagnoses)), key=lambda index: diagnoses[index][0])
    return diagnoses[worst][1]


def name_of(diagnosis: str | None) -> str:
    """The name that a diagnosis begins with, empty where there is none."""
    return (diagnosis or "").partition(":")[0]


def is_falling(errors: Numbers) -> bool:
    """Whether the last 100 epochs were clearly better than the 100 before; means, since points jump."""
    late, early = errors[-FALLING_CHECKPOINTS:], errors[-2 * FALLING_CHECKPOINTS : -FALLING_CHECKPOINTS]
    if len(early) < FALLING_CHECKPOINTS or None in late or None in early:
        return False
    return fmean(_known(late)) < FALLING_FACTOR * fmean(_known(early))


def _diagnose_head(x: Sequence[float] | None, target: Sequence[float], output: Numbers, errors: Numbers) -> str:
    error = errors[-1]
    spread = max(target) - min(target)
    if error is None or None in output:
        return "diverged: the error is no longer a finite number; a smaller learning rate keeps it finite"
    if error > 10 * max(spread**2, 1e-12):
        return f"diverged: the error has grown to {error:.3g}, far above the spread of the data ({spread:.3g})"
    values = _known(output)
    width = max(values) - min(values)
    if width < FLAT_SHARE * spread:
        return f"constant: it answers {fmean(values):.3g} everywhere, within {width:.2g}"
    if is_falling(errors):
        earlier = fmean(_known(errors[-2 * FALLING_CHECKPOINTS : -FALLING_CHECKPOINTS]))
        return f"still falling: the error is {error:.3g} and was {earlier:.3g} 100 epochs earlier"
    return _shape(x, target, values, error, width)


def _shape(x: Sequence[float] | None, target: Sequence[float], values: list[float], error: float, width: float) -> str:
    if x is not None and _line_residual(x, values) < STRAIGHT_SHARE * width:
        return f"straight line: it answers with a straight line, and the error stays at {error:.3g}"
    if x is not None and _is_monotone(values, width) and not _is_monotone(target, max(target) - min(target)):
        return f"monotone: it only rises or only falls where the data turns, and the error stays at {error:.3g}"
    return f"plateau: the error stays at {error:.3g}"


def _line_residual(x: Sequence[float], values: Sequence[float]) -> float:
    """Root mean square distance from the least-squares line."""
    mean_x, mean = fmean(x), fmean(values)
    variance = fmean((point - mean_x) ** 2 for point in x)
    slope = fmean((point - mean_x) * (value - mean) for point, value in zip(x, values, strict=True)) / variance
    return math.sqrt(
        fmean((value - mean - slope * (point - mean_x)) ** 2 for point, value in zip(x, values, strict=True))
    )


def _is_monotone(values: Sequence[float], width: float) -> bool:
    """Whether the values never turn back by more than a hundredth of their range."""
    return _turns_back(values) <= 0.01 * width or _turns_back([-value for value in values]) <= 0.01 * width


def _turns_back(values: Sequence[float]) -> float:
    highest, worst = values[0], 0.0
    for value in values:
        highest = max(highest, value)
        worst = max(worst, highest - value)
    return worst


def _distance(error: float | None, threshold: float) -> float:
    if error is None:
        return math.inf
    return error / threshold if threshold > 0 else math.inf


def _head(curve: Sequence[Numbers], head: int) -> list[float | None]:
    return [point[head] for point in curve]


def _known(values: Numbers) -> list[float]:
    return [value for value in values if value is not None]
