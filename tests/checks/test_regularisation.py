"""`regularisation`: a regularizer on the kernels, in every spelling, with its factor."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers, regularizers

from grader.domain import Status
from tests.checks.students import evidence, look


def network(first: Any = "l2", second: Any = "l2", head: Any = None) -> Any:
    x = start = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, kernel_regularizer=first, name="conv")(x)
    x = layers.Dense(8, kernel_regularizer=second, name="hidden")(layers.Flatten()(x))
    return keras.Model(start, layers.Dense(1, kernel_regularizer=head, name="head")(x))


@pytest.mark.parametrize("spelling", ["l2", regularizers.L2(0.01), regularizers.L1L2(l2=0.01)])
def test_a_regularizer_counts_in_every_spelling(spelling: Any) -> None:
    """By name, as an object, and as the sum in which only one factor is not 0."""
    given = evidence(network(spelling))
    assert look("regularisation", given, kernel="l2", factor=0.01).status is Status.PASSED


def test_a_missing_regularizer_names_the_layer() -> None:
    """The output needs none, unless the spec says so."""
    finding = look("regularisation", evidence(network(second=None)), kernel="l2", factor=0.01)
    assert finding.message == "Layer `hidden`: expected `kernel_regularizer=keras.regularizers.L2(0.01)`, found none."
    assert finding.hint == "Write `kernel_regularizer=keras.regularizers.L2(0.01)` in `hidden`."
    assert finding.share == 0.5
    given = evidence(network())
    assert look("regularisation", given, kernel="l2").status is Status.PASSED
    assert look("regularisation", given, kernel="l2", heads=True).status is Status.FAILED


def test_another_factor_or_another_regularizer_fails() -> None:
    """What was found is shown."""
    finding = look("regularisation", evidence(network(regularizers.L2(0.1))), kernel="l2", factor=0.01)
    assert "found `L2(l2=0.1)`" in finding.message
    assert look("regularisation", evidence(network("l1")), kernel="l2").status is Status.FAILED
    assert look("regularisation", evidence(network("l1")), kernel="any").status is Status.PASSED


def test_both_factors_of_l1_l2() -> None:
    """In this order."""
    given = evidence(network(*[regularizers.L1L2(0.1, 0.2)] * 2))
    assert look("regularisation", given, kernel="l1_l2", factor=[0.1, 0.2]).status is Status.PASSED
    assert look("regularisation", given, kernel="l1_l2", factor=[0.2, 0.1]).status is Status.FAILED


def test_some_classes_or_some_layers_may_be_enough() -> None:
    """`of` names classes, `at_least` a number."""
    given = evidence(network(second=None))
    assert look("regularisation", given, kernel="l2", of=["Conv2D"]).status is Status.PASSED
    assert look("regularisation", given, kernel="l2", at_least=1).status is Status.PASSED
    assert look("regularisation", given, kernel="l2", at_least=2).status is Status.FAILED


def test_factors_that_fit_no_regularizer_are_the_authors_mistake() -> None:
    """Two for `l1_l2`, one for the others."""
    for options in ({"kernel": "l2", "factor": [0.1, 0.2]}, {"kernel": "any", "factor": 0.1}):
        with pytest.raises(ValueError, match="`factor` is one number"):
            look("regularisation", evidence(network()), **options)
