"""What each kind of check says of a network: that it passes, or what is wrong and what to write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.domain import Status
from tests.checks.students import (
    about,
    chain,
    dense,
    evidence,
    hidden_layers,
    look,
    text,
    two_branches,
    two_heads,
    veiled,
)
from tests.graph.networks import model_of, read

pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax")
PASSED, FAILED, SKIPPED = Status.PASSED, Status.FAILED, Status.SKIPPED


def on_two(build: Any) -> Any:
    """Inputs `a` and `idle`, and what is built on them."""
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="idle")
    return model_of([a, b], build(a, b))


def ends() -> Any:
    """A class, a number, and an image."""
    x = keras.Input((8, 8, 1))
    image = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="mask")(x)
    flat = layers.Flatten()(x)
    classes = layers.Dense(10, activation="softmax", name="class")(flat)
    return keras.Model(x, [classes, layers.Dense(1, name="age")(flat), image])


def one_input_for_all(count: int) -> Any:
    x = keras.Input((1,))
    return keras.Model([x] * count, layers.Dense(1)(layers.concatenate([dense(4)(x) for _ in range(count)])))


def inputs_of(*widths: int) -> Any:
    inputs = [keras.Input((width,), name=f"in{number}") for number, width in enumerate(widths)]
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate(inputs)))


def convolutions(first: int = 8) -> Any:
    """An image through two convolutions and a Dense layer to three classes."""
    early = [layers.Conv2D(first, 3, activation="relu", name="conv1")] if first else []
    late = layers.MaxPooling2D(), layers.Conv2D(16, 3, activation="relu", name="conv2"), layers.Flatten()
    hidden = layers.Dense(32, activation="relu", name="hidden")
    return chain(*early, *late, hidden, layers.Dense(3, "softmax", name="classes"), shape=(8, 8, 1))


def wrapped() -> Any:
    return chain(layers.Bidirectional(layers.GRU(7)), layers.Dense(1), shape=(5, 2))


def attending() -> Any:
    return chain(
        lambda x: layers.Dense(1)(layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 5)(x, x))), shape=(4, 6)
    )


def shared(*, separate: bool = False, one_input: bool = False) -> Any:
    first = dense(32)
    second = dense(32) if separate else first
    return on_two(lambda a, b: dense(1, None)(layers.concatenate([first(a), second(a if one_input else b)])))


def compared() -> Any:
    """Two codes, and nothing but their product."""
    encoder = dense(4)
    return on_two(lambda a, b: layers.dot([encoder(a), encoder(b)], axes=1))


def two_images(shared: bool = True) -> Any:
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    first = layers.Conv2D(4, 3, name="eye")
    second = first if shared else layers.Conv2D(4, 3, name="other_eye")
    joined = layers.concatenate([layers.Flatten()(first(a)), layers.Flatten()(second(b))])
    return keras.Model([a, b], layers.Dense(1)(joined))


def trunk_of_convolutions() -> Any:
    def build(x: Any) -> list[Any]:
        flat = layers.Flatten()(layers.Conv2D(6, 3)(layers.Conv2D(4, 3)(x)))
        return [layers.Dense(1)(flat), layers.Dense(2)(flat)]

    return chain(build, shape=(8, 8, 1))


def residual() -> Any:
    same = layers.Conv2D(4, 3, padding="same")
    return chain(lambda x: layers.Dense(1)(layers.Flatten()(layers.add([same(x), x]))), shape=(8, 8, 4))


def nested_merges() -> Any:
    inputs = [keras.Input((1,)) for _ in range(3)]
    a, b, c = (dense(4)(x) for x in inputs)
    return keras.Model(inputs, dense(1)(layers.concatenate([layers.concatenate([a, b]), c])))


def constant() -> Any:
    return on_two(lambda a, b: dense(1, "softmax")(layers.concatenate([a, b])))


def with_free_layer(units: int) -> Any:
    return chain(dense(32), dense(20), dense(units), dense(1, None))


def listed_twice() -> Any:
    return chain(lambda x: [dense(1, None)(dense(20)(dense(20)(x)))] * 2)


def lost(layer: Any) -> Any:
    """The second input goes through something that loses its numbers."""
    return on_two(lambda a, b: layers.concatenate([dense(1)(a), layer(b)]))


ENDS = {"shapes": [[10], [1], [8, 8, 1]], "activations": ["softmax", "linear", "sigmoid"]}
MASK = {"shapes": [[10], [1], [8, 8, 3]], "activation": "any"}
DIFFERENT = {"units": 32, "inputs": "different"}


@pytest.mark.parametrize(
    ("kind", "options", "model"),
    [
        ("functional", {}, two_branches),
        ("heads", {"count": 2, "activation": "any"}, lambda: two_heads(first=dense(1, "tanh"))),
        ("heads", ENDS, ends),
        ("inputs", {"shapes": [[4], [2], [1]]}, lambda: inputs_of(4, 2, 1)),
        ("inputs", {"shapes": [[5]], "dtypes": ["int32"]}, text),
        ("inputs", {"shapes": [[5]], "dtypes": ["float32"]}, text),
        # -1 is a length that is not fixed
        ("inputs", {"shapes": [[-1, 2]]}, lambda: chain(lambda x: layers.Dense(1)(layers.LSTM(3)(x)), shape=(None, 2))),
        # `heads` reports a constant output, and one cause costs points once
        ("inputs", {"count": 2}, constant),
        ("merge", {"joins": 3, "width": 12}, nested_merges),
        ("merge", {"node": "Add", "joins": 2, "width": 4}, residual),
        ("parameters", {"most": 6}, lambda: chain(dense(3))),
        ("shared", {"units": 32}, shared),
        ("shared", {"units": 4}, compared),
        ("shared", DIFFERENT, shared),
        ("shared", {"units": 4, "inputs": "different"}, two_images),
        ("trunk", {"units": [20, 20]}, two_heads),
        ("trunk", {"units": [4, 6]}, trunk_of_convolutions),
        # widths are filters, units and dimensions, also of what is wrapped
        ("widths", {"units": [8, 16, 32]}, convolutions),
        ("widths", {"units": [8, 16], "of": ["Conv2D"]}, convolutions),
        ("widths", {"units": [6, 12]}, text),
        ("widths", {"units": [5]}, attending),
        ("widths", {"units": [7], "of": ["GRU"]}, wrapped),
        *(("widths", {"units": [32, 20], "free": 1}, lambda units=units: with_free_layer(units)) for units in (1, 256)),
    ],
)
def test_what_is_right_passes(kind: str, options: dict[str, Any], model: Any) -> None:
    finding = look(kind, evidence(model()), **options)
    assert finding.status is PASSED, finding.message


def one_again() -> Any:
    """Two inputs, of which one is listed twice."""
    a, b = keras.Input((1,), name="again"), keras.Input((1,))
    return keras.Model([a, a, b], dense(1)(layers.concatenate([a, b])))


@pytest.mark.parametrize(
    ("kind", "options", "model", "message", "hint"),
    [
        ("heads", {}, lambda: two_branches(head=dense(1, "sigmoid", name="out")),
         "Output `out` ends in `sigmoid`; it must be linear.", ""),
        ("heads", {"count": 2}, lambda: chain(lambda x: [dense(1, None)(x), dense(1, None)(ops.zeros_like(x))]),
         "", "Remove `zeros_"),
        ("heads", {"count": 2}, listed_twice, "", ""),
        ("heads", {"count": 2}, lambda: hidden_layers(32), "",
         "    net1 = Dense(1, kernel_initializer='uniform')("),
        ("heads", {"count": 1, "activation": "softmax"}, constant, "", ""),
        ("heads", ENDS | {"shapes": [[10], [2], [8, 8, 1]]}, ends, "Output `age` has width 1, not 2.", ""),
        ("heads", ENDS | {"activations": ["softmax", "sigmoid", "sigmoid"]}, ends,
         "Output `age` ends in `linear`; it must be sigmoid.",
         "    age = Dense(1, activation='sigmoid', name='age')("),
        ("heads", MASK, ends, "has shape (8, 8, 1), not (8, 8, 3)", ""),
        ("heads", MASK | {"shapes": [[10], [1], [1]]}, ends, "",
         "    net1 = Flatten()(mask)\n    net2 = Dense(1)(net1)\n"),
        ("heads", {"shapes": [[3], [1]], "activations": ["softmax", "linear"]}, lambda: chain(dense(3, "softmax")),
         "The model has 1 output; the exercise asks for 2.", "    net1 = Dense(1, "),
        ("inputs", {"count": 2}, lambda: chain(dense(1, None)), "The model has 1 input; the exercise asks for 2.", ""),
        ("inputs", {"count": 3}, lambda: one_input_for_all(3), "The model has 1 input; the exercise asks for 3.", ""),
        ("inputs", {"count": 1}, two_branches, "The model has 2 inputs; the exercise asks for 1.",
         "    model = keras.Model(inputs=a, outputs=head)"),
        ("inputs", {"count": 1}, lambda: chain(dense(1), shape=(2,)), "", "Write `shape=(1,)` in the `Input` of `x`."),
        ("inputs", {"count": 2}, one_again, "`again` is listed twice in `inputs=[…]`.", "    model = keras.Model(inputs=[again, "),
        ("inputs", {"count": 2}, lambda: on_two(lambda a, b: dense(1)(a)), "No output depends on `idle`.", ""),
        ("inputs", {"count": 2}, lambda: lost(lambda b: dense(2)(ops.zeros_like(b))),
         "a `keras.ops.zeros_like`, gives the same result for every input", ""),
        ("inputs", {"count": 2}, lambda: lost(dense(1, "softmax", name="one")),
         "`one`, `softmax` over a single unit, is always 1.",
         "Give `one` another activation, such as `sigmoid`, or more units."),
        ("inputs", {"shapes": [[4], [2], [1]]}, lambda: inputs_of(4, 3, 1),
         "Input `in1` does not have shape (2,).", "Write `shape=(2,)` in the `Input` of `in1`."),
        ("inputs", {"count": 1, "shape": [5], "dtypes": ["uint8"]}, text,
         "Input `x` has type int32; the exercise asks for uint8.", ""),
        ("merge", {"joins": 2}, lambda: two_branches(right=32, merge=layers.add), "found: `add` of 2 tensors", ""),
        ("parameters", {"most": 5}, lambda: chain(dense(3)), "", ""),
        ("shared", {"units": 32}, lambda: shared(separate=True),
         "The exercise asks for one Dense layer of 32 units, called twice; found: no layer that is called more than once.",
         ""),
        ("shared", DIFFERENT, lambda: shared(one_input=True), "", ""),
        ("shared", {"units": 4}, lambda: two_images(shared=False),
         "The exercise asks for one Conv2D layer of 4 filters, called twice; found: no layer", "`common = Conv2D(…)`"),
        ("trunk", {"units": [20]}, two_heads, "", ""),
        ("widths", {"units": [32, 20], "free": 1}, lambda: with_free_layer(257), "", ""),
        # Nobody knows which layer of an open task was to be which.
        ("widths", {"units": [32, 20, 32]}, lambda: two_branches(right=21),
         "The hidden layers have these widths: 21 (`right`), 32 (`left`) and 32 (`top`); the exercise asks for 32, 32 and "
         "20.", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_to_write(
    kind: str, options: dict[str, Any], model: Any, message: str, hint: str
) -> None:
    finding = look(kind, evidence(model()), **options)
    assert finding.status is FAILED
    assert message in finding.message
    assert hint in finding.hint


def test_what_cannot_be_judged_is_skipped() -> None:
    twice = look("trunk", evidence(listed_twice()), units=[20, 20])
    assert twice.status is SKIPPED
    assert "its own branch first" in twice.message
    facts = evidence(chain(dense(3)))
    unknown = replace(facts, graph=replace(facts.graph, parameters=None))
    assert look("parameters", unknown, most=6).status is SKIPPED


def test_a_missing_convolution_is_no_dense_layer() -> None:
    finding = look("widths", evidence(convolutions(0), reference=read(convolutions())), units=[8, 16, 32])
    assert "Conv2D" in finding.message


def test_outputs_that_share_nothing_are_told_what_to_share() -> None:
    """Not which made-up name is called on which other."""

    def branch(start: Any) -> Any:
        return dense(1, None)(dense(20)(dense(20)(start)))

    student = chain(lambda x: [branch(x), branch(x)])
    finding = look("trunk", evidence(student, reference=read(two_heads()), assignment="two_outputs"), units=[20, 20])
    assert finding.status is FAILED
    assert finding.message == "The outputs share no hidden layer; the exercise asks for 2."
    assert finding.hint == "Build the layers of 20 and 20 units once, and start each branch from the last of them."


def test_a_result_in_place_of_an_input_is_told_as_that() -> None:
    """A variable that was used again: there is an `Input` of the right shape, which the model does not have."""
    start = keras.Input((1,))
    x = dense(32)(start)
    facts = evidence(keras.Model(x, dense(1)(x)), reference=read(keras.Model(start, dense(1)(x))))
    finding = look("inputs", facts, count=1)
    assert finding.message.startswith("`Model(inputs=…)` is given the output of a layer, not an `Input`")
    assert finding.hint.startswith("Keep each `Input` in a variable of its own")
    (difference,) = facts.differences
    assert (difference.subject, difference.message, difference.hint) == ("input shape", finding.message, finding.hint)


def test_a_softmax_of_one_unit_is_left_out_at_the_end_and_replaced_before() -> None:
    end = evidence(chain(dense(1, "softmax", name="end")))
    before = evidence(chain(dense(1, "softmax", name="before"), dense(1, None)))
    assert look("heads", end, activation="any").hint.startswith("Leave out the activation of `end`. Write these lines ")
    assert look("heads", before, activation="any").hint.startswith("Give `before` another activation")


def test_a_sequential_model_is_written_out_with_the_functional_api() -> None:
    """One that is right otherwise, too; and all that is wrong besides is corrected with it."""
    right, wrong = (keras.Sequential([keras.Input((1,)), dense(units), dense(1, None)]) for units in (32, 30))
    expected = chain(dense(32), dense(1, None))
    for model in (right, wrong):
        finding = look("functional", facts := about(model, expected, variables=("nets[0]", "mine")))
        assert finding.hint.endswith("    mine = keras.Model(inputs=net0, outputs=net2)")
        assert "net1 = keras.layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(net0)" in finding.hint
        assert {difference.hint for difference in facts.differences} <= {finding.hint}


def test_a_sequential_model_is_written_out_as_it_is_where_only_a_hint_is_revealed() -> None:
    model = keras.Sequential([keras.Input((1,)), dense(30), dense(1, None)])
    hint = look("functional", veiled(about(model, chain(dense(32), dense(1, None))))).hint
    assert "Dense(30," in hint
    assert "32" not in hint
