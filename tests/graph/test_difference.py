"""Every change is told once, as what it is, by the student's own layer names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Call, Layer, Location, ModelGraph, Tensor
from grader.graph import Freedom, LayerNames, canonical, differences, with_unused
from grader.graph.edits import inserted, with_call, with_params
from grader.graph.reading.layers import operation_name
from tests.graph.networks import dense, read
from tests.graph.references import NETWORKS, TUTORIAL, mistakes, reference, shuffled
from tests.graph.test_compare import heads, shared

X2 = ("x", "x")
OF_A_LAYER = {
    "width", "head width", "activation", "head activation", "layer setting", "layer class", "regularisation", "sharing",
    "input shape",
}  # fmt: skip


@pytest.mark.parametrize("name", ["three_inputs", "two_outputs", "branching_network", "shared_layer"])
def test_a_mistake_of_a_layer_is_one_difference(name: str) -> None:
    """Of the right subject and at the right layer, in whatever order calls were made."""
    (graph, labels, free), random = NETWORKS[name], Random(name)
    for mutant in mistakes(name)[::3]:
        if mutant.subject in OF_A_LAYER and not any(f"`{layer}`" in mutant.words for layer in free):
            (difference,) = differences(shuffled(mutant.graph, random), graph, labels, free=free)
            assert difference.subject == mutant.subject, (mutant.words, difference)
            # A layer of another width could as well be the one whose width is free, and that one the wrong one.
            named = [layer for layer in difference.layers if f"`{layer}`" in mutant.words or layer in free]
            assert named, (mutant.words, difference)


def test_unequal_networks_and_no_others_have_a_difference() -> None:
    for name, next_one in pairwise((*TUTORIAL, TUTORIAL[0])):
        for other in (name, next_one):
            expected, labels, free = NETWORKS[other]
            diffs = differences(shuffled(reference(name), Random(name)), expected, labels, free=free)
            assert bool(diffs) == (name != other)


def test_a_long_network_is_compared_as_well() -> None:
    built = [Layer("x", "InputLayer"), *(Layer(f"d{i}", "Dense", (("units", 1 + i % 7),)) for i in range(100))]
    calls = [Call(0), *(Call(i, (Tensor(i - 1),)) for i in range(1, 101))]
    graph = ModelGraph("long", "Functional", tuple(built), tuple(calls), (Tensor(0),), (Tensor(100),), ("x",), ("y",))
    longer = inserted(graph, Tensor(50), Layer("new", "Dense", (("units", 50),)))
    assert [(difference.kind, difference.layer) for difference in differences(graph, longer)] == [("missing", "d49")]
    assert [(difference.kind, difference.layer) for difference in differences(longer, graph)] == [("extra", "new")]


def test_a_branch_that_is_built_and_not_joined_is_told_as_that() -> None:
    graph = reference("three_inputs")
    ((number, merge),) = calls_of(graph, "Concatenate")
    (joined,) = merge.args
    others = tuple(tensor for tensor in joined if graph.layer_of(tensor.call).name != "right")
    fewer = with_call(graph, number, replace(merge, args=(others,)))
    names = LayerNames({"right": Location(None, 8)})
    (difference,) = differences(fewer, graph, ("x",) * 3, free=NETWORKS["three_inputs"][2], names=names)
    assert (difference.kind, difference.subject) == ("wiring", "depth")
    reason = "is created but not used: `concatenate` does not join it."
    assert difference.message == f"`right` (line 8), `Dense(20, activation='sigmoid')`, {reason}"


def calls_of(graph: ModelGraph, kind: str) -> list[tuple[int, Call]]:
    return [(number, call) for number, call in enumerate(graph.calls) if graph.layer_of(number).kind == kind]


def test_a_layer_without_a_name_is_called_by_its_place_among_those_that_a_line_makes() -> None:
    """A helper of two layers, called twice, makes two on each line that calls it."""
    calls = [Location(None, line, caller=Location(None, caller)) for caller in (10, 11) for line in (3, 4)]
    names = [f"dense_{number}" for number in range(5)]
    places = dict(zip(names, [*calls, Location(None, 12)], strict=True))
    layer_names = LayerNames(places, generated=frozenset(names))
    assert layer_names.name("dense_1") == "the 2nd layer that line 10 makes"
    assert layer_names.name("dense_4") == "the layer on line 12"


def two_layers(*parts: str) -> Any:
    """Some of two equal layers between the input and the head."""
    x = y = keras.Input((1,), name="x")
    for name in parts:
        y = dense(32, name=name)(y)
    return read(keras.Model(x, dense(1, None, name="head")(y)))


@pytest.mark.parametrize(
    ("used", "unused", "message"),
    [
        (["second"], [("first", "x")], "`first`, `Dense(32, activation='sigmoid')`, is created but not used: `second` "
         "reads `x` instead."),
        # What is not used is the result of the last.
        ([], [("second", "first"), ("first", "x")], "`second`, `Dense(32, activation='sigmoid')`, is created but not "
         "used: `head` reads `x` instead."),
    ],
)  # fmt: skip
def test_layers_that_are_skipped_are_told_with_their_calls(
    used: list[str], unused: list[tuple[str, str]], message: str
) -> None:
    student = with_unused(two_layers(*used), [idle(name, source) for name, source in unused])
    (difference,) = differences(student, two_layers("a", "b"), ("x",))
    assert difference.message == message


def idle(name: str, *sources: str) -> dict[str, Any]:
    """A layer that no model holds, as a recording has it."""
    config = {"units": 32, "activation": "sigmoid"}
    return {"class_name": "Dense", "name": name, "config": config, "reads": [[source, 0] for source in sources]}


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (2, "The output of `sine` is listed twice in `outputs=[…]`."),
        (1, "`exponential` is built, but not listed in `outputs=[…]`."),
    ],
)
def test_an_output_that_is_not_listed_is_told_with_where_it_belongs(times: int, message: str) -> None:
    graph = reference("two_outputs")
    listed = replace(graph, outputs=graph.outputs[:1] * times, output_names=graph.output_names[:times])
    (difference,) = differences(listed, graph, ("x",))
    assert difference.message == message
    assert difference.hint.endswith("    model = keras.Model(inputs=x, outputs=[sine, exponential])")


def side_by_side(*widths: int, first: int = 1, fed: int = 0) -> ModelGraph:
    """Dense layers side by side, on an input each; those from `fed` on, if that is given, on the first."""
    inputs = [keras.Input((first if not place else 1,), name=f"x{place}") for place in range(fed or len(widths))]
    sources = [*inputs, *[inputs[0]] * len(widths)]
    every = [dense(width, name=f"h{place}")(sources[place]) for place, width in enumerate(widths)]
    return read(keras.Model(inputs, dense(1, None, name="out")(layers.concatenate(every, name="m"))))


def several(*widths: int) -> ModelGraph:
    """Outputs of two layers each."""
    x = keras.Input((1,), name="x")
    ends = [dense(1, None, name=f"y{width}")(dense(width, name=f"h{width}")(x)) for width in widths]
    return read(keras.Model(x, ends))


@pytest.mark.parametrize(
    ("student", "expected", "labels", "code"),
    [
        (lambda: side_by_side(32, 20, first=2, fed=1), lambda: side_by_side(32, 20), "ab",
         "inputs=[x0, net1], outputs=out"),
        (lambda: side_by_side(32, 20), lambda: side_by_side(32, 20, 7), "abc",
         "inputs=[x0, x1, net1], outputs=out"),
        (lambda: side_by_side(32, 20, 7), lambda: side_by_side(32, 20), X2, "inputs=[x0, x1], outputs=out"),
        (lambda: several(5, 6), lambda: several(5, 7, 6), "x", "inputs=x, outputs=[y5, net2, y6]"),
        (lambda: several(5, 7, 6), lambda: several(5, 6), "x", "inputs=x, outputs=[y5, y6]"),
    ],
    ids=["an input is missing", "a branch is missing", "a branch too many", "a head is missing", "a head too many"],
)  # fmt: skip
def test_a_wrong_number_of_inputs_or_outputs_is_told_as_the_branch_that_it_is(
    student: Callable[[], ModelGraph], expected: Callable[[], ModelGraph], labels: Sequence[str], code: str
) -> None:
    *_, last = diffs = differences(student(), expected(), labels)
    assert last.subject in ("input count", "head count")
    for difference in diffs:
        assert difference.hint.endswith(f"    model = keras.Model({code})"), difference.hint


def joined(*, half: bool = False, bias: bool = True) -> ModelGraph:
    """The network of the tutorial, perhaps with a layer too many before its merge, or without a bias."""
    a, b = keras.Input((1,)), keras.Input((1,))
    left = layers.Dense(32, "sigmoid", use_bias=bias, name="left")(a)
    right = layers.Dense(20, "sigmoid", name="right")(b)
    merged = layers.concatenate([left, layers.Rescaling(0.5, name="half")(right) if half else right], name="joined")
    return read(keras.Model([a, b], layers.Dense(1)(layers.Dense(32, "sigmoid")(merged))))


def chain(*parts: Any, shape: tuple[int, ...] = (1,), dtype: str = "float32") -> ModelGraph:
    """Layers one after the other, and a `Dense(1)`."""
    return read(keras.Sequential([keras.Input(shape, dtype=dtype, name="x"), *parts, layers.Dense(1)]))


def image(filters: int = 8, dtype: str = "float32") -> ModelGraph:
    return chain(layers.Conv2D(filters, 3, name="eye"), layers.Flatten(), shape=(8, 8, 1), dtype=dtype)


def words(width: int) -> ModelGraph:
    return chain(layers.Embedding(100, width, name="table"), layers.LSTM(4), shape=(5,), dtype="int32")


def residual(*skips: str) -> ModelGraph:
    """Two convolutions after another one, with a sum after each of those named, and two outputs."""
    start = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="x")(start)
    for name in ("y", "z"):
        after = layers.Conv2D(4, 3, padding="same", name=name)(x)
        x = layers.Add(name=f"sum_{name}")([x, after]) if name in skips else after
    flat = layers.Flatten(name="flat")(x)
    return read(keras.Model(start, [layers.Dense(1, name="left")(flat), layers.Dense(2, name="right")(flat)]))


def summed(sums: bool) -> ModelGraph:
    x = keras.Input((4,), name="x")
    first = dense(4, name="first")(x)
    second = dense(4, name="second")(first)
    tensor = layers.add([first, second]) if sums else second
    return read(keras.Model(x, [layers.Dense(1, name="left")(tensor), layers.Dense(2, name="right")(tensor)]))


def twins(*, turned: bool) -> ModelGraph:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    code = layers.Dense(3, name="code")
    return read(keras.Model([a, b], layers.subtract([code(b), code(a)] if turned else [code(a), code(b)])))


def normalised() -> ModelGraph:
    return chain(layers.Dense(8), layers.BatchNormalization(name="norm"), layers.Activation("relu"))


@pytest.mark.parametrize(
    ("student", "expected", "labels", "kind", "message", "hint"),
    [
        (lambda: joined(half=True), joined, X2, "extra", "`half`, ", "    joined = Concatenate()([left, right])"),
        (lambda: joined(bias=False), joined, X2, "parameter", "Layer `left`: expected a bias, found no bias (`use_bias=False`).", ""),
        (lambda: read(shared(separate=True)), lambda: read(shared(separate=False)), X2, "sharing",
         "are 2 separate layers; the exercise asks for one layer, called twice",
         "    shared1 = Dense(32, activation='sigmoid')\n"),
        (lambda: read(shared(separate=False)), lambda: read(shared(separate=True)), X2, "sharing",
         "is one layer, called twice; the exercise asks for 2 separate layers", ""),
        (lambda: chain(dense(8, trainable=False, name="h")), lambda: chain(dense(8)), ("x",), "parameter",
         "Layer `h`: expected trainable, found frozen.", "Write `trainable=True` in `h`."),
        (lambda: chain(dense(8, "tanh", name="h")), lambda: chain(dense(8, None)), ("x",), "activation",
         "Layer `h`: expected no activation, found `tanh`.", "Write `activation=None` in `h`."),
        (lambda: chain(layers.LSTM(4, activation="relu", name="l"), shape=(3, 1)), lambda: chain(layers.LSTM(4), shape=(3, 1)), ("x",), "activation",
         "Layer `l`: expected activation `tanh`, found `relu`.", "Write `activation='tanh'` in `l`."),
        (lambda: read(heads(swapped=True)), lambda: read(heads(swapped=False)), ("x",), "outputs",
         "The outputs are in the wrong order: ", "    model = keras.Model("),
        (normalised, lambda: chain(layers.Dense(8, "relu")), (), "extra", "`norm`, ", "(8, activation='relu'),\n        keras.layers.Dense(1),\n"),
        (lambda: chain(layers.Dense(8, "relu")), normalised, (), "missing", "`BatchNormalization()` is missing", ""),
        (lambda: image(9), image, ("x",), "width", "Layer `eye`: expected 8 filters, found 9.", "Write `filters=8` in `eye`."),
        (lambda: image(dtype="int32"), image, ("x",), "inputs",
         "Input `x`: expected type float32, found int32.", "Write `dtype='float32'` in `x`."),
        (lambda: words(16), lambda: words(8), ("x",), "width", "", "Write `output_dim=8` in `table`."),
        # A sum of a sum is one sum in the canonical form, and nobody wrote that.
        (lambda: residual("y"), lambda: residual("y", "z"), ("x",), "missing", "`add` of `sum_y` and `z` is missing.", ""),
        # A correction of one output alone would leave the other wrong.
        (lambda: summed(False), lambda: summed(True), ("x",), "missing", "", "    left = Dense(1, name='left')(net1)\n    right = Dense(2, name='right')(net1)"),
        (lambda: twins(turned=True), lambda: twins(turned=False), ("a", "b"), "wiring",
         "joins `code` on `b` and `code` on `a`; expected `code` on `a` and `code` on `b`, in this order.", ""),
    ],
    ids=["before a merge", "bias", "apart", "together", "frozen", "no activation", "a default", "outputs", "before an activation", "normalisation", "filters",
         "type", "no first argument", "sum of a sum", "two readers", "calls of one layer"],
)  # fmt: skip
def test_a_difference_is_told_in_the_words_of_its_layer(
    student: Callable[[], ModelGraph], expected: Callable[[], ModelGraph], labels: tuple[str, ...], kind: str, message: str,
    hint: str,
) -> None:  # fmt: skip
    (difference,) = differences(student(), expected(), labels)
    assert (difference.kind, message in difference.message, hint in difference.hint) == (kind, True, True), difference


def test_operations_are_called_what_they_are_called_in_keras() -> None:
    """Also those that the trainer does not know: `keras.ops.count_nonzero`, not `countnonzero`."""
    kinds = {"ops.ZerosLike": "zeros_like", "ops.Log1p": "log1p", "ops.CountNonzero": "count_nonzero"}
    assert {kind: operation_name(kind) for kind in kinds} == kinds


def test_a_free_layer_is_not_complained_about() -> None:
    """What the student may choose is no difference, beside one that is; out of its range it is."""
    graph, free = reference("three_inputs"), {"third": Freedom((1, 64), activation=True)}
    third, left = (next(i for i, layer in enumerate(graph.layers) if layer.name == name) for name in ("third", "left"))
    student = with_params(graph, third, units=40, activation="tanh")
    (difference,) = differences(with_params(student, left, units=33), graph, ("x",) * 3, free=free)
    assert (difference.kind, difference.layer) == ("width", "left")
    (difference,) = differences(with_params(graph, third, units=65), graph, ("x",) * 3, free=free)
    assert (difference.layer, difference.expected) == ("third", "1 to 64 units")


@pytest.mark.parametrize("kind", ["Activation", "Dense"])
def test_a_forged_input_is_a_difference_and_no_error(kind: str) -> None:
    """A recording may claim that the result of any call is an input."""
    x = keras.Input((1,), name="x")
    graph = read(keras.Model(x, dense(1, None)(layers.Activation("tanh")(dense(8, None)(x)))))
    forged = replace(graph, inputs=(Tensor(calls_of(graph, kind)[0][0]),))
    assert differences(forged, graph, ("x",))


def test_an_operation_without_a_tensor_is_read() -> None:
    graph = read(keras.Model(x := keras.Input((1,)), dense(1, None)(keras.ops.square(x))))
    ((number, call),) = calls_of(graph, "ops.Square")
    assert canonical(with_call(graph, number, replace(call, args=())))


def test_a_line_is_corrected_for_all_layers_but_those_that_are_free() -> None:
    def net(activation: str) -> ModelGraph:
        x, y = keras.Input((1,), name="x"), keras.Input((1,), name="y")
        ends = [dense(8, activation, name="a")(x), dense(9, activation, name="b")(y)]
        return read(keras.Model([x, y], dense(1, None)(layers.concatenate(ends))))

    names = LayerNames({"a": Location(None, 3), "b": Location(None, 3)})
    free = {"b": Freedom(None, activation=True)}
    (difference,) = differences(net("relu"), net("sigmoid"), X2, free=free, names=names)
    assert difference.hint == "Write `activation='sigmoid'` in the call of `Dense` on line 3."


def test_what_cannot_be_written_as_code_is_said_in_words() -> None:
    def net(units: int) -> ModelGraph:
        x = keras.Input((4,), name="x")
        return read(keras.Model(x, dense(1, None)(dense(units, name="b")(dense(8, name="a")(x[:, :2])))))

    names = LayerNames({"a": Location(None, 3), "b": Location(None, 3)})
    (difference,) = differences(net(7), net(9), ("x",), names=names)
    assert difference.hint == "Compare it with the task, layer by layer."


def test_inputs_that_are_missing_take_the_places_of_one_that_is_listed_again() -> None:
    student = side_by_side(32, 20, 7, fed=1)
    (name,), start = student.input_names, student.inputs[0]
    student = replace(student, inputs=(start,) * 3, input_names=(name,) * 3)
    diffs = differences(student, side_by_side(32, 20, 7), ("x",) * 3)
    assert [difference.message for difference in diffs] == ["`Input(shape=(1,))` is missing."] * 2
    assert "    net1 = Input(shape=(1,))\n" in diffs[0].hint
    assert diffs[0].hint.endswith("    model = keras.Model(inputs=[x0, net1, net2], outputs=out)")


def stem(*, again: bool, **settings: Any) -> ModelGraph:
    """Two branches on the result of one layer, which may be called again for the second."""
    base = layers.Dense(4, "sigmoid", **settings)
    x = keras.Input((1,))
    first = base(x)
    second = base(x) if again else first
    return read(keras.Model(x, layers.concatenate([layers.Dense(2)(first), layers.Dense(3)(second)])))


def test_a_layer_that_is_called_again_on_the_same_tensor_is_no_difference() -> None:
    """But where each call adds a penalty."""
    assert differences(stem(again=True), stem(again=False), ("x",)) == ()
    penal = {"activity_regularizer": "l2"}
    assert differences(stem(again=True, **penal), stem(again=False, **penal), ("x",)) != ()
