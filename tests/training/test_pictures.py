"""What of a head is shown: few numbers, chosen alike for targets and predictions."""

from __future__ import annotations

import numpy as np
import pytest

from grader.domain import Recipe
from grader.training.engine.data import Array, Data
from grader.training.engine.pictures import Pictures

DRAW = np.random.default_rng(2)


def of(target: Array, loss: str = "mse", points: Array | None = None) -> Pictures:
    points = DRAW.normal(size=(len(target), 2)) if points is None else points
    data = Data([points], [target], [points], [target])
    return Pictures(data, Recipe("adam", (loss,), (1.0,), 10, 32))


def test_numbers_are_thinned_evenly() -> None:
    """At most 400 in all, however wide the output is."""
    target = np.arange(6000.0).reshape(3000, 2)
    pictures = of(target)
    (head,) = pictures.heads()
    assert (head["kind"], head["shape"]) == ("values", [200, 2])
    assert pictures.shown(0, target) == head["targets"]
    assert (head["targets"][0], head["targets"][-1]) == (0.0, 5999.0)
    assert pictures.axis() == []


def test_on_one_axis_the_points_are_in_its_order() -> None:
    """So that a curve can be drawn through them."""
    x = DRAW.permutation(50)[:, None] / 50
    pictures = of(x**2, points=x)
    (head,) = pictures.heads()
    assert pictures.axis() == sorted(pictures.axis())
    assert head["targets"] == pytest.approx([value**2 for value in pictures.axis()], abs=1e-6)


@pytest.mark.parametrize(
    ("target", "loss", "output"),
    [
        (np.array([[0], [1], [1]]), "binary_crossentropy", np.array([[0.1], [0.2], [0.9]])),
        (np.array([[0], [1], [1]]), "sparse_categorical_crossentropy", np.array([[1, 0], [1, 0], [0, 1.0]])),
        (np.eye(2)[[0, 1, 1]], "categorical_crossentropy", np.array([[1, 0], [1, 0], [0, 1.0]])),
    ],
)
def test_classes_are_counted(target: Array, loss: str, output: Array) -> None:
    pictures = of(target, loss)
    assert pictures.heads()[0] == {"kind": "classes", "shape": [2, 2], "targets": []}
    assert pictures.shown(0, output) == [1, 0, 1, 1]


def test_what_is_no_number_is_none() -> None:
    """JSON has no NaN."""
    assert of(np.zeros((2, 1))).shown(0, np.array([[np.nan], [1.0]])) == [None, 1.0]


def test_many_classes_are_not_drawn() -> None:
    assert of(np.arange(40)[:, None], "sparse_categorical_crossentropy").heads()[0]["kind"] == "none"
