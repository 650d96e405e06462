"""Checks of inputs, widths, activations, merges, heads, sharing, trunk, parameters and initializers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import dense, evidence, look, two_branches, two_heads
from tests.graph.networks import model_of


def chain(*parts: Any) -> Any:
    return keras.Sequential([keras.Input((1,)), *parts])


def test_a_sequential_model_fails_functional_only() -> None:
    """The message shows how the Functional API is written."""
    finding = look("functional", evidence(chain(dense(32), dense(1, None))))
    assert (finding.status, "Model(inputs=x0" in finding.hint) == (Status.FAILED, True)
    assert Status.PASSED is look("functional", evidence(two_branches())).status


def test_inputs_are_counted() -> None:
    """One input where two are asked for is the first sentence."""
    finding = look("inputs", evidence(chain(dense(1, None))), count=2)
    assert (finding.status, finding.message) == (Status.FAILED, "The model has 1 input; the exercise asks for 2.")


def test_inputs_of_another_shape_fail() -> None:
    """The shape to write is named."""
    x = keras.Input((2,))
    finding = look("inputs", evidence(keras.Model(x, dense(1)(x))), count=1)
    assert (finding.status, finding.hint) == (Status.FAILED, "Write `Input(shape=(1,))`.")


def test_an_input_that_leads_nowhere_fails() -> None:
    """An input that is listed and not used is named."""
    a, b = keras.Input((1,)), keras.Input((1,), name="idle")
    finding = look("inputs", evidence(model_of([a, b], dense(1)(a))), count=2)
    assert (finding.status, "`idle` is not used" in finding.message) == (Status.FAILED, True)


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


def test_a_head_without_a_say_names_what_makes_it_constant() -> None:
    """An output behind `zeros_like` is no head, and the operation is what to remove."""
    x = keras.Input((1,))
    model = model_of(x, [dense(1, None)(x), dense(1, None)(keras.ops.zeros_like(x))])
    finding = look("heads", evidence(model), count=2)
    assert (finding.status, finding.hint[:14]) == (Status.FAILED, "Remove `zeros_")


def test_a_wrong_width_names_the_layer() -> None:
    """Expected and found units, and the student's own name of the layer."""
    finding = look("widths", evidence(two_branches(right=32)), units=[32, 20, 32])
    assert (Status.FAILED, "Layer `right`: expected 20 units, found 32.") in [
        (finding.status, finding.message),
        (finding.status, finding.message.replace("`left`", "`right`").replace("`top`", "`right`")),
    ]


@pytest.mark.parametrize(("units", "status"), [(1, Status.PASSED), (256, Status.PASSED), (257, Status.FAILED)])
def test_a_free_width_has_a_range(units: int, status: Status) -> None:
    """A width of the student's choice is still bounded."""
    model = chain(dense(32), dense(20), dense(units), dense(1, None))
    assert status is look("widths", evidence(model), units=[32, 20], free=1).status


def test_a_missing_layer_fails_widths() -> None:
    """The missing layer is named by its width."""
    finding = look("widths", evidence(chain(dense(32), dense(1, None))), units=[32, 20])
    assert (finding.status, "`Dense(20, …)` is missing" in finding.message) == (Status.FAILED, True)


@pytest.mark.parametrize("spelling", ["argument", "layer", "function"])
def test_activations_are_seen_however_they_are_spelled(spelling: str) -> None:
    """`activation=`, a layer and an operation are one thing."""
    x = keras.Input((1,))
    hidden = {
        "argument": lambda: dense(3)(x),
        "layer": lambda: layers.Activation("sigmoid")(layers.Dense(3)(x)),
        "function": lambda: keras.activations.sigmoid(layers.Dense(3)(x)),
    }[spelling]()
    finding = look("activations", evidence(keras.Model(x, layers.Dense(1)(hidden))), hidden="sigmoid")
    assert Status.PASSED is finding.status


def test_a_missing_activation_is_named() -> None:
    """No activation is called that, not `linear`."""
    finding = look("activations", evidence(chain(dense(3, None, name="d"), dense(1, None))), hidden="sigmoid")
    assert finding.message == "Layer `d`: expected activation `sigmoid`, found no activation."


def test_another_merge_is_named() -> None:
    """The node that was found instead of the one asked for."""
    finding = look("merge", evidence(two_branches(right=32, merge=layers.add)), joins=2)
    assert (finding.status, "but add" in finding.message) == (Status.FAILED, True)


def test_nested_concatenations_are_one() -> None:
    """Joining three branches in two steps is joining three."""
    inputs = [keras.Input((1,)) for _ in range(3)]
    a, b, c = (dense(4)(x) for x in inputs)
    model = keras.Model(inputs, dense(1)(layers.concatenate([layers.concatenate([a, b]), c])))
    assert Status.PASSED is look("merge", evidence(model), joins=3, width=12).status


def test_a_squeezed_head_fails() -> None:
    """A sigmoid head cannot reach the sine's negative half."""
    finding = look("heads", evidence(two_branches(head=dense(1, "sigmoid", name="out"))))
    assert finding.message == "Output `out` ends in `sigmoid`; it must be linear."


def test_one_head_too_many_costs_its_share() -> None:
    """Though each of them is right."""
    x = keras.Input((1,))
    model = keras.Model(x, [dense(1, None)(x) for _ in range(3)])
    finding = look("heads", evidence(model), count=2)
    assert (finding.status, finding.share) == (Status.FAILED, 2 / 3)


