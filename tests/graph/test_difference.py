"""Every change is told once, as what it is, by the student's own layer names."""

from __future__ import annotations

from random import Random
from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Call, Layer, Location, ModelGraph, Tensor
from grader.graph import Freedom, align, differences
from grader.graph.edits import inserted, with_params
from grader.graph.reading.layers import operation_name
from tests.graph.networks import dense, read
from tests.graph.single_changes import FREE, LABELS, edits, reference, rewirings, shuffled
from tests.graph.test_compare import changed, heads, shared, tutorial

X2 = ("x", "x")


@pytest.mark.parametrize("name", LABELS)
def test_a_single_change_is_one_difference(name: str) -> None:
    """Of the right kind and at the right layer, for every change to every layer, in whatever order calls were made."""
    graph, free, random = reference(name), FREE.get(name, {}), Random(name)
    for edit in edits(graph, frozenset(free)):
        found = differences(shuffled(edit.graph, random), graph, LABELS[name], free=free)
        assert [one.kind for one in found] == [edit.kind], (edit.kind, edit.layer, found)
        assert not edit.blame or found[0].layer in edit.blame, (edit.kind, edit.layer, found)


@pytest.mark.parametrize("name", LABELS)
def test_a_call_on_another_tensor_is_one_difference(name: str) -> None:
    """A layer called on the wrong tensor does not make what follows it differ."""
    graph, free = reference(name), FREE.get(name, {})
    for edit in rewirings(graph):
        if align(edit.graph, graph, free, LABELS[name]) is None:
            found = differences(edit.graph, graph, LABELS[name], free=free)
            assert [one.kind for one in found] == ["wiring"], (edit.layer, found)


@pytest.mark.parametrize("name", ["two_inputs", "branching_network", "two_outputs"])
def test_two_changes_are_two_differences(name: str) -> None:
    """Changes at different layers are told apart, each as what it is."""
    graph, random = reference(name), Random(name)
    firsts = [edit for edit in edits(graph) if edit.kind in ("missing", "extra", "merge", "class")]
    for first in firsts:
        seconds = [edit for edit in edits(first.graph) if edit.kind in ("width", "parameter")]
        second = random.choice([edit for edit in seconds if edit.layer not in (first.layer, "added")])
        found = differences(second.graph, graph, LABELS[name])
        assert sorted(one.kind for one in found) == sorted((first.kind, second.kind)), (first, second.layer, found)


@pytest.mark.parametrize("name", LABELS)
def test_an_equal_network_has_no_difference(name: str) -> None:
    """However its calls are ordered."""
    graph = reference(name)
    assert differences(shuffled(graph, Random(name)), graph, LABELS[name], free=FREE.get(name, {})) == ()


def test_unequal_networks_always_have_a_difference() -> None:
    """Also where they have nothing in common."""
    graphs = {name: reference(name) for name in LABELS if name != "weighted_losses"}
    for name, graph in graphs.items():
        for other, expected in graphs.items():
            assert bool(differences(graph, expected, LABELS[other])) == (name != other)


def test_a_long_network_is_compared_as_well() -> None:
    """Two hundred layers, one of them missing."""
    built = [Layer("x", "InputLayer"), *(Layer(f"d{i}", "Dense", (("units", 1 + i % 7),)) for i in range(200))]
    calls = [Call(0), *(Call(i, (Tensor(i - 1),)) for i in range(1, 201))]
    graph = ModelGraph("long", "Functional", tuple(built), tuple(calls), (Tensor(0),), (Tensor(200),), ("x",), ("y",))
    longer = inserted(graph, Tensor(100), Layer("new", "Dense", (("units", 50),)))
    assert [(one.kind, one.layer) for one in differences(graph, longer)] == [("missing", "d99")]
    assert [(one.kind, one.layer) for one in differences(longer, graph)] == [("extra", "new")]


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"right": 32}, ": expected 20 units, found 32.", "Write `Dense(20, …)` for "),
        ({"activation": "relu"}, ": expected activation `sigmoid`, found `relu`.", "`activation='sigmoid'`"),
        ({"squeeze": "tanh"}, ": expected no activation, found `tanh`.", "Leave `activation` out of "),
        ({"dropped": True}, "`Dense(32, activation='sigmoid')` is missing between ", "and feed its result into "),
        ({"extra": True}, "is an extra layer.", "Remove "),
        ({"one_input_twice": True}, " reads ", "Feed "),
        ({"frozen": True}, ": expected trainable, found frozen.", "Leave out `trainable=False` for "),
    ],
    ids=str,
)
def test_a_change_is_told_with_a_step_that_fixes_it(change: dict[str, Any], message: str, hint: str) -> None:
    """The first sentence is the cause, the next step what to write."""
    (found,) = differences(read(changed(**change)), read(tutorial()), X2)
    assert message in found.message
    assert hint in found.hint


