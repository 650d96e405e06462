"""The kinds of check speak of convolutions, recurrent layers, embeddings and attention as they do of Dense layers."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from grader.domain import Status
from tests.checks.students import evidence, look
from tests.graph.networks import read


def convolutions(first: int = 8, activation: str | None = "relu", head: int = 3, **more: Any) -> Any:
    """An image through two convolutions and a Dense layer to three classes."""
    x = start = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(first, 3, activation=activation, name="conv1", **more)(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(16, 3, activation="relu", name="conv2")(x)
    x = layers.Dense(32, activation="relu", name="hidden")(layers.Flatten()(x))
    return keras.Model(start, layers.Dense(head, activation="softmax", name="classes")(x))


def text(units: int = 12, **more: Any) -> Any:
    """Words through an embedding and an LSTM."""
    x = start = keras.Input((5,), dtype="int32", name="words")
    x = layers.Embedding(20, 6, name="embedding")(x)
    x = layers.LSTM(units, name="lstm", **more)(x)
    return keras.Model(start, layers.Dense(1, activation="sigmoid")(x))


def test_widths_are_filters_units_and_dimensions() -> None:
    assert look("widths", evidence(convolutions()), units=[8, 16, 32]).status is Status.PASSED
    assert look("widths", evidence(text()), units=[6, 12]).status is Status.PASSED
    x = keras.Input((4, 6))
    attending = layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 5)(x, x))
    assert look("widths", evidence(keras.Model(x, layers.Dense(1)(attending))), units=[5]).status is Status.PASSED


def test_a_wrong_number_of_filters_is_told_in_its_own_words() -> None:
    """Filters are not units, and the line to write is that of the layer's class."""
    given = evidence(convolutions(first=9), reference=read(convolutions()))
    finding = look("widths", given, units=[8, 16, 32])
    assert finding.message == "Layer `conv1`: expected 8 filters, found 9."
    assert finding.hint == "Write `Conv2D(8, …)` for `conv1`."


def test_a_layer_inside_a_wrapper_counts() -> None:
    x = keras.Input((5, 2))
    model = keras.Model(x, layers.Dense(1)(layers.Bidirectional(layers.GRU(7))(x)))
    assert look("widths", evidence(model), units=[7]).status is Status.PASSED
    assert look("widths", evidence(model), units=[7], of=["GRU"]).status is Status.PASSED


def test_widths_may_be_about_some_classes_only() -> None:
    assert look("widths", evidence(convolutions()), units=[8, 16], of=["Conv2D"]).status is Status.PASSED


def test_a_missing_layer_has_the_class_that_the_reference_gives_it() -> None:
    x = start = keras.Input((8, 8, 1))
    x = layers.Conv2D(16, 3, activation="relu")(layers.MaxPooling2D()(x))
    x = layers.Dense(32, activation="relu")(layers.Flatten()(x))
    model = keras.Model(start, layers.Dense(3, activation="softmax")(x))
    finding = look("widths", evidence(model, reference=read(convolutions())), units=[8, 16, 32])
    assert "Conv2D" in finding.message


def two_images(shared: bool = True) -> Any:
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    first = layers.Conv2D(4, 3, name="eye")
    second = first if shared else layers.Conv2D(4, 3, name="other_eye")
    joined = layers.concatenate([layers.Flatten()(first(a)), layers.Flatten()(second(b))])
    return keras.Model([a, b], layers.Dense(1)(joined))


def test_a_shared_convolution_is_a_shared_layer() -> None:
    assert look("shared", evidence(two_images()), units=4).status is Status.PASSED
    assert look("shared", evidence(two_images()), units=4, inputs="different").status is Status.PASSED
    finding = look("shared", evidence(two_images(shared=False)), units=4)
    assert finding.message.startswith("The exercise asks for one Conv2D layer of 4 filters, called twice; found: no layer")
    assert "`shared = Conv2D(…)`" in finding.hint
    assert finding.expected == "one Conv2D layer of 4 filters, called twice"


def test_a_trunk_of_convolutions() -> None:
    x = keras.Input((8, 8, 1))
    trunk = layers.Conv2D(6, 3)(layers.Conv2D(4, 3)(x))
    flat = layers.Flatten()(trunk)
    model = keras.Model(x, [layers.Dense(1)(flat), layers.Dense(2)(flat)])
    finding = look("trunk", evidence(model), units=[4, 6])
    assert finding.status is Status.PASSED
    assert finding.expected == "2 layers of 4 and 6 filters before the branches split"


def test_a_merge_of_convolutions_is_a_merge() -> None:
    x = keras.Input((8, 8, 4))
    joined = layers.add([layers.Conv2D(4, 3, padding="same")(x), x])
    model = keras.Model(x, layers.Dense(1)(layers.Flatten()(joined)))
    assert look("merge", evidence(model), node="Add", joins=2, width=4).status is Status.PASSED
