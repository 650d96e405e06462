"""Floors: the smallest validation MSE that whole families of poor models can reach, computed exactly.

A threshold below a floor proves that no training, however lucky, lets such a model pass.
"""

from __future__ import annotations

import numpy as np

from grader.training.data import Data, Floats


def floors(data: Data) -> list[dict[str, float]]:
    """By head: best constant, best non-negative, best straight line and, on one axis, best monotone curve."""
    features = _features(data.x_val)
    return [_head_floors(features, target.reshape(len(target), -1)) for target in data.y_val]


def _features(inputs: list[Floats]) -> Floats:
    """All inputs side by side, an input that repeats another one only once."""
    columns = np.concatenate([values.reshape(len(values), -1) for values in inputs], axis=1)
    return np.unique(columns, axis=1)


def _head_floors(features: Floats, target: Floats) -> dict[str, float]:
    found = {
        "constant": _mean_square(target - target.mean(axis=0)),
        "non_negative": _mean_square(np.minimum(target, 0.0)),
        "straight_line": _mean_square(target - straight_line(features, target)),
    }
    if features.shape[1] == 1 and target.shape[1] == 1:
        order = np.argsort(features[:, 0], kind="stable")
        found["monotone"] = _mean_square(monotone(target[order, 0]) - target[order, 0])
    return found


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
