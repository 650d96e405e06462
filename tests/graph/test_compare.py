"""Equal networks are equal however they are spelled, and every single change makes them different."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import process_time
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.graph import align, canonical, equal, serialise, without_initializers
from grader.graph.equality.compare import Freedom
from tests.graph.networks import dense, model_of, read

X2 = ("x", "x")


def tutorial() -> Any:
    """Two branches of 32 and 20, concatenated, 32, 1."""
    a, b = keras.Input((1,)), keras.Input((1,))
    x = layers.concatenate([dense(32)(a), dense(20)(b)])
    return keras.Model([a, b], dense(1, None)(dense(32)(x)))


def branches_swapped() -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    x = layers.Concatenate()([dense(20)(a), dense(32)(b)])
    return keras.Model([a, b], dense(1, None)(dense(32)(x)))


def activation_layers() -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    left = layers.Activation("sigmoid")(layers.Dense(32)(a))
    right = keras.activations.sigmoid(layers.Dense(20)(b))
    x = ops.concatenate([left, right], axis=1)
    return keras.Model([a, b], layers.Activation("linear")(layers.Dense(1)(ops.sigmoid(layers.Dense(32)(x)))))


def nested_models() -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    left = keras.Sequential([keras.Input((1,)), dense(32)])
    inner = keras.Input((52,))
    top = keras.Model(inner, dense(1, None)(dense(32)(inner)))
    return keras.Model([a, b], top(layers.Identity()(layers.concatenate([left(a), dense(20)(b)]))))


def dict_inputs() -> Any:
    inputs = {"left": keras.Input((1,), name="left"), "right": keras.Input((1,), name="right")}
    x = layers.concatenate([dense(32)(inputs["left"]), layers.Dropout(0.0)(dense(20)(inputs["right"]))])
    return keras.Model(inputs, {"y": dense(1, keras.activations.linear)(dense(32, keras.activations.sigmoid)(x))})


def other_initializers() -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    x = layers.concatenate([dense(32, kernel_initializer="uniform")(a), dense(20)(b)])
    return keras.Model([a, b], dense(1, None)(dense(32, kernel_initializer="he_normal")(x)))


@pytest.mark.parametrize(
    "spelling", [tutorial, branches_swapped, activation_layers, nested_models, dict_inputs, other_initializers]
)
def test_spelling_does_not_matter(spelling: Callable[[], Any]) -> None:
    """Names, order of branches, activation layers, operations, nesting, dicts and initializers leave a network what it is."""
    assert align(read(spelling()), read(tutorial()), {}, X2) is not None


@pytest.mark.parametrize("spelling", [branches_swapped, activation_layers, nested_models, dict_inputs])
def test_equal_networks_have_one_canonical_form(spelling: Callable[[], Any]) -> None:
    one, other = (serialise(canonical(without_initializers(read(make())), X2)) for make in (tutorial, spelling))
    assert one == other.replace('"outputs_ordered":false', '"outputs_ordered":true')


@pytest.mark.parametrize("order", ["channels_first", "channels_last"])
def test_branches_may_change_places_only_in_the_axis_of_the_channels(order: str) -> None:
    """A kernel slides over the other axes, so what stands where counts there."""

    def joined(turned: bool) -> Any:
        x = keras.Input((6, 6, 6))
        pair = [layers.Conv2D(6, 1, activation=name)(x) for name in ("relu", "tanh")]
        both = layers.concatenate(pair[::-1] if turned else pair)
        return keras.Model(x, layers.Conv2D(2, 3, data_format=order)(both))

    assert equal(read(joined(True)), read(joined(False))) is (order == "channels_last")


def test_the_activation_of_a_cell_is_not_one_behind_it() -> None:
    x, state = keras.Input((4,)), keras.Input((3,))
    inside = keras.Model([x, state], layers.GRUCell(3, activation="relu")(x, state)[0])
    behind = keras.Model([x, state], layers.ReLU()(layers.GRUCell(3)(x, state)[0]))
    assert not equal(read(inside), read(behind))


def changed(**change: Any) -> Any:
    """The tutorial's network with one thing different."""
    a, b = keras.Input((1,)), keras.Input((1,))
    right = dense(change.get("right", 20))(a if change.get("one_input_twice") else b)
    left = dense(32, change.get("activation", "sigmoid"))(a)
    merge = change.get("merge", layers.concatenate)
    x = merge([left, right])
    if not change.get("dropped"):
        x = dense(32, trainable=not change.get("frozen"))(x)
    if change.get("extra"):
        x = dense(32)(x)
    return model_of([a, b], dense(change.get("head", 1), change.get("squeeze"))(x))