def test_the_layer_has_the_students_name_and_place() -> None:
    """Messages speak of the student's own layers, and say where they were created."""
    a, b = keras.Input((1,)), keras.Input((1,))
    x = layers.concatenate([layers.Dense(32, "sigmoid")(a), layers.Dense(21, "sigmoid", name="mine")(b)])
    model = keras.Model([a, b], layers.Dense(1)(layers.Dense(32, "sigmoid")(x)))
    (found,) = differences(read(model), read(tutorial()), X2, locations={"mine": Location(3, 7)})
    assert found.message == "Layer `mine` (cell 3, line 7): expected 20 units, found 21."
    assert (found.layer, found.location, found.expected, found.actual) == ("mine", Location(3, 7), "20 units", "21 units")


def test_a_branch_that_is_built_and_not_joined_is_told_as_that() -> None:
    """A layer that the student built and forgot is not called missing."""
    graph = reference("three_inputs")
    dropped = [edit.graph for edit in edits(graph) if edit.kind == "missing" and "right" not in names(edit.graph)][-1]
    lost = Layer("lost", "Dense", (("activation", "sigmoid"), ("units", 20)))
    (found,) = differences(
        dropped,
        graph,
        LABELS["three_inputs"],
        free=FREE["three_inputs"],
        locations={"lost": Location(None, 8)},
        unused=[lost],
    )
    assert found.kind == "wiring"
    assert found.message == "`lost` (line 8), `Dense(20)`, is created but not used: `concatenate` does not join it."
    assert found.hint == "Feed `lost` into `concatenate`."


def test_a_layer_that_is_skipped_is_told_with_both_calls() -> None:
    """Two layers on one input: whichever is taken for the second, the step leads to the expected network."""
    x = keras.Input((1,), name="x")
    first, second = dense(32, name="first"), dense(32, name="second")
    skipped = keras.Model(x, dense(1, None, name="head")(second(x)))
    y = keras.Input((1,))
    expected = keras.Model(y, dense(1, None)(dense(32)(dense(32)(y))))
    (found,) = differences(read(skipped), read(expected), ("x",), unused=[layer_of(first)])
    assert found.message == "`first`, `Dense(32)`, is created but not used: `head` reads `second` instead."
    assert found.hint == "Feed `second` into `first`, and `first` into `head`."


def test_of_a_chain_that_is_left_out_the_last_layer_is_told() -> None:
    """The first of them is called on: what is not used is the result of the last."""
    x = keras.Input((1,), name="x")
    first, second = dense(32, name="first"), dense(32, name="second")
    bypassed = keras.Model(x, dense(1, None, name="head")(x))
    y = keras.Input((1,))
    expected = keras.Model(y, dense(1, None)(dense(32)(dense(32)(y))))
    (found,) = differences(read(bypassed), read(expected), ("x",), unused=[layer_of(first), layer_of(second)])
    assert found.message.startswith("`second`, `Dense(32)`, is created but not used: `head` reads `x`")
    assert found.hint == "Feed `second` into `head`."


def layer_of(layer: layers.Dense) -> Layer:
    return Layer(layer.name, "Dense", (("activation", layer.activation.__name__), ("units", layer.units)))


def names(graph: ModelGraph) -> set[str]:
    return {layer.name for layer in graph.layers}


def test_an_unused_output_of_a_nested_model_is_a_layer_left_unused() -> None:
    """What no output needs is looked for in the network itself, too."""
    x, y = keras.Input((1,)), keras.Input((1,))
    inner = keras.Model(x, [dense(4)(x), dense(20, name="forgotten")(x)])
    model = keras.Model(y, dense(1, None)(inner(y)[0]))
    asked = keras.Input((1,))
    expected = keras.Model(asked, dense(1, None)(layers.concatenate([dense(4)(asked), dense(20)(asked)])))
    (found,) = differences(read(model), read(expected), ("x",))
    assert (found.kind, found.layer) == ("wiring", "forgotten")


