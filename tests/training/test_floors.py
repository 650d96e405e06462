"""What poor models reach, for each metric."""

from __future__ import annotations

import numpy as np
import pytest

from grader.domain import Recipe
from grader.training.engine.data import Array, Data, make_data
from grader.training.engine.measures import floors
from tests.training.networks import SINE_AND_EXP, SINE_TWICE, recipe

DRAW = np.random.default_rng(4)
POINTS = DRAW.normal(size=(400, 2))


def of(target: Array, loss: str, metric: str, points: Array = POINTS) -> dict[str, float]:
    """Floors of one head; every second sample is for validation."""
    target = target[:, None] if target.ndim == 1 else target
    data = Data([points[::2]], [target[::2]], [points[1::2]], [target[1::2]])
    (by_family,) = floors(data, Recipe("adam", (loss,), (1.0,), 10, 32, metrics=(metric,)))
    return by_family


def test_the_best_constant_of_each_metric() -> None:
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


def test_images_have_the_floors_that_can_be_computed() -> None:
    images = DRAW.uniform(size=(60, 5, 5))
    by_family = of(images, "mse", "mse", images)
    assert by_family["constant"] == pytest.approx(images[1::2].var(axis=0).mean())
    assert "monotone" not in by_family


def test_floors_are_those_of_the_design() -> None:
    sine, exponential = floors(make_data(SINE_AND_EXP), recipe("mse", "mse"))
    assert sine == pytest.approx(
        {"constant": 0.483, "non_negative": 0.261, "straight_line": 0.176, "monotone": 0.0487}, abs=0.0006
    )
    assert exponential["straight_line"] == pytest.approx(0.0035, abs=0.00005)
    assert exponential["monotone"] == 0.0


def test_repeated_inputs_are_one_axis() -> None:
    """Two inputs that get the same numbers do not hide the monotone floor."""
    assert "monotone" in floors(make_data(SINE_TWICE), recipe())[0]