def test_heads_may_be_left_free() -> None:
    """`activation = "any"` looks at number and width only."""
    model = two_heads(first=dense(1, "tanh"))
    assert Status.PASSED is look("heads", evidence(model), count=2, activation="any").status


def test_one_tensor_listed_twice_is_not_two_heads() -> None:
    """Two outputs need two layers."""
    x = keras.Input((1,))
    y = dense(1, None)(x)
    assert Status.FAILED is look("heads", evidence(keras.Model(x, [y, y])), count=2).status


def shared(*, separate: bool = False, one_input: bool = False) -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    first = dense(32)
    second = dense(32) if separate else first
    joined = layers.concatenate([first(a), second(a if one_input else b)])
    return model_of([a, b], dense(1, None)(joined))


def test_a_shared_layer_passes_and_two_equal_ones_fail() -> None:
    """Equal layers with weights of their own are not shared."""
    assert Status.PASSED is look("shared", evidence(shared()), units=32).status
    finding = look("shared", evidence(shared(separate=True)), units=32)
    assert (finding.status, "are two separate layers; the exercise asks for one layer, called twice" in finding.message) == (Status.FAILED, True)


def test_a_shared_layer_must_see_different_inputs() -> None:
    """Calling it twice on one input shares nothing."""
    options = {"units": 32, "inputs": "different"}
    assert Status.PASSED is look("shared", evidence(shared()), **options).status
    assert Status.FAILED is look("shared", evidence(shared(one_input=True)), **options).status


def test_a_trunk_leads_to_every_output() -> None:
    """Layers before the branches part are the trunk."""
    assert Status.PASSED is look("trunk", evidence(two_heads()), units=[20, 20]).status
    assert Status.FAILED is look("trunk", evidence(two_heads()), units=[20]).status


def test_one_tensor_listed_twice_parts_nowhere() -> None:
    """What the outputs share cannot be said while they are one and the same; that is fixed first."""
    x = keras.Input((1,))
    y = dense(1, None)(dense(20)(dense(20)(x)))
    finding = look("trunk", evidence(keras.Model(x, [y, y])), units=[20, 20])
    assert (finding.status, "its own branch first" in finding.message) == (Status.SKIPPED, True)


def test_a_budget_of_parameters() -> None:
    """The count is the graph's own."""
    assert Status.PASSED is look("parameters", evidence(chain(dense(3))), most=6).status
    assert Status.FAILED is look("parameters", evidence(chain(dense(3))), most=5).status


@pytest.mark.parametrize("name", ["uniform", "random_uniform", "RandomUniform"])
def test_initializers_by_any_name(name: str) -> None:
    """Aliases of Keras are one initializer."""
    model = chain(dense(3, kernel_initializer="uniform"))
    assert Status.PASSED is look("initializers", evidence(model), kernel=name).status
    other = chain(dense(3, kernel_initializer="he_normal"))
    assert Status.FAILED is look("initializers", evidence(other), kernel=name).status


def test_every_layer_that_starts_elsewhere_is_named() -> None:
    """One finding names all of them; a bias that starts elsewhere counts too."""
    model = chain(dense(3, kernel_initializer="he_normal"), dense(2), dense(4, kernel_initializer="ones"))
    names = [layer.name for layer in model.layers]
    message = look("initializers", evidence(model), kernel="uniform").message
    assert names[0] in message
    assert names[2] in message
    assert names[1] not in message
    biased = chain(dense(3, bias_initializer="ones"))
    assert "its bias initializer is" in look("initializers", evidence(biased), kernel="uniform").message


def test_a_scaled_head_is_still_the_head() -> None:
    """The last Dense layer is the head, whatever is done to its result."""
    x = keras.Input((1,))
    model = keras.Model(x, 2 * dense(1, None)(dense(32)(x)))
    assert look("widths", evidence(model), units=[32]).status is Status.PASSED


def test_a_formula_has_nothing_to_learn() -> None:
    """Computing the target is not learning it."""
    a, b = keras.Input((1,)), keras.Input((1,))
    finding = look("learns", evidence(keras.Model([a, b], keras.ops.sin(a + b))), mode="reaches")
    assert (finding.status, "nothing to learn" in finding.message) == (Status.FAILED, True)


def test_a_dense_layer_without_a_width_is_none() -> None:
    """A forged layer that says no units, or words, breaks no check: the network lacks a layer."""
    given = evidence(two_branches())
    layers_ = tuple(
        replace(layer, params=(("units", "many"),), untrainable="odd") if layer.name == "left" else layer
        for layer in given.graph.layers
    )
    odd = replace(given, graph=replace(given.graph, layers=layers_))
    assert look("widths", odd, units=[32, 32, 20]).status is Status.FAILED


def test_a_merge_of_tensors_of_unknown_shape_fails() -> None:
    """Nobody knows how wide they are, so they are not those asked for."""
    given = evidence(two_branches())
    calls = tuple(replace(call, shapes=()) for call in given.graph.calls)
    unknown = replace(given, graph=replace(given.graph, calls=calls))
    found = look("merge", unknown, node="Concatenate", joins=2, widths=[32, 20])
    assert found.status is Status.FAILED
