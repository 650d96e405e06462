"""What each metric says, checked against Keras, what it makes of numbers that are none, and what poor models reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from grader.domain import METRICS
from grader.domain.metrics import BINARY, CLASSES, NUMBERS, ONE_HOT, required
from grader.training.engine.data import Array, Data, make_data
from grader.training.engine.measures import error, errors, floors
from tests.training.networks import FLOORS, SINE_AND_EXP, SINE_TWICE, recipe

DRAW = np.random.default_rng(1)
YES = DRAW.integers(0, 2, (60, 1))
CHANCE = np.clip(0.6 * YES + DRAW.uniform(0, 0.7, (60, 1)), 0.01, 0.99)
CLASS = DRAW.integers(0, 4, (60, 1))
SHARES = DRAW.dirichlet(np.ones(4), 60)
ONES = np.eye(4)[CLASS[:, 0]]
NUMBER, GUESS = DRAW.normal(size=(60, 3)), DRAW.normal(size=(60, 3))


@pytest.mark.parametrize(
    ("name", "kind", "target", "output", "theirs"),
    [
        ("mse", NUMBERS, NUMBER, GUESS, keras.metrics.MeanSquaredError()),
        ("mae", NUMBERS, NUMBER, GUESS, keras.metrics.MeanAbsoluteError()),
        ("binary_crossentropy", BINARY, YES, CHANCE, keras.metrics.BinaryCrossentropy()),
        ("accuracy", BINARY, YES, CHANCE, keras.metrics.BinaryAccuracy()),
        ("categorical_crossentropy", ONE_HOT, ONES, SHARES, keras.metrics.CategoricalCrossentropy()),
        ("accuracy", ONE_HOT, ONES, SHARES, keras.metrics.CategoricalAccuracy()),
        ("categorical_crossentropy", CLASSES, CLASS, SHARES, keras.metrics.SparseCategoricalCrossentropy()),
        ("accuracy", CLASSES, CLASS, SHARES, keras.metrics.SparseCategoricalAccuracy()),
    ],
)
def test_a_metric_is_what_keras_says(name: str, kind: str, target: Any, output: Any, theirs: Any) -> None:
    theirs.update_state(target, output)
    value = METRICS[name].turned(error(METRICS[name], kind, target, output))
    assert value == pytest.approx(float(theirs.result()), abs=1e-5)


PIXELS = DRAW.integers(0, 4, (5, 3, 3))  # class numbers may have any shape; the network has one axis more
PAIRS = np.mean([(a > b) + 0.5 * (a == b) for a in CHANCE[YES == 1] for b in CHANCE[YES == 0]])


@pytest.mark.parametrize(
    ("name", "kind", "target", "output", "value"),
    [
        pytest.param(
            "auc", BINARY, YES, CHANCE, 1 - PAIRS, id="pairs in the right order, where equal scores count half"
        ),
        pytest.param("auc", CLASSES, CLASS, ONES, 0, id="the mean of each class against the rest"),
        pytest.param("auc", BINARY, np.ones((5, 1)), CHANCE[:5], None, id="no pair"),
        pytest.param("r2", NUMBERS, NUMBER, NUMBER * 0 + NUMBER.mean(axis=0), 1, id="nothing explained"),
        pytest.param("r2", NUMBERS, NUMBER, NUMBER, 0, id="all explained"),
        pytest.param("accuracy", CLASSES, PIXELS, np.eye(4)[PIXELS], 0, id="every pixel right"),
        pytest.param("categorical_crossentropy", CLASSES, PIXELS, np.full((5, 3, 3, 4), 0.25), np.log(4), id="pixels"),
        pytest.param("accuracy", BINARY, [[-1.0], [1.0]], [[-0.2], [0.2]], 0, id="minus one and one, as of a hinge"),
        pytest.param("accuracy", BINARY, YES, np.where(CHANCE > 0.9, np.nan, CHANCE), None, id="not a number"),
        pytest.param("mse", NUMBERS, NUMBER, np.full_like(GUESS, 1e200), None, id="not finite"),
    ],
)
def test_an_error_is_what_its_metric_lacks(name: str, kind: str, target: Any, output: Any, value: float | None) -> None:
    expected = None if value is None else pytest.approx(value)
    assert error(METRICS[name], kind, target, output) == expected


def test_each_head_has_its_own() -> None:
    how = replace(recipe("mse", "sparse_categorical_crossentropy"), metrics=("mae", "accuracy"))
    values = errors(how, [NUMBER, CLASS], [NUMBER + 0.5, np.eye(4)[CLASS[:, 0]]])
    assert values == (pytest.approx(0.5), 0.0)
    accuracy = METRICS["accuracy"].turned(0.9)
    assert required(how.measures, (0.2, accuracy)) == "MAE at most 0.2 and accuracy at least 0.9"
    assert METRICS["accuracy"].shown(accuracy) == "0.9"


POINTS = DRAW.normal(size=(400, 2))


def of(target: Array, loss: str, metric: str, points: Array = POINTS) -> dict[str, float]:
    """Floors of one head; every second sample is for validation."""
    target = target[:, None] if target.ndim == 1 else target
    data = Data([points[::2]], [target[::2]], [points[1::2]], [target[1::2]])
    (by_family,) = floors(data, replace(recipe(loss), metrics=(metric,)))
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
    assert sine == pytest.approx(FLOORS, abs=0.001)
    assert exponential["straight_line"] == pytest.approx(0.0035, abs=0.00005)
    assert exponential["monotone"] == 0.0


def test_repeated_inputs_are_one_axis() -> None:
    """Two inputs that get the same numbers do not hide the monotone floor."""
    assert "monotone" in floors(make_data(SINE_TWICE), recipe())[0]
