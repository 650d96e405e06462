"""Floors: the smallest error that a whole family of poor models can reach on the validation points.

The best constant, the best curve without negative numbers, the best straight line and the best monotone curve are
computed exactly, so that a threshold below one proves that no training, however lucky, lets such a model pass.
"""

from __future__ import annotations

import numpy as np

from grader.domain import Metric, Recipe
from grader.domain.metrics import CLASSES
from grader.training.engine.data import Array, Data, Floats
from grader.training.engine.measures import error
from grader.training.job import target_kinds

MOST_FEATURES = 512  # with more, the fit takes long and the floor is next to nothing


def floors(data: Data, recipe: Recipe) -> list[dict[str, float]]:
    """By head, each family that can be computed for its metric."""
    features = _features(data.x_val)
    heads = zip(recipe.measures, target_kinds(recipe), data.y_val, strict=True)
    return [_head_floors(metric, kind, features, np.asarray(target, np.float64)) for metric, kind, target in heads]


def _features(inputs: list[Array]) -> Floats:
    """All inputs side by side, an input that repeats another one only once; if they are too many, as they are."""
    columns = np.concatenate([values.reshape(len(values), -1) for values in inputs], axis=1)
    return np.unique(columns.astype(np.float64), axis=1) if columns.shape[1] <= MOST_FEATURES else columns


def _head_floors(metric: Metric, kind: str, features: Floats, target: Floats) -> dict[str, float]:
    flat = target.reshape(len(target), -1)
    if metric.name in ("mse", "r2"):
        found = _of_squares(features, flat)
        spread = found["constant"]
        return {name: value / spread for name, value in found.items()} if metric.rises and spread else found
    if metric.name == "mae":
        return {
            "constant": _mean_size(flat - np.median(flat, axis=0)),
            "non_negative": _mean_size(np.minimum(flat, 0.0)),
        }
    constant = _constant(metric, kind, target)
    return {} if constant is None else {"constant": constant}


def _of_squares(features: Floats, target: Floats) -> dict[str, float]:
    found = {
        "constant": _mean_square(target - target.mean(axis=0)),
        "non_negative": _mean_square(np.minimum(target, 0.0)),
    }
    if features.shape[1] <= MOST_FEATURES:
        found["straight_line"] = _mean_square(target - straight_line(features, target))
    if features.shape[1] == 1 and target.shape[1] == 1:
        order = np.argsort(features[:, 0], kind="stable")
        found["monotone"] = _mean_square(monotone(target[order, 0]) - target[order, 0])
    return found


def _constant(metric: Metric, kind: str, target: Floats) -> float | None:
    """The best constant; for an accuracy, the most frequent class."""
    if kind == CLASSES:
        classes = int(target.max()) + 1
        shares = np.bincount(target.astype(np.int64).reshape(-1), minlength=classes) / target.size
        return error(metric, kind, target, np.broadcast_to(shares, (*_outer(target), classes)))
    return error(metric, kind, target, np.broadcast_to(target.mean(axis=0), target.shape))


def _outer(target: Floats) -> tuple[int, ...]:
    """The axes of class numbers without the last one, where that only holds the number."""
    return target.shape[:-1] if target.shape[-1] == 1 else target.shape


def straight_line(features: Floats, target: Floats) -> Floats:
    """The least-squares line (for several inputs: plane) at the validation points."""
    terms = np.column_stack([features, np.ones(len(features))])
    solution, *_ = np.linalg.lstsq(terms, target, rcond=None)
    fitted: Floats = terms @ solution
    return fitted


def monotone(values: Floats) -> Floats:
    """The best rising or falling curve, whichever is closer."""
    rising, falling = isotonic(values), -isotonic(-values)
    return min(rising, falling, key=lambda curve: _mean_square(curve - values))


def isotonic(values: Floats) -> Floats:
    """The best rising curve, by pooling adjacent violators."""
    means: list[float] = []
    weights: list[int] = []
    for value in values:
        means.append(float(value))
        weights.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mean, weight = means.pop(), weights.pop()
            total = weights[-1] + weight
            means[-1] = (means[-1] * weights[-1] + mean * weight) / total
            weights[-1] = total
    return np.repeat(means, weights)


def _mean_square(values: Floats) -> float:
    return float(np.mean(np.square(values)))


def _mean_size(values: Floats) -> float:
    return float(np.mean(np.abs(values)))