@pytest.mark.parametrize(
    "change",
    [
        {"right": 21},
        {"activation": "relu"},
        {"one_input_twice": True},
        {"dropped": True},
        {"extra": True},
        {"frozen": True},
        {"head": 2},
        {"squeeze": "sigmoid"},
        {"right": 32, "merge": layers.add},
    ],
    ids=" ".join,
)
def test_every_single_change_matters(change: dict[str, Any]) -> None:
    """Widths, activations, wiring, depth, freezing, heads and merges are what a network is."""
    assert align(read(changed(**change)), read(tutorial()), {}, X2) is None


def shared(*, separate: bool) -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    first = dense(32)
    second = dense(32) if separate else first
    return keras.Model([a, b], dense(1)(layers.concatenate([first(a), second(b)])))


def test_a_shared_layer_is_not_two_equal_ones() -> None:
    assert not equal(read(shared(separate=True)), read(shared(separate=False)), X2)
    assert equal(read(shared(separate=False)), read(shared(separate=False)), X2)


def heads(*, swapped: bool, as_dict: bool = False) -> Any:
    x = keras.Input((1,))
    left, right = dense(1, None)(dense(20)(x)), dense(1, None)(dense(30)(x))
    outputs: Any = [right, left] if swapped else [left, right]
    return keras.Model(x, {"b": outputs[0], "a": outputs[1]} if as_dict else outputs)


def test_the_order_of_outputs_counts() -> None:
    assert align(read(heads(swapped=True)), read(heads(swapped=False)), {}, ("x",)) is None


def test_a_dict_of_outputs_is_matched_in_any_order() -> None:
    for swapped in (True, False):
        assert align(read(heads(swapped=swapped, as_dict=True)), read(heads(swapped=False)), {}, ("x",)) is not None


def unlike_inputs(first: str = "first", second: str = "second", *, swapped: bool = False, as_dict: bool = False) -> Any:
    """Two inputs of different width and use, by name; in a list, or in a dict."""
    inputs = [keras.Input((4,), name=first), keras.Input((2,), name=second)]
    joined = layers.concatenate([layers.Dense(8)(inputs[0]), layers.Dense(3)(inputs[1])])
    listed: Any = inputs[::-1] if swapped else inputs
    return keras.Model({one.name: one for one in inputs} if as_dict else listed, layers.Dense(1)(joined))


def test_a_dict_of_inputs_is_matched_in_any_order() -> None:
    expected = read(unlike_inputs())
    for names in (("a", "b"), ("b", "a")):
        found = align(read(unlike_inputs(*names, as_dict=True)), expected, {}, ("left", "right"))
        assert found is not None
        assert [found.shape(tensor) for tensor in found.inputs] == [(None, 4), (None, 2)]


def test_subtraction_has_an_order() -> None:

    def model(*, swapped: bool) -> Any:
        x = keras.Input((1,))
        left, right = dense(4)(x), dense(4, "relu")(x)
        return keras.Model(x, layers.subtract([right, left] if swapped else [left, right]))

    assert not equal(read(model(swapped=True)), read(model(swapped=False)))


@pytest.mark.parametrize("join", [lambda a, b: ops.hstack([a, b]), lambda a, b: ops.append(a, b, axis=-1)])
def test_operations_that_join_are_a_concatenation(join: Callable[[Any, Any], Any]) -> None:
    """`hstack` and `append` along the last axis join what `concatenate` joins."""

    def model(joined: Callable[[Any, Any], Any]) -> Any:
        x = keras.Input((1,))
        return keras.Model(x, dense(1, None)(joined(dense(4)(x), dense(3, "relu")(x))))

    assert equal(read(model(join)), read(model(lambda a, b: layers.concatenate([a, b]))))


def test_sums_have_no_order_and_may_be_nested() -> None:
    x = keras.Input((1,))
    a, b, c = dense(4)(x), dense(4, "relu")(x), dense(4, "tanh")(x)
    assert equal(read(keras.Model(x, (a + b) + c)), read(keras.Model(x, layers.add([c, a, b]))))


def test_the_order_inside_a_concatenation_that_is_the_output_counts() -> None:
    x = keras.Input((1,))
    a, b = dense(4)(x), dense(4, "relu")(x)
    assert not equal(read(keras.Model(x, layers.concatenate([a, b]))), read(keras.Model(x, layers.concatenate([b, a]))))


def test_named_freedoms_are_respected() -> None:
    """A free layer may have any width in its range and any activation, and nothing else is free with it."""

    def model(units: int, activation: str, other: int = 20) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        x = layers.concatenate([dense(units, activation, name="free")(a), dense(other)(b)])
        return keras.Model([a, b], dense(1, None)(x))

    free = {"free": Freedom((1, 64), activation=True)}
    reference = read(model(32, "sigmoid"))
    assert align(read(model(7, "relu")), reference, free, X2) is not None
    assert align(read(model(65, "relu")), reference, free, X2) is None
    assert align(read(model(7, "relu", other=21)), reference, free, X2) is None


