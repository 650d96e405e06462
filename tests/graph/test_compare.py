"""Equal networks are equal however they are spelled, and every single change makes them different."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.graph import align, equal
from grader.graph.equality.compare import Freedom
from tests.graph.networks import chain, dense, read

X2 = ("x", "x")


def test_the_activation_of_a_cell_is_not_one_behind_it() -> None:
    x, state = keras.Input((4,)), keras.Input((3,))
    inside = keras.Model([x, state], layers.GRUCell(3, activation="relu")(x, state)[0])
    behind = keras.Model([x, state], layers.ReLU()(layers.GRUCell(3)(x, state)[0]))
    assert not equal(read(inside), read(behind))


def shared(*, separate: bool) -> Any:
    a, b = keras.Input((1,)), keras.Input((1,))
    first = dense(32)
    second = dense(32) if separate else first
    return keras.Model([a, b], dense(1)(layers.concatenate([first(a), second(b)])))


def heads(*, swapped: bool, as_dict: bool = False) -> Any:
    x = keras.Input((1,))
    left, right = dense(1, None)(dense(20)(x)), dense(1, None)(dense(30)(x))
    outputs: Any = [right, left] if swapped else [left, right]
    return keras.Model(x, {"b": outputs[0], "a": outputs[1]} if as_dict else outputs)


def test_outputs_have_an_order_unless_they_are_in_a_dict() -> None:
    """Swapped heads learn each other's target; named ones have no order to be wrong."""
    assert align(read(heads(swapped=True)), read(heads(swapped=False)), {}, ("x",)) is None
    for swapped in (True, False):
        assert align(read(heads(swapped=swapped, as_dict=True)), read(heads(swapped=False)), {}, ("x",)) is not None


def unlike_inputs(first: str = "first", second: str = "second", *, swapped: bool = False, as_dict: bool = False) -> Any:
    """Two inputs of different width and use, by name; in a list, or in a dict."""
    inputs = [keras.Input((4,), name=first), keras.Input((2,), name=second)]
    joined = layers.concatenate([layers.Dense(8)(inputs[0]), layers.Dense(3)(inputs[1])])
    listed: Any = inputs[::-1] if swapped else inputs
    return keras.Model({tensor.name: tensor for tensor in inputs} if as_dict else listed, layers.Dense(1)(joined))


def test_a_dict_of_inputs_is_matched_in_any_order() -> None:
    """Keras sorts it by its names, which are the student's."""
    expected = read(unlike_inputs())
    for names in (("a", "b"), ("b", "a")):
        aligned = align(read(unlike_inputs(*names, as_dict=True)), expected, {}, ("left", "right"))
        assert aligned is not None
        assert [aligned.shape(tensor) for tensor in aligned.inputs] == [(None, 4), (None, 2)]


Join = Callable[[Any, Any, Any], Any]


def joining(join: Join) -> Any:
    """A network that joins three unlike branches of one input in some way."""
    x = keras.Input((4,))
    return read(keras.Model(x, join(dense(4)(x), dense(4, "relu")(x), dense(4, "tanh")(x))))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (lambda a, b, c: layers.subtract([a, b]), lambda a, b, c: layers.subtract([b, a]), False),
        (lambda a, b, c: dense(1)(a / b), lambda a, b, c: dense(1)(b / a), False),
        (lambda a, b, c: layers.dot([a, b], axes=1), lambda a, b, c: layers.dot([b, a], axes=1), True),
        (lambda a, b, c: dense(1)(ops.hstack([a, b])), lambda a, b, c: dense(1)(layers.concatenate([a, b])), True),
        (lambda a, b, c: dense(1)(ops.append(a, b, axis=-1)), lambda a, b, c: dense(1)(layers.concatenate([a, b])), True),
        (lambda a, b, c: (a + b) + c, lambda a, b, c: layers.add([c, a, b]), True),
        (lambda a, b, c: layers.add([a, a, b]), lambda a, b, c: layers.add([a, b]), False),
        (lambda a, b, c: layers.add([a, a, b]), lambda a, b, c: layers.add([a, b, b]), False),
        (lambda a, b, c: layers.add([a, a, b]), lambda a, b, c: layers.add([a, b, a]), True),
        # Order is free only where weights that follow can permute it.
        (lambda a, b, c: layers.concatenate([a, b]), lambda a, b, c: layers.concatenate([b, a]), False),
    ],
    ids=["subtract", "divide", "dot", "hstack", "append", "nested sums", "once more", "another once more", "turned",
         "concatenation that is the output"],
)  # fmt: skip
def test_arguments_count_where_they_change_the_function(one: Join, other: Join, same: bool) -> None:
    assert equal(joining(one), joining(other)) is same


