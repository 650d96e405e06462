"""What poor models reach, for each metric."""

from __future__ import annotations

import numpy as np
import pytest

from grader.domain import Recipe
from grader.training.engine.data import Array, Data
from grader.training.engine.floors import floors, logistic, softmax_regression

DRAW = np.random.default_rng(4)
POINTS = DRAW.normal(size=(400, 2))


def of(target: Array, loss: str, metric: str, points: Array = POINTS) -> dict[str, float]:
    """Floors of one head; every second sample is for validation."""
    target = target[:, None] if target.ndim == 1 else target
    data = Data([points[::2]], [target[::2]], [points[1::2]], [target[1::2]])
    (found,) = floors(data, Recipe("adam", (loss,), (1.0,), 10, 32, metrics=(metric,)))
    return found


def test_the_best_constant_of_each_metric() -> None:
    """The mean, the median, the frequencies, the most frequent class."""
    numbers = POINTS[:, 0] ** 2
    assert of(numbers, "mse", "mse")["constant"] == pytest.approx(numbers[1::2].var())
    middle = np.median(numbers[1::2])
    assert of(numbers, "mae", "mae")["constant"] == pytest.approx(np.abs(numbers[1::2] - middle).mean())
    assert of(numbers, "mse", "r2")["constant"] == 1.0
    yes = (POINTS[:, 0] > 0.5).astype(int)
    share = yes[1::2].mean()
    assert of(yes, "binary_crossentropy", "accuracy")["constant"] == pytest.approx(min(share, 1 - share))
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    for target, loss in ((yes, "sparse_categorical_crossentropy"), (np.eye(2)[yes], "categorical_crossentropy")):
        assert of(target, loss, "categorical_crossentropy")["constant"] == pytest.approx(entropy)
    assert of(yes, "binary_crossentropy", "auc")["constant"] == pytest.approx(0.5)


def test_a_linear_model_separates_what_can_be() -> None:
    """Classes on either side of a line, but not those of a product."""
    line, product = (POINTS.sum(axis=1) > 0).astype(int), (POINTS.prod(axis=1) > 0).astype(int)
    three = np.digitize(POINTS[:, 0], [-0.4, 0.4])
    assert of(line, "binary_crossentropy", "accuracy")["linear_model"] < 0.03
    assert of(product, "binary_crossentropy", "accuracy")["linear_model"] > 0.35
    assert of(three, "sparse_categorical_crossentropy", "accuracy")["linear_model"] < 0.15
    assert of(np.eye(3)[three], "categorical_crossentropy", "accuracy")["linear_model"] < 0.15


def test_a_line_through_many_inputs_is_a_bound_and_no_evidence() -> None:
    """With as many inputs as points it hits them all; what was fitted to other points does not."""
    many = DRAW.normal(size=(60, 40))
    found = of(many[:, 0] ** 2, "mse", "mse", many)
    assert found["straight_line"] < 1e-12 < 1.0 < found["linear_model"]


def test_regressions_end_where_the_slope_is_nothing() -> None:
    """Also for classes that can be separated, which ridge keeps finite."""
    terms = np.column_stack([POINTS, np.ones(len(POINTS))])
    for yes in ((POINTS[:, 0] > 0).astype(float), (DRAW.uniform(size=400) < 1 / (1 + np.exp(-POINTS[:, 0]))).astype(float)):
        weights = logistic(terms, yes)
        slope = terms.T @ (1 / (1 + np.exp(-terms @ weights)) - yes) / 400 + 1e-4 * weights
        assert np.abs(slope).max() < 1e-6
        both = softmax_regression(terms, np.column_stack([1 - yes, yes]))
        assert ((terms @ both).argmax(axis=1) == (terms @ weights > 0)).mean() > 0.98


def test_images_have_the_floors_that_can_be_computed() -> None:
    """A constant image; a straight line too where the pixels are not too many."""
    images = DRAW.uniform(size=(60, 5, 5))
    found = of(images, "mse", "mse", images)
    assert found["constant"] == pytest.approx(images[1::2].var(axis=0).mean())
    assert "monotone" not in found
