"""`shared`: one layer, called on several inputs."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from grader.domain import Status
from tests.checks.students import dense, evidence, look
from tests.graph.networks import model_of


def shared(*, separate: bool = False, one_input: bool = False) -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    first = dense(32)
    second = dense(32) if separate else first
    joined = layers.concatenate([first(a), second(a if one_input else b)])
    return model_of([a, b], dense(1, None)(joined))


def test_a_shared_layer_passes_and_two_equal_ones_fail() -> None:
    assert Status.PASSED is look("shared", evidence(shared()), units=32).status
    finding = look("shared", evidence(shared(separate=True)), units=32)
    assert finding.status is Status.FAILED
    assert finding.message == (
        "The exercise asks for one Dense layer of 32 units, called twice; found: no layer that is called more than once."
    )


def test_a_shared_layer_must_see_different_inputs() -> None:
    options = {"units": 32, "inputs": "different"}
    assert Status.PASSED is look("shared", evidence(shared()), **options).status
    assert Status.FAILED is look("shared", evidence(shared(one_input=True)), **options).status