def beside(*parts: Any, other: int = 20) -> Any:
    """Two branches, of which the second is these layers."""
    a, b = keras.Input((1,)), keras.Input((1,))
    x = b
    for part in parts:
        x = part(x)
    return keras.Model([a, b], dense(1, None)(layers.concatenate([dense(other)(a), x])))


def seeing(filters: int, kind: Any = layers.Conv2D) -> Any:
    return chain(kind(filters, 3, name="free"), layers.Flatten(), layers.Dense(1), shape=(8, 8, 1))


@pytest.mark.parametrize(
    ("student", "reference", "units", "allowed"),
    [
        (lambda: beside(dense(7, "relu")), lambda: beside(dense(32, name="free")), (1, 64), True),
        (lambda: beside(dense(65, "relu")), lambda: beside(dense(32, name="free")), (1, 64), False),
        (lambda: beside(dense(7, "relu"), other=21), lambda: beside(dense(32, name="free")), (1, 64), False),
        (lambda: beside(layers.Dense(24), layers.Activation("relu")), lambda: beside(dense(32, name="free")), (1, 64), True),
        (lambda: beside(layers.Dense(64), layers.LeakyReLU()), lambda: beside(dense(32, name="free")), (1, 64), True),
        (lambda: seeing(6), lambda: seeing(4), (2, 8), True),
        (lambda: seeing(9), lambda: seeing(4), (2, 8), False),
        (lambda: seeing(6, layers.SeparableConv2D), lambda: seeing(4), (2, 8), False),
    ],
)  # fmt: skip
def test_named_freedoms_are_respected(
    student: Callable[[], Any], reference: Callable[[], Any], units: tuple[int, int], allowed: bool
) -> None:
    """A free layer may have any width in its range and any activation, also as a layer; nothing else is free with it."""
    graph, expected = read(student()), read(reference())
    aligned = align(graph, expected, {"free": Freedom(units, activation=True)}, ("x",) * len(expected.inputs))
    assert (aligned is not None) is allowed


def test_free_layers_do_not_multiply_the_work() -> None:
    """Seven free layers of seven widths each were close to a million comparisons, one after the other."""

    def model(widths: Iterable[int]) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        free = [dense(width, "relu", name=f"free{n}")(a) for n, width in enumerate(widths)]
        return keras.Model([a, b], dense(8, None)(layers.concatenate([*free, b])))

    free = {f"free{n}": Freedom((n + 1, 99), activation=n % 2 == 0) for n in range(7)}
    reference = read(model(range(40, 47)))
    assert align(read(model(range(1, 8))), reference, free, X2) is not None
    assert align(read(model([1] * 7)), reference, free, X2) is None


def test_a_shared_layer_is_free_as_a_whole() -> None:
    def model(*after: Any) -> Any:
        a, b = keras.Input((1,)), keras.Input((1,))
        shared = dense(4, None, name="shared")
        return keras.Model(
            [a, b], dense(1, None)(layers.concatenate([then(shared(x)) for then, x in zip(after, (a, b), strict=True)]))
        )

    relu, tanh = (layers.Activation(name) for name in ("relu", "tanh"))
    reference, free = read(model(relu, relu)), {"shared": Freedom(None, activation=True)}
    assert align(read(model(tanh, tanh)), reference, free, X2) is not None
    assert align(read(model(tanh, relu)), reference, free, X2) is None


