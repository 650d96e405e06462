"""`inputs`: as many as the exercise has, of its shape, and each of them matters."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, look
from tests.graph.networks import model_of, read


def test_inputs_are_counted() -> None:
    finding = look("inputs", evidence(chain(dense(1, None))), count=2)
    assert finding.status is Status.FAILED
    assert finding.message == "The model has 1 input; the exercise asks for 2."


def test_inputs_of_another_shape_fail() -> None:
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
    a, b = keras.Input((1,)), keras.Input((1,))
    student = evidence(model_of([a, b], dense(1, "softmax")(layers.concatenate([a, b]))))
    assert look("inputs", student, count=2).status is Status.PASSED
    assert look("heads", student, count=1, activation="softmax").status is Status.FAILED


def text() -> Any:
    """Words through an embedding and an LSTM."""
    x = keras.Input((5,), dtype="int32", name="words")
    return keras.Model(x, layers.Dense(1)(layers.LSTM(12)(layers.Embedding(20, 6)(x))))


def three_inputs(*shapes: tuple[int, ...]) -> Any:
    inputs = [keras.Input(shape, name=f"in{number}") for number, shape in enumerate(shapes)]
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate(inputs)))


def test_each_input_has_its_shape() -> None:
    assert look("inputs", evidence(three_inputs((4,), (2,), (1,))), shapes=[[4], [2], [1]]).status is Status.PASSED
    finding = look("inputs", evidence(three_inputs((4,), (3,), (1,))), shapes=[[4], [2], [1]])
    assert finding.message == "Input `in1` does not have shape (2,)."
    assert finding.hint == "Write `Input(shape=(2,))`."
    assert finding.expected == "3 inputs of shape (4,), (2,) and (1,), each leading to an output"


def test_inputs_have_types_where_these_are_given() -> None:
    """An embedding reads whole numbers; -1 is a length that is not fixed."""
    assert look("inputs", evidence(text()), shapes=[[5]], dtypes=["int32"]).status is Status.PASSED
    finding = look("inputs", evidence(text()), count=1, shape=[5], dtypes=["uint8"])
    assert finding.message == "Input `words` has type int32; the exercise asks for uint8."
    assert look("inputs", evidence(text()), shapes=[[5]], dtypes=["float32"]).status is Status.PASSED
    x = keras.Input((None, 2))
    free = evidence(keras.Model(x, layers.Dense(1)(layers.LSTM(3)(x))))
    assert look("inputs", free, shapes=[[-1, 2]]).status is Status.PASSED


@pytest.mark.parametrize(
    "options", [{}, {"shape": [1], "shapes": [[1]]}, {"count": 2, "shapes": [[1]]}, {"count": 2, "dtypes": ["int32"]}]
)
def test_contradictions_of_inputs_are_the_authors(options: dict[str, Any]) -> None:
    """Neither a count nor shapes, both of one kind, or lists of another length."""
    with pytest.raises(ValueError, match=r"give `|for 2 inputs"):
        look("inputs", evidence(text()), **options)
