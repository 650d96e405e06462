"""How far predictions are from their targets: one error for each head, by the metric of its recipe.

Everything is computed with NumPy, in double precision, on the whole validation set. Probabilities are clipped as Keras
does it, so that no logarithm is infinite. What cannot be computed, because a prediction is not finite, is `None`.

*Floors* are the smallest errors that whole families of poor models can reach on the validation points. The best
constant, the best curve without negative numbers, the best straight line and the best monotone curve are computed
exactly, so that a threshold below one proves that no training, however lucky, lets such a model pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.domain import METRICS, Metric, Recipe
from grader.domain.metrics import BINARY, CLASSES, ONE_HOT
from grader.training.engine.data import Array, Data, Floats
from grader.training.messages import target_kinds

EPSILON = 1e-7
MOST_FEATURES = 512  # with more, the fit takes long and the floor is next to nothing


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
    value = metric.turned(float(figure))
    return value if np.isfinite(value) else None


def _r2(target: Floats, output: Floats) -> Any:
    return 1.0 - np.sum(np.square(output - target)) / np.sum(np.square(target - target.mean(axis=0)))


def _binary_crossentropy(target: Floats, output: Floats) -> Any:
    chance = np.clip(output, EPSILON, 1.0 - EPSILON)
    return -np.mean(target * np.log(chance) + (1.0 - target) * np.log(1.0 - chance))


def _categorical_crossentropy(kind: str, target: Floats, output: Floats) -> Any:
    chance = np.clip(output / np.sum(output, axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    if kind == CLASSES:
        true = labels(kind, target, output)
        return -np.mean(np.log(np.take_along_axis(chance, true[..., None], axis=-1)))
    return -np.mean(np.sum(target * np.log(chance), axis=-1))


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
        splits = [(target.reshape(-1) > 0.5, output.reshape(-1))]
    else:
        scores = output.reshape(-1, output.shape[-1])
        true = labels(kind, target, output).reshape(-1)
        splits = [(true == number, scores[:, number]) for number in range(scores.shape[1])]
    areas = [_area(yes, scores) for yes, scores in splits if 0 < yes.sum() < len(yes)]
    return float(np.mean(areas)) if areas else np.nan


def _area(yes: npt.NDArray[np.bool_], scores: Floats) -> float:
    """The Mann-Whitney statistic: ranks, equal scores sharing theirs."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    positive = int(yes.sum())
    return float((ranks[yes].sum() - positive * (positive + 1) / 2.0) / (positive * (len(yes) - positive)))


FIGURES: Mapping[str, Callable[[str, Floats, Floats], Any]] = {
    "mse": lambda _, target, output: _mean_square(output - target),
    "mae": lambda _, target, output: _mean_size(output - target),
    "r2": lambda _, target, output: _r2(target, output),
    "binary_crossentropy": lambda _, target, output: _binary_crossentropy(target, output),
    "categorical_crossentropy": _categorical_crossentropy,
    "accuracy": lambda kind, target, output: np.mean(labels(kind, target, output) == chosen(kind, target, output)),
    "auc": _auc,
}
assert FIGURES.keys() == METRICS.keys()


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
        floors = _of_squares(features, flat)
        spread = floors["constant"]
        return {name: value / spread for name, value in floors.items()} if metric.rises and spread else floors
    if metric.name == "mae":
        return {
            "constant": _mean_size(flat - np.median(flat, axis=0)),
            "non_negative": _mean_size(np.minimum(flat, 0.0)),
        }
    constant = _constant(metric, kind, target)
    return {} if constant is None else {"constant": constant}


def _of_squares(features: Floats, target: Floats) -> dict[str, float]:
    floors = {
        "constant": _mean_square(target - target.mean(axis=0)),
        "non_negative": _mean_square(np.minimum(target, 0.0)),
    }
    if features.shape[1] <= MOST_FEATURES:
        floors["straight_line"] = _mean_square(target - straight_line(features, target))
    if features.shape[1] == 1 and target.shape[1] == 1:
        order = np.argsort(features[:, 0], kind="stable")
        floors["monotone"] = _mean_square(monotone(target[order, 0]) - target[order, 0])
    return floors


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
