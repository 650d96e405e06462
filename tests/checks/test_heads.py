"""`heads`: as many outputs as the exercise has, each a layer of its own that can reach its target."""

from __future__ import annotations

import keras

from grader.domain import Status
from tests.checks.students import dense, evidence, hidden_layers, look, two_branches, two_heads
from tests.graph.networks import model_of


def test_a_head_without_a_say_names_what_makes_it_constant() -> None:
    """An output behind `zeros_like` is no head, and the operation is what to remove."""
    x = keras.Input((1,))
    model = model_of(x, [dense(1, None)(x), dense(1, None)(keras.ops.zeros_like(x))])
    finding = look("heads", evidence(model), count=2)
    assert finding.status is Status.FAILED
    assert finding.hint[:14] == "Remove `zeros_"


def test_a_squeezed_head_fails() -> None:
    """A sigmoid head cannot reach the sine's negative half."""
    finding = look("heads", evidence(two_branches(head=dense(1, "sigmoid", name="out"))))
    assert finding.message == "Output `out` ends in `sigmoid`; it must be linear."


def test_one_head_too_many_costs_its_share() -> None:
    """Though each of them is right."""
    x = keras.Input((1,))
    model = keras.Model(x, [dense(1, None)(x) for _ in range(3)])
    finding = look("heads", evidence(model), count=2)
    assert finding.status is Status.FAILED
    assert finding.share == 2 / 3


def test_heads_may_be_left_free() -> None:
    """`activation = "any"` looks at number and width only."""
    model = two_heads(first=dense(1, "tanh"))
    assert Status.PASSED is look("heads", evidence(model), count=2, activation="any").status


def test_one_tensor_listed_twice_is_not_two_heads() -> None:
    """Two outputs need two layers."""
    x = keras.Input((1,))
    y = dense(1, None)(x)
    assert Status.FAILED is look("heads", evidence(keras.Model(x, [y, y])), count=2).status


def test_too_few_outputs_need_layers_and_not_only_a_longer_list() -> None:
    """Listing what is not there is no next step."""
    finding = look("heads", evidence(hidden_layers(32)), count=2)
    assert finding.hint == "Give the network 2 branches, end each with a `Dense(1)`, and list all of these in `outputs=[…]`."