def same_as_none(*rows: tuple[str, tuple[int, ...], Any, bool]) -> list[Any]:
    return [pytest.param(shape, step, lambda x: x, same, id=name) for name, shape, step, same in rows]


@pytest.mark.parametrize(
    ("shape", "step", "other", "same"),
    [
        # Only layers that change nothing are passed over.
        *same_as_none(
            ("rescaling by one", (4,), layers.Rescaling(1.0), True),
            ("rescaling", (4,), layers.Rescaling(2.0), False),
            ("an offset", (4,), layers.Rescaling(1.0, offset=1.0), False),
            ("permute of one axis", (4,), layers.Permute((1,)), True),
            ("permute", (3, 3), layers.Permute((2, 1)), False),
            ("reshape", (4,), layers.Reshape((4,)), True),
            ("ops.reshape", (4,), lambda x: ops.reshape(x, (-1, 4)), True),
            ("flatten", (4,), layers.Flatten(), True),
            ("no noise", (4,), layers.GaussianNoise(0.0), True),
            ("no dropout", (4, 4, 2), layers.SpatialDropout2D(0.0), True),
            ("dropout", (4,), layers.Dropout(0.1), False),
            ("no padding", (4, 3), layers.ZeroPadding1D(0), True),
            ("normalization", (4,), layers.UnitNormalization(), False),
            ("a sum of one", (4,), lambda x: sum([x]), True),
            ("times 1", (4,), lambda x: x * 1.0, True),
            ("times 0", (4,), lambda x: x * 0.0, False),
            ("from 1", (4,), lambda x: 1.0 - x, False),
        ),
        # Activations as functions are activations; ops.gelu approximates, ops.exponential is no operation.
        *(((4,), getattr(keras.activations, name), layers.Activation(name), True)
          for name in ("relu", "tanh", "celu", "elu", "gelu", "selu", "log_softmax", "softplus", "exponential")),
        *(((4,), getattr(ops, name), layers.Activation(name), True)
          for name in ("relu", "tanh", "celu", "elu", "selu", "log_softmax", "softplus")),
    ],
)  # fmt: skip
def test_a_step_is_another_only_if_it_computes_another_thing(
    shape: tuple[int, ...], step: Any, other: Any, same: bool
) -> None:
    assert equal(*(read(chain(between, layers.Dense(1), shape=shape)) for between in (step, other))) is same


CHANNELS: dict[str, tuple[tuple[int, ...], Any, bool]] = {
    "a convolution": ((8, 8, 2), lambda x: layers.Conv2D(3, 3)(ops.copy(x)), True),
    "another axis of a kernel": ((8, 8, 2), layers.Conv2D(3, 3, data_format="channels_first"), False),
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


@pytest.mark.parametrize(
    ("attend", "same"),
    [
        (lambda attention, x, y: attention(x, value=y), True),
        (lambda attention, x, y: attention(query=x, value=y), True),
        (lambda attention, x, y: attention(x, y, key=y, attention_mask=None), True),
        (lambda attention, x, y: attention(x, y, key=x), False),
    ],
    ids=["value", "query and value", "its own value as key", "a key of its own"],
)
def test_arguments_given_by_name_change_nothing(attend: Callable[..., Any], same: bool) -> None:
    x, y = keras.Input((6, 8)), keras.Input((6, 8))
    named = keras.Model([x, y], attend(layers.MultiHeadAttention(2, 4), x, y))
    plain = keras.Model([x, y], layers.MultiHeadAttention(2, 4)(x, y))
    assert equal(read(named), read(plain), ("a", "b")) is same
