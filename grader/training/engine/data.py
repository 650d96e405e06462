"""Training and validation data as arrays, and the floors that follow: what no poor model can fall below.

The arrays are the functions of the tutorial on [0, 1], or those of a file. A floor is the smallest validation MSE that
a whole family of poor models can reach, computed exactly: a threshold below it proves that no training, however lucky,
lets such a model pass.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.domain import DataSpec

Floats = npt.NDArray[np.float64]

N = 1000
VALIDATION_POINTS = 100
VALIDATION_SEED = 7
MAX_FILE_BYTES = 64 * 2**20
MAX_ARRAY_BYTES = 256 * 2**20

FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "x": lambda x: x,
    "sin": lambda x: np.sin(2 * np.pi * x),
    "exp": np.exp,
}


class InvalidDataError(Exception):
    """The data of an assignment cannot be used; the text says why."""


@dataclass(frozen=True)
class Data:
    """Arrays by input and by target, samples first, at least two axes each."""

    x_train: list[Floats]
    y_train: list[Floats]
    x_val: list[Floats]
    y_val: list[Floats]


def make_data(spec: DataSpec) -> Data:
    """The arrays that a spec names; the same ones on every machine."""
    if spec.file is None:
        train, validation = _functions(np.linspace(0.0, 1.0, N)), _functions(validation_points())
    else:
        train, validation = _file(spec.file)
    return Data(
        x_train=[_column(train, name) for name in spec.inputs],
        y_train=[_column(train, name) for name in spec.targets],
        x_val=[_column(validation, name) for name in spec.inputs],
        y_val=[_column(validation, name) for name in spec.targets],
    )


def validation_points() -> Floats:
    """Sorted uniform points. The legacy generator, whose stream NumPy promises never to change."""
    return np.sort(np.random.RandomState(VALIDATION_SEED).rand(VALIDATION_POINTS))


def _functions(x: Floats) -> dict[str, Floats]:
    return {name: function(x) for name, function in FUNCTIONS.items()}


def _column(arrays: dict[str, Floats], name: str) -> Floats:
    if name not in arrays:
        raise InvalidDataError(f"there are no data called {name!r}; available: {', '.join(sorted(arrays))}")
    values = arrays[name]
    return values[:, None] if values.ndim == 1 else values


def _file(path: Path) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Arrays `name` for training and `name_val` for validation."""
    arrays = _read_npz(path)
    validation = {name.removesuffix("_val"): values for name, values in arrays.items() if name.endswith("_val")}
    train = {name: values for name, values in arrays.items() if name in validation}
    if not train or set(train) != set(validation):
        raise InvalidDataError(f"{path.name}: every array `name` needs a `name_val`, and at least one is needed")
    for part in (train, validation):
        if len({len(values) for values in part.values()}) != 1 or not len(next(iter(part.values()))):
            raise InvalidDataError(f"{path.name}: arrays differ in their number of samples, or are empty")
    return train, validation


def _read_npz(path: Path) -> dict[str, Floats]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidDataError(f"{path.name} is larger than {MAX_FILE_BYTES} bytes")
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_ARRAY_BYTES:
                raise InvalidDataError(f"{path.name} unpacks to more than {MAX_ARRAY_BYTES} bytes")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name], dtype=np.float64) for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InvalidDataError(f"{path.name} cannot be read: {error}") from error
    for name, values in arrays.items():
        if values.ndim == 0 or not np.isfinite(values).all():
            raise InvalidDataError(f"{path.name}: {name!r} must be an array of finite numbers")
    return arrays


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