def test_one_tensor_listed_twice_is_told_alone() -> None:
    """With the head that is built and not listed, which is all that it takes to mend it."""
    x = keras.Input((1,))
    trunk = layers.Dense(20, "sigmoid")(layers.Dense(20, "sigmoid")(x))
    sine, exponential = (
        layers.Dense(1, name=name)(layers.Dense(units, "sigmoid")(layers.Dense(units, "sigmoid")(trunk)))
        for name, units in (("sine", 20), ("exponential", 30))
    )
    doubled, right = read(keras.Model(x, [sine, sine])), read(keras.Model(x, [sine, exponential]))
    unused = tuple(layer for layer in right.layers if layer not in doubled.layers)
    (found,) = differences(doubled, right, unused=unused)
    assert (found.kind, found.message) == ("outputs", "The output of `sine` is listed twice in `outputs=[…]`.")
    assert "the output of `exponential`" in found.hint


def test_a_layer_too_many_before_a_merge_leaves_the_other_branches() -> None:
    """The step names all that is to be joined."""
    a, b = keras.Input((1,)), keras.Input((1,))
    left, right = layers.Dense(32, "sigmoid", name="left")(a), layers.Dense(20, "sigmoid", name="right")(b)
    joined = layers.concatenate([left, layers.Rescaling(0.5, name="half")(right)], name="joined")
    model = keras.Model([a, b], layers.Dense(1)(layers.Dense(32, "sigmoid")(joined)))
    (found,) = differences(read(model), read(tutorial()), X2)
    assert found.hint == "Remove `half`, and let `joined` join `left` and `right`."


def test_a_layer_without_a_bias_is_told_as_that() -> None:
    """`use_bias` is a flag, so that nothing is called missing that is only switched off."""
    a, b = keras.Input((1,)), keras.Input((1,))
    left = layers.Dense(32, "sigmoid", use_bias=False, name="left")(a)
    joined = layers.concatenate([left, layers.Dense(20, "sigmoid")(b)])
    model = keras.Model([a, b], layers.Dense(1)(layers.Dense(32, "sigmoid")(joined)))
    (found,) = differences(read(model), read(tutorial()), X2)
    assert found.message == "Layer `left`: expected a bias, found no bias (`use_bias=False`)."


def test_operations_are_called_what_they_are_called_in_keras() -> None:
    """Also those that the trainer does not know: `keras.ops.count_nonzero`, not `countnonzero`."""
    assert [operation_name(kind) for kind in ("ops.ZerosLike", "ops.Log1p", "ops.CountNonzero")] == [
        "zeros_like",
        "log1p",
        "count_nonzero",
    ]


def test_sharing_is_told_both_ways() -> None:
    """Two layers where one is asked, one where two are, and a shared layer that is called too seldom."""
    together, apart = read(shared(separate=False)), read(shared(separate=True))
    (found,) = differences(apart, together, X2)
    assert found.kind == "sharing"
    assert "are two separate layers; the exercise asks for one layer, called twice" in found.message
    assert len(found.layers) == 2
    (found,) = differences(together, apart, X2)
    assert "is one layer, called twice; the exercise asks for two separate layers" in found.message


def test_swapped_outputs_are_told_in_the_right_order() -> None:
    """The next step names the outputs as they should be listed."""
    (found,) = differences(read(heads(swapped=True)), read(heads(swapped=False)), ("x",))
    assert found.kind == "outputs"
    assert found.expected == " and ".join(reversed(found.actual.split(" and ")))


def test_a_layer_between_a_layer_and_its_activation_is_all_that_is_too_many() -> None:
    """`Dense`, `BatchNormalization`, `Activation` lacks no activation and has none too many."""
    x = keras.Input((1,))
    parts = [layers.Dense(8), layers.BatchNormalization(name="norm"), layers.Activation("relu"), layers.Dense(1)]
    spread = keras.Sequential([x, *parts])
    plain = keras.Sequential([keras.Input((1,)), layers.Dense(8, "relu"), layers.Dense(1)])
    assert [(one.kind, one.layer) for one in differences(read(spread), read(plain))] == [("extra", "norm")]
    assert [one.kind for one in differences(read(plain), read(spread))] == ["missing"]


def test_a_free_layer_is_not_complained_about() -> None:
    """What the student may choose is no difference, beside one that is; out of its range it is."""
    graph, free = reference("three_inputs"), {"third": Freedom((1, 64), activation=True)}
    third, left = (next(i for i, layer in enumerate(graph.layers) if layer.name == name) for name in ("third", "left"))
    other = with_params(graph, third, units=40, activation="tanh")
    (found,) = differences(with_params(other, left, units=33), graph, LABELS["three_inputs"], free=free)
    assert (found.kind, found.layer) == ("width", "left")
    (found,) = differences(with_params(graph, third, units=65), graph, LABELS["three_inputs"], free=free)
    assert (found.layer, found.expected) == ("third", "1 to 64 units")


