"""`dropout`: that it is there, at its rate, in its place."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import evidence, look


def network(rate: float = 0.25, *, after_conv: bool = True) -> Any:
    x = start = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.Dropout(rate, name="drop")(x) if after_conv else x
    x = layers.Dense(8, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(0.5, name="late")(x)
    return keras.Model(start, layers.Dense(1)(x))


def test_dropout_at_its_rate_and_place_passes() -> None:
    """After a layer, whatever activation is between, and before another."""
    given = evidence(network())
    assert look("dropout", given, rate=0.25, after="Conv2D").status is Status.PASSED
    assert look("dropout", given, rate=0.5, after="Dense", before="Dense").status is Status.PASSED
    assert look("dropout", given, rate=[0.2, 0.5], count=2).status is Status.PASSED


def test_another_rate_is_named_with_its_layer() -> None:
    """And the line to write."""
    finding = look("dropout", evidence(network(0.4)), rate=0.25, after="Conv2D")
    assert finding.message == "Layer `drop` has rate 0.4; expected rate 0.25."
    assert finding.hint == "Write `Dropout(0.25)` there."


def test_missing_dropout_says_where_it_belongs() -> None:
    """One that is somewhere else is mentioned; a rate of 0 is none."""
    finding = look("dropout", evidence(network(after_conv=False)), rate=0.25, after="Conv2D")
    assert finding.message == "The model has no `Dropout` layers after `Conv2D`; expected `Dropout`. `late` is in the wrong place."
    assert finding.hint == "Call `Dropout(0.25)` after `Conv2D`."
    assert look("dropout", evidence(network(0.0)), after="Conv2D").status is Status.FAILED


def test_too_much_dropout_is_too_much() -> None:
    """A number may be required, also none."""
    finding = look("dropout", evidence(network()), count=1)
    assert finding.message == "The model has 2 `Dropout` layers; expected 1 `Dropout` layer."
    assert finding.hint == "Remove `late`."
    assert look("dropout", evidence(keras.Sequential([keras.Input((1,)), layers.Dense(1)])), count=0).status is Status.PASSED


def test_other_classes_of_dropout_count_where_they_are_named() -> None:
    """Spatial dropout is none of `Dropout`."""
    x = keras.Input((8, 8, 4))
    model = keras.Model(x, layers.Dense(1)(layers.Flatten()(layers.SpatialDropout2D(0.2)(x))))
    assert look("dropout", evidence(model)).status is Status.FAILED
    assert look("dropout", evidence(model), of=["SpatialDropout2D"], rate=0.2).status is Status.PASSED


@pytest.mark.parametrize("rate", [1.5, [0.1], [0.1, 0.2, 0.3]])
def test_an_impossible_rate_is_the_authors_mistake(rate: Any) -> None:
    """From 0 to 1, one of them or two."""
    with pytest.raises(ValueError, match="expected a rate from 0 to 1"):
        look("dropout", evidence(network()), rate=rate)
