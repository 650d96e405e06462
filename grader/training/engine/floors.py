"""Floors: the smallest error that a whole family of poor models can reach on the validation points.

The best constant, the best curve without negative numbers, the best straight line and the best monotone curve are
computed exactly, so that a threshold below one proves that no training, however lucky, lets such a model pass. With
many inputs a line can be drawn through all validation points, and its floor says little: then what a linear model
reaches that was fitted to the training points is the better evidence for a threshold, though it proves nothing.
"""

from __future__ import annotations

import numpy as np

from grader.domain import Metric, Recipe
from grader.domain.metrics import BINARY, CLASSES, NUMBERS, ONE_HOT
from grader.training.engine.data import Array, Data, Floats
from grader.training.engine.measures import error, labels
from grader.training.job import target_kinds

MOST_FEATURES = 512  # with more, the fit takes long and the floor is next to nothing
MOST_CLASSES = 50
MOST_SAMPLES = 4000  # of those for training, evenly spaced: a linear model needs no more
RIDGE = 1e-4
NEWTON_STEPS = 50
GRADIENT_STEPS = 500
CONVERGED = 1e-9


def floors(data: Data, recipe: Recipe | None = None) -> list[dict[str, float]]:
    """By head, each family that can be computed for its metric; without a recipe, for the mean squared error."""
    recipe = recipe or Recipe("sgd", ("mse",) * len(data.y_val), (1.0,) * len(data.y_val), 1, 1)
    features = _features(data.x_val)
    heads = zip(recipe.measures, target_kinds(recipe), data.y_train, data.y_val, strict=True)
    found = []
    for metric, kind, train, target in heads:
        own = _head_floors(metric, kind, features, np.asarray(target, np.float64))
        if features.shape[1] > 1 or kind != NUMBERS:
            own |= _linear_model(metric, kind, data, np.asarray(train, np.float64), np.asarray(target, np.float64))
        found.append(own)
    return found


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


def _linear_model(metric: Metric, kind: str, data: Data, train: Floats, target: Floats) -> dict[str, float]:
    """What a linear model reaches on the validation points that was fitted to those for training, if one can be."""
    every = -(-len(train) // MOST_SAMPLES)
    inputs = ([values[::every] for values in data.x_train], data.x_val)
    columns = [np.concatenate([v.reshape(len(v), -1) for v in xs], axis=1) for xs in inputs]
    if columns[0].shape[1] > MOST_FEATURES or target.ndim != 2:
        return {}
    terms, points = _scaled(columns[0].astype(np.float64), columns[1].astype(np.float64))
    output = _fitted(kind, terms, points, train[::every])
    reached = None if output is None else error(metric, kind, target, output)
    return {} if reached is None else {"linear_model": reached}


def _scaled(train: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Both in the units of the training points, with a column of ones."""
    mean, spread = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-12)
    return tuple(np.column_stack([(x - mean) / spread, np.ones(len(x))]) for x in (train, points))  # type: ignore[return-value]


def _fitted(kind: str, terms: Floats, points: Floats, train: Floats) -> Floats | None:
    """Predictions at `points` of least squares, or of a logistic or softmax regression."""
    if kind == NUMBERS:
        solution, *_ = np.linalg.lstsq(terms, train, rcond=None)
        return np.asarray(points @ solution)
    if kind == BINARY:
        if train.shape[1] > MOST_CLASSES or train.min() < 0.0 or train.max() > 1.0:
            return None
        return np.column_stack([_sigmoid(points @ logistic(terms, column)) for column in train.T])
    true = labels(kind, train, np.zeros((1, 1)))
    classes = train.shape[1] if kind == ONE_HOT else int(true.max()) + 1
    if classes > MOST_CLASSES or true.ndim != 1:
        return None
    return _softmax(points @ softmax_regression(terms, np.eye(classes)[true]))


def logistic(terms: Floats, target: Floats) -> Floats:
    """Weights of a logistic regression: Newton's steps with a little ridge, until nothing changes."""
    weights = np.zeros(terms.shape[1])
    ridge = RIDGE * len(terms) * np.eye(terms.shape[1])


    def cost(tried: Floats) -> float:
        scores = terms @ tried
        return float(np.sum(np.logaddexp(0.0, scores) - target * scores) + 0.5 * tried @ ridge @ tried)

    for _ in range(NEWTON_STEPS):
        chance = _sigmoid(terms @ weights)
        slope = terms.T @ (chance - target) + ridge @ weights
        curvature = (terms * (chance * (1.0 - chance))[:, None]).T @ terms + ridge
        step = np.linalg.solve(curvature, slope)
        while cost(weights - step) > cost(weights) and np.max(np.abs(step)) >= CONVERGED:
            step = step / 2.0  # too far: Newton's parabola is no bound
        weights = weights - step
        if np.max(np.abs(step)) < CONVERGED:
            break
    return weights


def softmax_regression(terms: Floats, target: Floats) -> Floats:
    """Weights of a softmax regression: steps down the gradient, as long as the curvature allows, with momentum."""
    weights = np.zeros((terms.shape[1], target.shape[1]))
    rate = 2.0 * len(terms) / (np.linalg.norm(terms, 2) ** 2 + RIDGE * len(terms))
    before = weights
    for number in range(GRADIENT_STEPS):
        ahead = weights + number / (number + 3.0) * (weights - before)
        slope = terms.T @ (_softmax(terms @ ahead) - target) / len(terms) + RIDGE * ahead
        before, weights = weights, ahead - rate * slope
        if np.max(np.abs(slope)) < CONVERGED:
            break
    return weights


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


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
