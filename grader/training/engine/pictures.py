"""What a page can show of a head: a few hundred plain numbers, chosen from the validation points.

Numbers are shown point by point, classes as a confusion matrix. The same choice of points is made for the targets,
once, and for the predictions of every run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.domain import HeadPicture, Recipe
from grader.domain.metrics import BINARY, CLASSES, ONE_HOT
from grader.training.engine.data import Data
from grader.training.engine.measures import chosen, labels
from grader.training.messages import target_kinds

MOST_VALUES = 400  # points times numbers at each
MOST_CLASSES = 12
DIGITS = 6


class Pictures:
    """How each head of these data is shown."""

    def __init__(self, data: Data, recipe: Recipe) -> None:
        self._data = data
        self._kinds = target_kinds(recipe)
        self._heads = [self._described(head) for head in range(len(data.y_val))]
        self._points = [self._chosen(picture) for picture in self._heads]

    def heads(self) -> list[dict[str, Any]]:
        """Each head's `HeadPicture` with its targets."""
        return [
            {"kind": picture.kind, "shape": list(picture.shape), "targets": _rounded(target[points])}
            for picture, target, points in zip(self._heads, self._data.y_val, self._points, strict=True)
        ]

    def axis(self) -> list[float]:
        """x of the points that are shown, if there is one axis and every head of numbers shows the same points."""
        x, rows = self._data.axis, {tuple(points) for points in self._points if points}
        return _rounded(x[list(rows.pop())]) if x is not None and len(rows) == 1 else []

    def shown(self, head: int, output: Any) -> list[float | None]:
        """What the picture of a head holds of a run's predictions."""
        if self._heads[head].kind == "values":
            values = np.asarray(output)[self._points[head]].reshape(-1)
            return [float(value) if np.isfinite(value) else None for value in values]
        return self._confusion(head, output) if self._heads[head].kind == "classes" else []

    def _described(self, head: int) -> HeadPicture:
        target, kind = self._data.y_val[head], self._kinds[head]
        flat = int(np.prod(target.shape[1:]))
        if kind in (ONE_HOT, CLASSES):
            largest = max(target.max(), self._data.y_train[head].max())
            classes = target.shape[-1] if kind == ONE_HOT else int(largest) + 1
            return HeadPicture("classes", (classes,) * 2) if classes <= MOST_CLASSES else HeadPicture("none")
        if kind == BINARY and flat == 1 and set(np.unique(target)) <= {-1.0, 0.0, 1.0}:
            return HeadPicture("classes", (2, 2))
        if flat > MOST_VALUES // 10:
            return HeadPicture("none")
        return HeadPicture("values", (min(len(target), MOST_VALUES // flat), flat))

    def _chosen(self, picture: HeadPicture) -> list[int]:
        """Evenly spaced over the validation points; along the axis, where there is one."""
        if picture.kind != "values":
            return []
        samples, x = len(self._data.y_val[0]), self._data.axis
        order = np.arange(samples) if x is None else np.argsort(x, kind="stable")
        return [int(order[place]) for place in np.linspace(0, samples - 1, picture.shape[0]).round().astype(int)]

    def _confusion(self, head: int, output: Any) -> list[float | None]:
        target, kind, classes = self._data.y_val[head], self._kinds[head], self._heads[head].shape[0]
        true = labels(kind, target, output).reshape(-1)
        predictions = chosen(kind, target, output).reshape(-1)
        predictions = np.minimum(predictions, classes - 1)  # a network may have more outputs than there are classes
        return list(map(float, np.bincount(true * classes + predictions, minlength=classes * classes)))


def _rounded(values: Any) -> list[float]:
    return [round(float(value), DIGITS) for value in values.reshape(-1)]