def test_free_layers_do_not_multiply_the_work() -> None:
    """Seven free layers of seven widths each were close to a million comparisons, one after the other."""

    def model(widths: Iterable[int], last: int = 8) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        free = [dense(width, "relu", name=f"free{n}")(a) for n, width in enumerate(widths)]
        return keras.Model([a, b], dense(last, None)(layers.concatenate([*free, b])))

    free = {f"free{n}": Freedom((n + 1, 99), activation=n % 2 == 0) for n in range(7)}
    reference = read(model(range(40, 47)))
    started = process_time()
    assert align(read(model(range(17, 10, -1))), reference, free, X2) is not None
    assert align(read(model(range(17, 10, -1), last=9)), reference, free, X2) is None
    assert align(read(model(range(1, 8))), reference, free, X2) is not None
    assert align(read(model([1] * 7)), reference, free, X2) is None
    assert process_time() - started < 20


def test_a_shared_layer_is_free_as_a_whole() -> None:

    def model(*after: Any) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        shared = dense(4, None, name="shared")
        return keras.Model([a, b], dense(1, None)(layers.concatenate([then(shared(x)) for then, x in zip(after, (a, b), strict=True)])))

    relu, tanh = (layers.Activation(name) for name in ("relu", "tanh"))
    reference, free = read(model(relu, relu)), {"shared": Freedom(None, activation=True)}
    assert align(read(model(tanh, tanh)), reference, free, X2) is not None
    assert align(read(model(tanh, relu)), reference, free, X2) is None


def test_a_free_activation_may_be_a_layer() -> None:

    def model(*parts: Any) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        x = b
        for part in parts:
            x = part(x)
        return keras.Model([a, b], dense(1, None)(layers.concatenate([dense(20)(a), x])))

    reference, free = read(model(dense(24, name="free"))), {"free": Freedom((1, 256), activation=True)}
    assert align(read(model(layers.Dense(24), layers.Activation("relu"))), reference, free, X2) is not None
    assert align(read(model(layers.Dense(256), layers.LeakyReLU())), reference, free, X2) is not None


def between(step: Callable[[Any], Any], shape: tuple[int, ...] = (4,)) -> Any:
    """A network with one step between its input and its last layer."""
    x = keras.Input(shape)
    return read(keras.Model(x, layers.Dense(1)(step(x))))


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        (layers.Rescaling(1.0), (4,)),
        (layers.Permute((1,)), (4,)),
        (layers.Reshape((4,)), (4,)),
        (layers.Flatten(), (4,)),
        (layers.GaussianNoise(0.0), (4,)),
        (layers.SpatialDropout2D(0.0), (4, 4, 2)),
        (layers.ZeroPadding1D(0), (4, 3)),
        (lambda x: ops.reshape(x, (-1, 4)), (4,)),
        (lambda x: sum([x]), (4,)),
        (lambda x: x * 1.0, (4,)),
    ],
    ids=["rescaling", "permute", "reshape", "flatten", "noise", "dropout", "padding", "ops.reshape", "sum", "times 1"],
)
def test_layers_that_change_nothing_are_passed_over(step: Any, shape: tuple[int, ...]) -> None:
    assert equal(between(step, shape), between(lambda x: x, shape))


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        (layers.Rescaling(2.0), (4,)),
        (layers.Rescaling(1.0, offset=1.0), (4,)),
        (layers.Permute((2, 1)), (3, 3)),
        (layers.UnitNormalization(), (4,)),
        (layers.Dropout(0.1), (4,)),
        (lambda x: x * 0.0, (4,)),
        (lambda x: 1.0 - x, (4,)),
    ],
    ids=["rescaling", "offset", "permute", "normalization", "dropout", "times 0", "from 1"],
)
def test_layers_that_change_something_count(step: Any, shape: tuple[int, ...]) -> None:
    assert not equal(between(step, shape), between(lambda x: x, shape))


@pytest.mark.parametrize(
    "name", ["relu", "tanh", "celu", "elu", "gelu", "selu", "log_softmax", "softplus", "exponential"]
)
def test_activations_as_functions_are_activations(name: str) -> None:
    """`keras.activations.relu(x)` and `keras.ops.relu(x)` are `Activation("relu")`."""
    function = getattr(keras.activations, name)
    assert equal(between(function), between(layers.Activation(name)))
    if name not in ("gelu", "exponential"):  # ops.gelu approximates, ops.exponential is no operation
        assert equal(between(getattr(ops, name)), between(layers.Activation(name)))