def test_a_convolution_is_told_in_filters_and_an_input_by_its_type() -> None:
    """The words of the class, and what to write."""

    def network(filters: int, dtype: str = "float32") -> ModelGraph:
        x = keras.Input((8, 8, 1), dtype=dtype, name="image")
        return read(keras.Model(x, layers.Dense(1)(layers.Flatten()(layers.Conv2D(filters, 3, name="eye")(x)))))

    (found,) = differences(network(9), network(8), ("x",))
    assert found.message == "Layer `eye`: expected 8 filters, found 9."
    assert (found.kind, found.hint) == ("width", "Write `Conv2D(8, …)` for `eye`.")
    (found,) = differences(network(8, "int32"), network(8), ("x",))
    assert found.message == "Input `image`: expected type float32, found int32."
    assert found.hint == 'Write `dtype="float32"` in that `Input`.'


def test_a_layer_that_runs_both_ways_is_spelled_as_one_writes_it() -> None:
    """The copy that runs backwards, and what it is told about masks, are the work of Keras."""
    series = keras.Input((6, 2))

    def network(wrapped: Any) -> ModelGraph:
        return read(keras.Model(series, dense(1)(wrapped(keras.layers.GRU(4))(series))))

    (found,) = differences(network(lambda layer: layer), network(keras.layers.Bidirectional), ("x",))
    assert "expected `Bidirectional(layer=GRU(4))`, found `GRU(4)`" in found.message


def words(width: int = 8, *, whole: bool = False, repaired: bool = False) -> ModelGraph:
    """Words to a class; with the `whole` sequence, and what some write to get rid of it."""
    start = keras.Input((5,), dtype="int32", name="words")
    x = layers.Embedding(100, width, name="table")(start)
    x = layers.LSTM(4, return_sequences=whole, name="memory")(x)
    x = layers.Flatten(name="flat")(x) if repaired else x
    return read(keras.Model(start, layers.Dense(3, name="kind")(x)))


def test_a_width_that_is_no_first_argument_is_written_by_its_name() -> None:
    """`Embedding(8, …)` would change the number of words."""
    (found,) = differences(words(16), words(8), ("x",))
    assert found.hint == "Write `Embedding(…, output_dim=8)` for `table`."


def test_the_width_of_attention_is_one_difference() -> None:
    """Keras derives a second parameter from it."""

    def attention(width: int) -> ModelGraph:
        x = keras.Input((5, 4), name="x")
        return read(keras.Model(x, layers.MultiHeadAttention(2, width, name="look")(x, x)))

    (found,) = differences(attention(16), attention(8), ("x",))
    assert (found.kind, found.hint) == ("width", "Write `MultiHeadAttention(…, key_dim=8)` for `look`.")


def residual(*skips: str) -> ModelGraph:
    """Two convolutions after another one, with a sum after each of those named, and two outputs."""
    start = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="x")(start)
    for name in ("y", "z"):
        after = layers.Conv2D(4, 3, padding="same", name=name)(x)
        x = layers.Add(name=f"sum_{name}")([x, after]) if name in skips else after
    flat = layers.Flatten(name="flat")(x)
    return read(keras.Model(start, [layers.Dense(1, name="left")(flat), layers.Dense(2, name="right")(flat)]))


def test_a_missing_sum_is_told_by_what_the_student_has() -> None:
    """A sum of a sum is one sum in the canonical form, and nobody wrote that."""
    (found,) = differences(residual("y"), residual("y", "z"), ("x",))
    assert found.message == "`add` of `sum_y` and `z` is missing."


def test_all_that_read_a_missing_merge_are_named() -> None:
    """A correction of one output alone would leave the other wrong."""

    def heads(*, summed: bool) -> ModelGraph:
        x = keras.Input((4,), name="x")
        first = dense(4, name="first")(x)
        second = dense(4, name="second")(first)
        both = layers.add([first, second]) if summed else second
        return read(keras.Model(x, [layers.Dense(1, name="left")(both), layers.Dense(2, name="right")(both)]))

    (found,) = differences(heads(summed=False), heads(summed=True), ("x",))
    assert found.hint.endswith("and feed the result into `left` and `right`.")


def test_the_calls_of_one_layer_are_told_apart() -> None:
    """By what each is called on, since both have one name."""

    def twins(*, turned: bool) -> ModelGraph:
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        code = layers.Dense(3, name="code")
        return read(keras.Model([a, b], layers.subtract([code(b), code(a)] if turned else [code(a), code(b)])))

    (found,) = differences(twins(turned=True), twins(turned=False), ("a", "b"))
    assert "joins `code` on `b` and `code` on `a`; expected `code` on `a` and `code` on `b`, in this order." in found.message
