"""`order`: one class before another, directly or eventually, however the network is spelled."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import evidence, look

BEFORE = {"first": "BatchNormalization", "then": "Activation", "directly": True}


def network(*parts: Any) -> Any:
    x = start = keras.Input((4,))
    for part in parts:
        x = part(x)
    return keras.Model(start, layers.Dense(1, name="head")(x))


def test_normalisation_before_the_activation() -> None:
    """As a layer of its own after it; a `ReLU` is an activation as well."""
    for activation in (layers.Activation("relu"), layers.ReLU(), keras.ops.relu):
        model = network(layers.Dense(8), layers.BatchNormalization(), activation)
        assert look("order", evidence(model), **BEFORE).status is Status.PASSED


def test_normalisation_after_the_activation_is_named() -> None:
    """What follows it instead, and how to write it."""
    model = network(layers.Dense(8, activation="relu"), layers.BatchNormalization(name="norm"))
    finding = look("order", evidence(model), **BEFORE)
    assert finding.message == "`norm` has no activation directly after it: it is followed by `Dense`."
    assert finding.hint.startswith("Leave `activation` out of the preceding layer")


def test_a_class_that_is_missing_is_no_order() -> None:
    """Then it has to be added first."""
    finding = look("order", evidence(network(layers.Dense(8))), **BEFORE)
    assert finding.message == "The model has no `BatchNormalization`."


@pytest.mark.parametrize(("directly", "status"), [(False, Status.PASSED), (True, Status.FAILED)])
def test_eventually_and_directly_differ(directly: bool, status: Status) -> None:
    """Something may be between the two, or not."""
    model = network(layers.Dense(8), layers.Dropout(0.2), layers.BatchNormalization())
    found = look("order", evidence(model), first="Dense", then="BatchNormalization", directly=directly, each="then")
    assert found.status is status


def test_each_says_which_of_the_two_needs_the_other() -> None:
    """The head is a Dense layer that no normalisation follows; but each normalisation follows a Dense layer."""
    given = evidence(network(layers.Dense(8), layers.BatchNormalization()))
    options: dict[str, Any] = {"first": "Dense", "then": "BatchNormalization", "directly": True}
    finding = look("order", given, **options)
    assert (finding.status, finding.share) == (Status.FAILED, 0.5)
    assert "`head`" in finding.message
    assert look("order", given, **options, each="then").status is Status.PASSED


def test_a_dropout_of_nothing_is_not_between() -> None:
    """Layers that change nothing do not count: equal networks get equal verdicts."""
    model = network(layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.0), layers.Activation("relu"))
    assert look("order", evidence(model), **BEFORE).status is Status.PASSED


def test_an_unknown_class_is_the_authors_mistake() -> None:
    """With the nearest that Keras has."""
    with pytest.raises(ValueError, match="did you mean `BatchNormalization`"):
        look("order", evidence(network()), first="BatchNormalisation", then="Dense")
