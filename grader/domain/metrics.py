"""What a head is measured by: which figure, in which direction it is better, and how it is worded.

Inside, every measure is an *error*, so that smaller is better and a head hits at or below its threshold. A figure that
is better when larger is turned into what it lacks (`1 - accuracy`), here and nowhere else; whoever writes for a person
turns it back with `turned`. The numbers themselves are computed in the trainer, `training.engine.measures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.domain.words import listed


@dataclass(frozen=True)
class Metric:
    """One measure. `noun` stands in sentences ("the error stays at 0.2"), `title` where several are told apart.

    `rises`: larger is better, and 1 is perfect.
    """

    name: str
    noun: str
    title: str
    rises: bool = False

    def turned(self, figure: float) -> float:
        """A figure as an error, and an error as a figure: the same step in both directions."""
        return 1.0 - figure if self.rises else figure

    @property
    def bound(self) -> str:
        """How a threshold is worded."""
        return "at least" if self.rises else "at most"

    def shown(self, error: float | None, digits: int = 3) -> str:
        """The figure in words."""
        return f"no finite {self.noun}" if error is None else f"{self.turned(error):.{digits}g}"


MSE = Metric("mse", "error", "MSE")
METRICS = {
    metric.name: metric
    for metric in (
        MSE,
        Metric("mae", "absolute error", "MAE"),
        Metric("binary_crossentropy", "cross-entropy", "binary cross-entropy"),
        Metric("categorical_crossentropy", "cross-entropy", "cross-entropy"),
        Metric("accuracy", "accuracy", "accuracy", rises=True),
        Metric("auc", "AUC", "AUC", rises=True),
        Metric("r2", "R²", "R²", rises=True),
    )
}

NUMBERS, BINARY, ONE_HOT, CLASSES = "numbers", "yes or no", "one-hot classes", "class numbers"
KINDS = {
    "binary_crossentropy": BINARY, "hinge": BINARY, "squared_hinge": BINARY,
    "categorical_crossentropy": ONE_HOT, "categorical_hinge": ONE_HOT, "kl_divergence": ONE_HOT,
    "sparse_categorical_crossentropy": CLASSES,
}  # fmt: skip
"""What the targets are, by the loss; numbers for every other loss."""

FITTING = {
    NUMBERS: ("mse", "mae", "r2"),
    BINARY: ("binary_crossentropy", "accuracy", "auc", "mse", "mae"),
    ONE_HOT: ("categorical_crossentropy", "accuracy", "auc", "mse", "mae"),
    CLASSES: ("categorical_crossentropy", "accuracy", "auc"),
}
"""What targets of each kind can be measured by."""

_OF_LOSS = {
    "mae": "mae", "mape": "mae", "binary_crossentropy": "binary_crossentropy",
    "categorical_crossentropy": "categorical_crossentropy", "kl_divergence": "categorical_crossentropy",
    "sparse_categorical_crossentropy": "categorical_crossentropy",
    "hinge": "accuracy", "squared_hinge": "accuracy", "categorical_hinge": "accuracy",
}  # fmt: skip


def kind_of(loss: str) -> str:
    """What the targets of a loss are, given by its plain name."""
    return KINDS.get(loss, NUMBERS)


def metric_of(loss: str) -> str:
    """The measure that a loss asks for, given by its plain name."""
    return _OF_LOSS.get(loss, MSE.name)


def measures(names: Sequence[str], heads: int) -> tuple[Metric, ...]:
    """The measure of each head; the mean squared error where none is named, as it was before there was a choice."""
    return tuple(METRICS[name] for name in names) or (MSE,) * heads


def required(metrics: Sequence[Metric], thresholds: Sequence[float]) -> str:
    """`MSE at most 0.01 and 0.003`, or each with its own measure: `MSE at most 0.01 and accuracy at least 0.9`."""
    goals = [f"{metric.turned(threshold):.6g}" for metric, threshold in zip(metrics, thresholds, strict=True)]
    if len(set(metrics)) == 1:
        return f"{metrics[0].title} {metrics[0].bound} {listed(goals)}"
    return listed([f"{metric.title} {metric.bound} {goal}" for metric, goal in zip(metrics, goals, strict=True)])
