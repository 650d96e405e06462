"""`inputs`: as many as the exercise has, of its shape, and each of them matters."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look
from tests.graph.networks import model_of, read


def test_inputs_are_counted() -> None:
    """One input where two are asked for is the first sentence."""
    finding = look("inputs", evidence(chain(dense(1, None))), count=2)
    assert finding.status is Status.FAILED
    assert finding.message == "The model has 1 input; the exercise asks for 2."


def test_inputs_of_another_shape_fail() -> None:
    """The shape to write is named."""
    x = keras.Input((2,))
    finding = look("inputs", evidence(keras.Model(x, dense(1)(x))), count=1)
    assert finding.status is Status.FAILED
    assert finding.hint == "Write `Input(shape=(1,))`."


def test_a_result_in_place_of_an_input_is_told_as_that() -> None:
    """A variable that was used again: there is an `Input` of the right shape, which the model does not have."""
    start = keras.Input((1,))
    x = dense(32)(start)
    found = evidence(keras.Model(x, dense(1)(x)), reference=read(keras.Model(start, dense(1)(x))))
    finding = look("inputs", found, count=1)
    assert finding.message.startswith("`Model(inputs=…)` is given the output of a layer, not an `Input`")
    assert finding.hint.startswith("Keep each `Input` in a variable of its own")
    told = [(one.message, one.hint) for one in found.differences if one.kind == "inputs"]
    assert told[0] == (finding.message, finding.hint)


def test_an_input_that_leads_nowhere_fails() -> None:
    """An input that is listed and not used is named."""
    a, b = keras.Input((1,)), keras.Input((1,), name="idle")
    finding = look("inputs", evidence(model_of([a, b], dense(1)(a))), count=2)
    assert finding.status is Status.FAILED
    assert "`idle` is not used" in finding.message


@pytest.mark.filterwarnings("ignore:You are using a softmax")
def test_an_input_whose_numbers_are_lost_names_what_loses_them() -> None:
    """The operation as the student wrote it; `softmax` over one unit with a way out."""
    a, b = keras.Input((1,)), keras.Input((1,), name="idle")
    like = evidence(model_of([a, b], layers.concatenate([dense(1)(a), dense(2)(keras.ops.zeros_like(b))])))
    assert "a `keras.ops.zeros_like`, gives the same result for every input" in look("inputs", like, count=2).message
    single = evidence(model_of([a, b], layers.concatenate([dense(1)(a), dense(1, "softmax", name="one")(b)])))
    finding = look("inputs", single, count=2)
    assert "`one`, `softmax` over a single unit, is always 1." in finding.message
    assert finding.hint == "Give `one` another activation, such as `sigmoid`, or more units."


@pytest.mark.filterwarnings("ignore:You are using a softmax")
def test_an_output_that_is_constant_is_no_fault_of_the_inputs() -> None:
    """`heads` reports it, and one cause costs points once."""
    a, b = keras.Input((1,)), keras.Input((1,))
    student = evidence(model_of([a, b], dense(1, "softmax")(layers.concatenate([a, b]))))
    assert look("inputs", student, count=2).status is Status.PASSED
    assert look("heads", student, count=1, activation="softmax").status is Status.FAILED
