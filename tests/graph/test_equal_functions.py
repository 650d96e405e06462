"""Networks that are equal for the grader compute the same: random formulas, evaluated by Keras."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from grader.graph import canonical, equal, serialise
from tests.graph.networks import chain, read

LABELS = ("left", "right")
ONE: tuple[Callable[[Any], Any], ...] = (
    abs, ops.square, ops.negative, ops.cos, ops.sin, ops.tanh, layers.Flatten(), layers.Reshape((2, 3)),
    layers.Reshape((6,)), layers.Reshape((3, 2)), layers.Permute((2, 1)), lambda x: x**2, lambda x: x**3,
    lambda x: 1 - x, lambda x: x - 1, lambda x: ops.reshape(x, (-1, 6)), layers.Activation("softsign"),
)  # fmt: skip
TWO: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: a - b, lambda a, b: b - a, lambda a, b: layers.Subtract()([a, b]), lambda a, b: a * b,
    lambda a, b: layers.Multiply()([b, a]), lambda a, b: a + b, lambda a, b: layers.Maximum()([a, b]),
)  # fmt: skip


def formula(random: Random, inputs: list[Any]) -> Any:
    """A few steps on two inputs, each on what the steps before it made."""
    tensors = list(inputs)
    last = random.choice(TWO)(*random.sample(tensors, 2))
    for _ in range(random.randint(1, 4)):
        tensors.append(last)
        steps = [step for step in ONE if not isinstance(step, layers.Permute) or len(last.shape) == 3]
        alike = [tensor for tensor in tensors if tensor.shape == last.shape]
        last = random.choice(steps)(last) if random.random() < 0.8 else random.choice(TWO)(last, random.choice(alike))
    return last


def network(seed: int) -> Any:
    inputs = [keras.Input((2, 3), name=name) for name in LABELS]
    return keras.Model(inputs, formula(Random(seed), inputs))


def test_equal_formulas_give_equal_numbers() -> None:
    values = [np.random.default_rng(number).normal(size=(5, 2, 3)).astype("float32") for number in (1, 2)]
    alike: dict[str, list[tuple[int, Any]]] = {}
    for seed in range(250):
        try:
            model = network(seed)
        except ValueError:  # a formula that leaves one of the inputs out
            continue
        alike.setdefault(serialise(canonical(read(model), LABELS)), []).append((seed, np.asarray(model(values))))
    repeated = [group for group in alike.values() if len(group) > 1]
    assert len(repeated) > 10
    for (first, expected), *entries in repeated:
        for seed, numbers in entries:
            np.testing.assert_allclose(numbers, expected, rtol=1e-4, atol=1e-5, err_msg=f"formulas {first} and {seed}")


def of_difference(step: Callable[[Any, Any], Any]) -> Any:
    """An encoder for both inputs, and what is made of the two codes."""
    left, right = (keras.Input((6,), name=name) for name in LABELS)
    encoder = layers.Dense(4)
    return read(keras.Model([left, right], layers.Dense(1)(step(encoder(left), encoder(right)))))


def turned(step: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: step(b, a)


@pytest.mark.parametrize(
    ("spelling", "other", "same"),
    [
        *((spelling, lambda a, b: abs(a - b), True) for spelling in (
            lambda a, b: abs(b - a),
            lambda a, b: ops.absolute(layers.Subtract()([b, a])),
            lambda a, b: layers.Dropout(0.0)(abs(layers.Identity()(b - a))))),
        *((lambda a, b, square=square: square(b - a), lambda a, b: ops.square(a - b), True)
          for square in (ops.square, lambda x: x**2, lambda x: x * x, lambda x: layers.Multiply()([x, x]))),
        *((signed, turned(signed), False) for signed in (
            lambda a, b: b - a,
            lambda a, b: ops.relu(b - a),
            lambda a, b: abs((b - a) - a),
            lambda a, b: abs(b - a) + (b - a),
            lambda a, b: abs(layers.Dense(4)(b - a)))),
    ],
)  # fmt: skip
def test_a_difference_has_no_order_where_its_sign_is_not_seen(spelling: Any, other: Any, same: bool) -> None:
    assert equal(of_difference(spelling), of_difference(other), LABELS) is same


def image(*steps: Any) -> Any:
    return read(chain(*steps, layers.Dense(3), shape=(4, 4, 8)))


@pytest.mark.parametrize(
    ("steps", "same"),
    [
        ([layers.Reshape((128,))], True),
        ([layers.Reshape((-1,))], True),
        ([layers.Reshape((16, 8)), layers.Flatten()], True),
        ([lambda x: ops.reshape(x, (-1, 128))], True),
        ([lambda x: ops.expand_dims(x, 1), layers.Flatten()], True),
        ([layers.Permute((2, 1, 3)), layers.Flatten()], False),
        ([layers.Flatten(data_format="channels_first")], False),
    ],
)
def test_a_reshape_that_flattens_in_the_same_order_is_flatten(steps: Any, same: bool) -> None:
    assert equal(image(*steps), image(layers.Flatten())) is same
