"""What the data leave free about inputs: their order, where shapes or names tell, and types with the same numbers."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import ModelGraph
from grader.graph import align, differences
from tests.graph.networks import read

LABELS = ("price", "words")


def shop(*, swapped: bool = False, words: int = 5, dtype: str = "int32", names: tuple[Any, Any] = LABELS) -> ModelGraph:
    price = keras.Input((3,), name=names[0])
    text = keras.Input((words,), dtype=dtype, name=names[1])
    code = layers.LSTM(4)(layers.Embedding(100, 8)(text))
    out = layers.Dense(1)(layers.concatenate([layers.Dense(6)(price), code]))
    return read(keras.Model([text, price] if swapped else [price, text], out))


def test_inputs_of_other_shapes_may_come_in_any_order() -> None:
    found = align(shop(swapped=True), shop(), {}, LABELS)
    assert found is not None
    assert [found.shape(tensor)[1:] for tensor in found.inputs] == [(3,), (5,)]
    assert found.input_names == LABELS


def test_inputs_of_one_shape_may_come_in_any_order_if_they_have_the_names_of_the_data() -> None:
    asked = shop(words=3)
    assert align(shop(words=3, swapped=True), asked, {}, LABELS) is not None
    assert align(shop(words=3, swapped=True, names=(None, None)), asked, {}, LABELS) is None


def test_names_that_keras_generated_say_nothing_about_the_order() -> None:
    keras.utils.clear_session()
    asked = shop(words=3, names=(None, None))
    keras.utils.clear_session()
    assert align(shop(words=3, swapped=True, names=(None, None)), asked, {}, LABELS) is None


def test_an_input_of_another_shape_is_still_told() -> None:
    (found,) = differences(shop(swapped=True, words=4), shop(), LABELS)
    assert found.kind == "inputs"
    assert "(4,)" in found.message


@pytest.mark.parametrize(("dtype", "is_free"), [("float32", True), ("int64", True), ("uint8", False), ("bool", False)])
def test_word_indices_may_be_of_any_type_that_holds_them(dtype: str, is_free: bool) -> None:
    assert (align(shop(dtype=dtype), shop(), {}, LABELS) is not None) == is_free


@pytest.mark.parametrize(("dtype", "asked", "is_free"), [("float32", "uint8", True), ("uint8", "float32", False)])
def test_pixels_may_be_floats_where_they_are_rescaled_but_floats_are_no_integers(
    dtype: str, asked: str, is_free: bool
) -> None:
    def picture(kind: str) -> ModelGraph:
        start = keras.Input((4, 4), dtype=kind)
        return read(keras.Model(start, layers.Dense(2)(layers.Flatten()(layers.Rescaling(1 / 255)(start)))))

    assert (align(picture(dtype), picture(asked), {}, ("x",)) is not None) == is_free
