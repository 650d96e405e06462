"""`heads`: as many outputs as the exercise has, each a layer of its own that can reach its target."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import chain, dense, evidence, hidden_layers, look, two_branches, two_heads
from tests.graph.networks import model_of


def test_a_head_without_a_say_names_what_makes_it_constant() -> None:
    """An output behind `zeros_like` is no head, and the operation is what to remove."""
    x = keras.Input((1,))
    model = model_of(x, [dense(1, None)(x), dense(1, None)(keras.ops.zeros_like(x))])
    finding = look("heads", evidence(model), count=2)
    assert finding.status is Status.FAILED
    assert finding.hint[:14] == "Remove `zeros_"


def test_a_squeezed_head_fails() -> None:
    finding = look("heads", evidence(two_branches(head=dense(1, "sigmoid", name="out"))))
    assert finding.message == "Output `out` ends in `sigmoid`; it must be linear."


def test_one_head_too_many_costs_its_share() -> None:
    x = keras.Input((1,))
    model = keras.Model(x, [dense(1, None)(x) for _ in range(3)])
    finding = look("heads", evidence(model), count=2)
    assert finding.status is Status.FAILED
    assert finding.share == 2 / 3


def test_heads_may_be_left_free() -> None:
    model = two_heads(first=dense(1, "tanh"))
    assert Status.PASSED is look("heads", evidence(model), count=2, activation="any").status


def test_one_tensor_listed_twice_is_not_two_heads() -> None:
    x = keras.Input((1,))
    y = dense(1, None)(x)
    assert Status.FAILED is look("heads", evidence(keras.Model(x, [y, y])), count=2).status


def test_too_few_outputs_need_layers_and_not_only_a_longer_list() -> None:
    finding = look("heads", evidence(hidden_layers(32)), count=2)
    assert finding.hint == "Give the network 2 branches, end each with a `Dense(1)`, and list all of these in `outputs=[…]`."


def heads() -> Any:
    """A class, a number, and an image."""
    x = keras.Input((8, 8, 1))
    image = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="mask")(x)
    flat = layers.Flatten()(x)
    classes = layers.Dense(10, activation="softmax", name="class")(flat)
    return keras.Model(x, [classes, layers.Dense(1, name="age")(flat), image])


def test_each_head_has_its_width_and_activation() -> None:
    options = {"shapes": [[10], [1], [8, 8, 1]], "activations": ["softmax", "linear", "sigmoid"]}
    assert look("heads", evidence(heads()), **options).status is Status.PASSED
    finding = look("heads", evidence(heads()), **(options | {"shapes": [[10], [2], [8, 8, 1]]}))
    assert finding.message == "Output `age` has width 1, not 2."
    finding = look("heads", evidence(heads()), **(options | {"activations": ["softmax", "sigmoid", "sigmoid"]}))
    assert finding.message == "Output `age` ends in `linear`; it must be sigmoid."
    assert finding.hint == "Write `activation='sigmoid'` in the last layer: `Dense(1, …)`."


def test_outputs_may_have_any_rank() -> None:
    options: dict[str, Any] = {"shapes": [[10], [1], [8, 8, 1]], "activation": "any"}
    assert look("heads", evidence(heads()), **options).status is Status.PASSED
    finding = look("heads", evidence(heads()), **(options | {"shapes": [[10], [1], [8, 8, 3]]}))
    assert "has shape (8, 8, 1), not (8, 8, 3)" in finding.message
    assert finding.expected == "3 outputs: width 10, width 1 and shape (8, 8, 3)"
    flat = look("heads", evidence(heads()), **(options | {"shapes": [[10], [1], [1]]}))
    assert flat.hint.startswith("Remove the other axes, for example with `Flatten()`.")


def test_missing_heads_are_described_one_by_one() -> None:
    finding = look("heads", evidence(chain(dense(3, "softmax"))), shapes=[[3], [1]], activations=["softmax", "linear"])
    assert finding.message == "The model has 1 output; the exercise asks for 2."
    assert "`Dense(3, …)` and `Dense(1)`" in finding.hint


@pytest.mark.parametrize(
    "options", [{"shape": [1], "shapes": [[1]]}, {"count": 2, "shapes": [[1]]}, {"activations": ["sigmoidd"]}]
)
def test_contradictions_of_heads_are_the_authors(options: dict[str, Any]) -> None:
    """One shape for all and one for each, lists of another length, and activations that Keras does not have."""
    with pytest.raises(ValueError, match=r"not both|for 2 outputs|did you mean `sigmoid`"):
        look("heads", evidence(heads()), **options)
