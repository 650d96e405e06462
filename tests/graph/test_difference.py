"""The first difference is the cause, in the student's own names."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.graph import differences
from tests.graph.networks import read
from tests.graph.test_compare import changed, heads, shared, tutorial

X2 = ("x", "x")


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"right": 32}, "width", "expected 20 units, found 32"),
        ({"activation": "relu"}, "activation", "expected activation `sigmoid`, found `relu`"),
        ({"dropped": True}, "missing", "`Dense(32, sigmoid)` is missing"),
        ({"extra": True}, "extra", "one too many"),
        ({"squeeze": "tanh"}, "activation", "expected activation none, found `tanh`"),
        ({"one_input_twice": True}, "wiring", "is called on"),
    ],
    ids=str,
)
def test_one_change_is_named_as_what_it_is(change: dict[str, Any], kind: str, words: str) -> None:
    """A changed width is not reported as a missing and an extra layer."""
    found = differences(read(changed(**change)), read(tutorial()), X2)
    assert (kind, True) == (found[0].kind, words in found[0].message)


def test_separate_layers_are_named_where_a_shared_one_is_asked() -> None:
    """The student reads which two layers should be one."""
    found = differences(read(shared(separate=True)), read(shared(separate=False)), X2)
    assert "sharing" in {difference.kind for difference in found}


def test_swapped_outputs_are_named() -> None:
    """Where all layers agree and only the order of the outputs differs, that is what is said."""
    found = differences(read(heads(swapped=True)), read(heads(swapped=False)), ("x",))
    assert found


def test_the_layer_is_named_as_the_student_named_it() -> None:
    """Messages speak of the student's own layers."""
    a, b = keras.Input((1,)), keras.Input((1,))
    x = layers.concatenate([layers.Dense(32, "sigmoid")(a), layers.Dense(21, "sigmoid", name="my_layer")(b)])
    model = keras.Model([a, b], layers.Dense(1)(layers.Dense(32, "sigmoid")(x)))
    assert differences(read(model), read(tutorial()), X2)[0].layer == "my_layer"
