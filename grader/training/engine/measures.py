"""How far predictions are from their targets: one error for each head, by the metric of its recipe.

Everything is computed with NumPy, in double precision, on the whole validation set. Probabilities are clipped as Keras
does it, so that no logarithm is infinite. What cannot be computed, because a prediction is not finite, is `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.domain import METRICS, Metric, Recipe
from grader.domain.metrics import BINARY, CLASSES, ONE_HOT
from grader.training.job import target_kinds

Floats = npt.NDArray[np.float64]
EPSILON = 1e-7


def errors(recipe: Recipe, targets: Sequence[Any], outputs: Sequence[Any]) -> tuple[float | None, ...]:
    """The error of each head; smaller is better for every metric."""
    heads = zip(recipe.measures, target_kinds(recipe), targets, outputs, strict=True)
    return tuple(error(metric, kind, target, output) for metric, kind, target, output in heads)


def error(metric: Metric, kind: str, target: Any, output: Any) -> float | None:
    """One head's error; nothing if it is not a finite number."""
    output = np.asarray(output, np.float64)
    if not np.isfinite(output).all():
        return None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        figure = FIGURES[metric.name](kind, np.asarray(target, np.float64), output)
    found = metric.turned(float(figure))
    return found if np.isfinite(found) else None


def _mse(_kind: str, target: Floats, output: Floats) -> float:
    return float(np.mean(np.square(output - target)))


def _mae(_kind: str, target: Floats, output: Floats) -> float:
    return float(np.mean(np.abs(output - target)))


def _r2(_kind: str, target: Floats, output: Floats) -> float:
    spread = np.sum(np.square(target - target.mean(axis=0)))
    return float(1.0 - np.sum(np.square(output - target)) / spread)


def _binary_crossentropy(_kind: str, target: Floats, output: Floats) -> float:
    chance = np.clip(output, EPSILON, 1.0 - EPSILON)
    return float(-np.mean(target * np.log(chance) + (1.0 - target) * np.log(1.0 - chance)))


def _categorical_crossentropy(kind: str, target: Floats, output: Floats) -> float:
    chance = np.clip(output / np.sum(output, axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    if kind == CLASSES:
        true = labels(kind, target, output)
        return float(-np.mean(np.log(np.take_along_axis(chance, true[..., None], axis=-1))))
    return float(-np.mean(np.sum(target * np.log(chance), axis=-1)))


def _accuracy(kind: str, target: Floats, output: Floats) -> float:
    return float(np.mean(labels(kind, target, output) == chosen(kind, target, output)))


def labels(kind: str, target: Any, output: Any) -> npt.NDArray[np.int64]:
    """The true class of each sample."""
    target = np.asarray(target)
    if kind == ONE_HOT:
        return np.asarray(np.argmax(target, axis=-1), np.int64)
    if kind == CLASSES:
        single = target.ndim == np.ndim(output) and target.shape[-1] == 1
        return np.asarray(target[..., 0] if single else target, np.int64)
    return np.asarray(target > 0.5, np.int64)


def chosen(kind: str, target: Any, output: Any) -> npt.NDArray[np.int64]:
    """The class that a prediction chooses: the likeliest; of two, the one beyond the middle of their numbers."""
    if kind in (ONE_HOT, CLASSES):
        return np.asarray(np.argmax(output, axis=-1), np.int64)
    middle = 0.0 if np.min(target) < 0.0 else 0.5  # a hinge takes -1 and 1
    return np.asarray(np.asarray(output) > middle, np.int64)


def _auc(kind: str, target: Floats, output: Floats) -> float:
    """The probability that a random yes is above a random no; of several classes, the mean of each against the rest."""
    if kind == BINARY:
        pairs = [(target.reshape(-1) > 0.5, output.reshape(-1))]
    else:
        scores = output.reshape(-1, output.shape[-1])
        true = labels(kind, target, output).reshape(-1)
        pairs = [(true == number, scores[:, number]) for number in range(scores.shape[1])]
    areas = [_area(yes, scores) for yes, scores in pairs if 0 < yes.sum() < len(yes)]
    return float(np.mean(areas)) if areas else np.nan


def _area(yes: npt.NDArray[np.bool_], scores: Floats) -> float:
    """The Mann-Whitney statistic: ranks, equal scores sharing theirs."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    positive = int(yes.sum())
    return float((ranks[yes].sum() - positive * (positive + 1) / 2.0) / (positive * (len(yes) - positive)))


FIGURES: Mapping[str, Callable[[str, Floats, Floats], float]] = {
    "mse": _mse,
    "mae": _mae,
    "r2": _r2,
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
    "accuracy": _accuracy,
    "auc": _auc,
}
assert FIGURES.keys() == METRICS.keys()
