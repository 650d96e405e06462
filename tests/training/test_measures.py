"""What each metric says, checked against Keras, and what it makes of numbers that are none."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from grader.domain import METRICS, Recipe
from grader.domain.metrics import BINARY, CLASSES, NUMBERS, ONE_HOT, required
from grader.training.engine.measures import error, errors

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


def test_auc_counts_pairs_in_the_right_order() -> None:
    """Equal scores count half; of several classes it is the mean of each against the rest."""
    comparisons = [(a > b) + 0.5 * (a == b) for a in CHANCE[YES == 1] for b in CHANCE[YES == 0]]
    assert error(METRICS["auc"], BINARY, YES, CHANCE) == pytest.approx(1 - np.mean(comparisons))
    assert error(METRICS["auc"], CLASSES, CLASS, ONES) == pytest.approx(0)
    assert error(METRICS["auc"], BINARY, np.ones((5, 1)), CHANCE[:5]) is None


def test_r2_is_the_share_of_the_spread_that_is_explained() -> None:
    mean = np.broadcast_to(NUMBER.mean(axis=0), NUMBER.shape)
    assert error(METRICS["r2"], NUMBERS, NUMBER, mean) == pytest.approx(1)
    assert error(METRICS["r2"], NUMBERS, NUMBER, NUMBER) == 0


def test_classes_of_every_pixel() -> None:
    """Class numbers may have any shape; the network has one axis more."""
    pixels = DRAW.integers(0, 4, (5, 3, 3))
    assert error(METRICS["accuracy"], CLASSES, pixels, np.eye(4)[pixels]) == 0
    assert error(METRICS["categorical_crossentropy"], CLASSES, pixels, np.full((5, 3, 3, 4), 0.25)) == pytest.approx(
        np.log(4)
    )


def test_a_hinge_takes_minus_one_and_one() -> None:
    assert error(METRICS["accuracy"], BINARY, [[-1.0], [1.0]], [[-0.2], [0.2]]) == 0


def test_what_is_not_finite_has_no_error() -> None:
    assert error(METRICS["accuracy"], BINARY, YES, np.where(CHANCE > 0.9, np.nan, CHANCE)) is None
    assert error(METRICS["mse"], NUMBERS, NUMBER, np.full_like(GUESS, 1e200)) is None


def test_each_head_has_its_own() -> None:
    recipe = Recipe("adam", ("mse", "sparse_categorical_crossentropy"), (1.0, 1.0), 10, 32, metrics=("mae", "accuracy"))
    values = errors(recipe, [NUMBER, CLASS], [NUMBER + 0.5, np.eye(4)[CLASS[:, 0]]])
    assert values == (pytest.approx(0.5), 0.0)
    assert (
        required(recipe.measures, (0.2, METRICS["accuracy"].turned(0.9))) == "MAE at most 0.2 and accuracy at least 0.9"
    )
    assert METRICS["accuracy"].shown(METRICS["accuracy"].turned(0.9)) == "0.9"
