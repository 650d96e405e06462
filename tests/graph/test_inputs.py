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
    keras.utils.clear_session(free_memory=False)  # so that all generated names are alike
    price = keras.Input((3,), name=names[0])
    text = keras.Input((words,), dtype=dtype, name=names[1])
    code = layers.LSTM(4)(layers.Embedding(100, 8)(text))
    out = layers.Dense(1)(layers.concatenate([layers.Dense(6)(price), code]))
    return read(keras.Model([text, price] if swapped else [price, text], out))


NAMELESS = {"words": 3, "names": (None, None)}


@pytest.mark.parametrize(
    ("student", "asked", "same"),
    [
        ({"swapped": True}, {}, True),
        ({"swapped": True, "words": 3}, {"words": 3}, True),
        ({"swapped": True, **NAMELESS}, {"words": 3}, False),
        ({"swapped": True, **NAMELESS}, NAMELESS, False),
        ({"dtype": "float32"}, {}, True),
        ({"dtype": "int64"}, {}, True),
        ({"dtype": "uint8"}, {}, False),
        ({"dtype": "bool"}, {}, False),
    ],
    ids=["other shapes", "names of the data", "no names", "names that Keras generated",
         "float32", "int64", "uint8", "bool"],
)  # fmt: skip
def test_inputs_are_free_where_their_shapes_or_names_tell_them_apart(
    student: dict[str, Any], asked: dict[str, Any], same: bool
) -> None:
    aligned = align(shop(**student), shop(**asked), {}, LABELS)
    assert (aligned is not None) == same
    if aligned is not None:
        assert [aligned.shape(tensor) for tensor in aligned.inputs] == [(None, 3), (None, asked.get("words", 5))]
        assert aligned.input_names == LABELS


def test_an_input_of_another_shape_is_still_told() -> None:
    (difference,) = differences(shop(swapped=True, words=4), shop(), LABELS)
    assert difference.kind == "inputs"
    assert "(4,)" in difference.message


@pytest.mark.parametrize(("dtype", "asked", "is_free"), [("float32", "uint8", True), ("uint8", "float32", False)])
def test_pixels_may_be_floats_where_they_are_rescaled_but_floats_are_no_integers(
    dtype: str, asked: str, is_free: bool
) -> None:
    def picture(kind: str) -> ModelGraph:
        start = keras.Input((4, 4), dtype=kind)
        return read(keras.Model(start, layers.Dense(2)(layers.Flatten()(layers.Rescaling(1 / 255)(start)))))

    assert (align(picture(dtype), picture(asked), {}, ("x",)) is not None) == is_free