def test_multiple_edges_count() -> None:

    def model(first: int, second: int) -> Any:
        a, b = keras.Input((4,)), keras.Input((4,))
        left, right = dense(4)(a), dense(4, "relu")(b)
        return read(keras.Model([a, b], layers.add([left] * first + [right] * second)))

    assert not equal(model(2, 1), model(1, 1))
    assert not equal(model(2, 1), model(1, 2))
    assert equal(model(2, 1), model(2, 1))


@pytest.mark.parametrize(
    ("operation", "ordered"),
    [(lambda a, b: a - b, True), (lambda a, b: a / b, True), (lambda a, b: layers.dot([a, b], axes=1), False)],
    ids=["subtract", "divide", "dot of vectors"],
)
def test_argument_slots_count_where_they_change_the_function(operation: Any, ordered: bool) -> None:
    """Differences and quotients have an order, a product of two vectors has none."""

    def model(swapped: bool) -> Any:
        x = keras.Input((4,))
        a, b = dense(4)(x), dense(4, "relu")(x)
        return read(keras.Model(x, dense(1)(operation(b, a) if swapped else operation(a, b))))

    assert equal(model(True), model(False)) is not ordered


CHANNELS: dict[str, tuple[tuple[int, ...], Any, bool]] = {
    "a convolution": ((8, 8, 2), lambda x: layers.Conv2D(3, 3)(ops.copy(x)), True),
    "pooling, then a convolution": ((8, 8, 2), lambda x: layers.Conv2D(3, 3)(layers.MaxPooling2D()(x)), True),
    "a mean, then a Dense layer": ((8, 8, 2), lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)), True),
    "a recurrent layer": ((8, 2), lambda x: layers.LSTM(3)(ops.copy(x)), True),
    "a convolution in groups": ((8, 8, 2), lambda x: layers.Conv2D(4, 3, groups=2)(ops.copy(x)), False),
    "a state": ((3,), lambda x: layers.GRU(6)(layers.RepeatVector(2)(x[:, :2]), initial_state=x), False),
    "a reshaping": ((4,), lambda x: layers.Dense(3)(layers.Reshape((2, 4))(x)), False),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_a_concatenation_is_free_where_each_channel_has_its_own_weights(name: str) -> None:
    """Then another order only permutes these; not where a channel's place means something."""
    shape, after, free = CHANNELS[name]

    def joined(turned: bool) -> Any:
        a, b = keras.Input(shape), keras.Input(shape)
        parts = [layers.Activation("tanh")(a), layers.Activation("relu")(b)]
        return keras.Model([a, b], after(layers.concatenate(parts[::-1] if turned else parts)))

    assert equal(read(joined(False)), read(joined(True)), ("a", "b")) is free


def test_a_free_layer_may_be_a_convolution() -> None:
    """`units` of a freedom is its width, and the classes must be the same."""

    def network(filters: int, kind: Any = layers.Conv2D) -> Any:
        x = keras.Input((8, 8, 1))
        return keras.Model(x, layers.Dense(1)(layers.Flatten()(kind(filters, 3, name="eye")(x))))

    free, reference = {"eye": Freedom(units=(2, 8))}, read(network(4))
    assert align(read(network(6)), reference, free, ("x",)) is not None
    assert align(read(network(9)), reference, free, ("x",)) is None
    assert align(read(network(6, layers.SeparableConv2D)), reference, free, ("x",)) is None


def attending(*named: str) -> Any:
    """Attention over a sequence, its tensors given by name."""
    x = keras.Input((6, 8))
    return keras.Model(x, layers.MultiHeadAttention(2, 4)(*[x] * (2 - len(named)), **dict.fromkeys(named, x)))


@pytest.mark.parametrize("named", [("value",), ("query", "value")], ids=" ".join)
def test_arguments_given_by_name_change_nothing(named: tuple[str, ...]) -> None:
    assert serialise(canonical(read(attending(*named)))) == serialise(canonical(read(attending())))


def test_a_key_of_its_own_is_another_network() -> None:
    x, y = keras.Input((6, 8)), keras.Input((6, 8))
    attention = layers.MultiHeadAttention
    plain = keras.Model([x, y], attention(2, 4)(x, y))
    same = keras.Model([x, y], attention(2, 4)(x, y, key=y, attention_mask=None))
    other = keras.Model([x, y], attention(2, 4)(x, y, key=x))
    assert align(read(same), read(plain), {}, ("a", "b")) is not None
    assert align(read(other), read(plain), {}, ("a", "b")) is None
