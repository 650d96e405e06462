"""Training and validation data as arrays: the functions of the tutorial on [0, 1], or those of a file.

Arrays keep the numbers that they have: integers index an `Embedding` or name classes, images may be of bytes. Whoever
computes with them converts them, as `fit` does, to what the network's inputs take.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.domain import DataSpec
from grader.training.messages import BUILT_IN_SAMPLES

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

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

    x_train: list[Array]
    y_train: list[Array]
    x_val: list[Array]
    y_val: list[Array]

    @property
    def axis(self) -> Floats | None:
        """x of the validation points, if all inputs are fed with one and the same number."""
        columns = np.concatenate([values.reshape(len(values), -1) for values in self.x_val], axis=1)
        is_single = columns.shape[1] == 1 or (columns == columns[:, :1]).all()
        return columns[:, 0].astype(np.float64) if is_single else None


def make_data(spec: DataSpec) -> Data:
    """The arrays that a spec names; the same ones on every machine."""
    if spec.file is None:
        # The legacy generator, whose stream NumPy promises never to change.
        points = np.sort(np.random.RandomState(VALIDATION_SEED).rand(VALIDATION_POINTS))
        train, validation = _functions(np.linspace(0.0, 1.0, BUILT_IN_SAMPLES)), _functions(points)
    else:
        train, validation = _file(spec.file)
    return Data(
        x_train=[_column(train, name) for name in spec.inputs],
        y_train=[_column(train, name) for name in spec.targets],
        x_val=[_column(validation, name) for name in spec.inputs],
        y_val=[_column(validation, name) for name in spec.targets],
    )


def _functions(x: Floats) -> dict[str, Array]:
    return {name: function(x) for name, function in FUNCTIONS.items()}


def _column(arrays: dict[str, Array], name: str) -> Array:
    if name not in arrays:
        raise InvalidDataError(f"there are no data called {name!r}; available: {', '.join(sorted(arrays))}")
    values = arrays[name]
    return values[:, None] if values.ndim == 1 else values


def _file(path: Path) -> tuple[dict[str, Array], dict[str, Array]]:
    """Arrays `name` for training and `name_val` for validation."""
    arrays = _read_npz(path)
    validation = {name.removesuffix("_val"): values for name, values in arrays.items() if name.endswith("_val")}
    train = {name: values for name, values in arrays.items() if name in validation}
    if not train or set(train) != set(validation):
        raise InvalidDataError(f"{path.name}: every array `name` needs a `name_val`, and at least one is needed")
    for part in (train, validation):
        if len({len(values) for values in part.values()}) != 1 or not len(next(iter(part.values()))):
            raise InvalidDataError(f"{path.name}: arrays differ in their number of samples, or are empty")
    for name, values in train.items():
        if values.shape[1:] != validation[name].shape[1:]:
            shapes = f"{values.shape[1:]} for training and {validation[name].shape[1:]} for validation"
            raise InvalidDataError(f"{path.name}: a sample of {name!r} has shape {shapes}")
    return train, validation


def _read_npz(path: Path) -> dict[str, Array]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidDataError(f"{path.name} is larger than {MAX_FILE_BYTES} bytes")
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_ARRAY_BYTES:
                raise InvalidDataError(f"{path.name} unpacks to more than {MAX_ARRAY_BYTES} bytes")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: _plain(archive[name]) for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InvalidDataError(f"{path.name} cannot be read: {error}") from error
    for name, values in arrays.items():
        if values.ndim == 0 or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
            raise InvalidDataError(f"{path.name}: {name!r} must be an array of finite numbers")
    return arrays


def _plain(values: Array) -> Array:
    """Yes and no as 1 and 0, and halves as floats that every computation takes."""
    if values.dtype.kind == "b":
        return values.astype(np.int8)
    return values.astype(np.float32) if values.dtype == np.float16 else values


def measure(data: Data) -> dict[str, Any]:
    """Of each input and target: the shape of a sample, and the smallest and largest number if all are whole."""
    return {
        "inputs": [_described(train, val) for train, val in zip(data.x_train, data.x_val, strict=True)],
        "targets": [_described(train, val) for train, val in zip(data.y_train, data.y_val, strict=True)],
        "samples": len(data.x_train[0]),
    }


def _described(train: Array, val: Array) -> dict[str, Any]:
    whole = all((values == np.round(values)).all() for values in (train, val))
    limits = [int(min(train.min(), val.min())), int(max(train.max(), val.max()))] if whole else None
    return {"shape": list(train.shape[1:]), "limits": limits}
