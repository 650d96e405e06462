"""The kinds of check speak of convolutions, recurrent layers, embeddings and attention as they do of Dense layers."""

from __future__ import annotations

from typing import Any

import keras
import pytest
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


def test_activations_of_convolutions_count_and_those_of_recurrent_layers_when_named() -> None:
    """An LSTM has its tanh without being asked; whoever wants another one says so."""
    assert look("activations", evidence(convolutions()), hidden="relu").status is Status.PASSED
    finding = look("activations", evidence(convolutions(activation="tanh")), hidden="relu")
    assert finding.message == "Layer `conv1`: expected activation `relu`, found `tanh`."
    assert finding.hint == "Write `activation='relu'` in `conv1`."
    assert look("activations", evidence(text()), hidden="tanh", of=["LSTM"]).status is Status.PASSED
    assert look("activations", evidence(text(activation="relu")), hidden="tanh", of=["LSTM"]).status is Status.FAILED


def test_a_leaky_relu_is_known_by_its_name() -> None:
    """The canonical form holds a configured one; a spec says `leaky_relu`."""
    given = evidence(convolutions(activation="leaky_relu"))
    assert "`leaky_relu` (`conv1`)" in look("activations", given, hidden="leaky_relu").actual


def test_initializers_of_kernels_are_all_looked_at() -> None:
    """Of convolutions, and of separable ones, which have two."""
    assert look("initializers", evidence(convolutions()), kernel="glorot_uniform").status is Status.PASSED
    finding = look("initializers", evidence(convolutions(kernel_initializer="he_normal")), kernel="glorot_uniform")
    assert finding.message == "Layer `conv1`: expected `kernel_initializer='glorot_uniform'`, found `HeNormal()`."
    assert finding.hint == "Write `Conv2D(8, …, kernel_initializer='glorot_uniform')`."
    x = keras.Input((8, 8, 2))
    separable = layers.SeparableConv2D(4, 3, pointwise_initializer="he_normal")(x)
    given = evidence(keras.Model(x, layers.Dense(1)(layers.Flatten()(separable))))
    assert "`pointwise_initializer='glorot_uniform'`" in look("initializers", given, kernel="glorot_uniform").message


def test_initializers_of_recurrent_kernels_and_embeddings_count_when_named() -> None:
    """They have defaults of their own."""
    given = evidence(text())
    plain = {"kernel": "glorot_uniform"}
    assert look("initializers", given, **plain).status is Status.PASSED
    asked = {"recurrent": "orthogonal", "embeddings": "uniform"}
    assert look("initializers", given, **plain, **asked).status is Status.PASSED
    finding = look("initializers", given, **plain, recurrent="he_normal")
    assert finding.message == "Layer `lstm`: its recurrent initializer is `orthogonal`, the Keras default."
    assert finding.hint == "Write `recurrent_initializer='he_normal'`."


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


def three_inputs(*shapes: tuple[int, ...]) -> Any:
    inputs = [keras.Input(shape, name=f"in{number}") for number, shape in enumerate(shapes)]
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate(inputs)))


def test_each_input_has_its_shape() -> None:
    assert look("inputs", evidence(three_inputs((4,), (2,), (1,))), shapes=[[4], [2], [1]]).status is Status.PASSED
    finding = look("inputs", evidence(three_inputs((4,), (3,), (1,))), shapes=[[4], [2], [1]])
    assert finding.message == "Input `in1` does not have shape (2,)."
    assert finding.hint == "Write `Input(shape=(2,))`."
    assert finding.expected == "3 inputs of shape (4,), (2,) and (1,), each leading to an output"


def test_inputs_have_types_where_these_are_given() -> None:
    assert look("inputs", evidence(text()), shapes=[[5]], dtypes=["int32"]).status is Status.PASSED
    finding = look("inputs", evidence(text()), count=1, shape=[5], dtypes=["uint8"])
    assert finding.message == "Input `words` has type int32; the exercise asks for uint8."
    assert look("inputs", evidence(text()), shapes=[[5]], dtypes=["float32"]).status is Status.PASSED
    x = keras.Input((None, 2))
    free = evidence(keras.Model(x, layers.Dense(1)(layers.LSTM(3)(x))))
    assert look("inputs", free, shapes=[[-1, 2]]).status is Status.PASSED


@pytest.mark.parametrize(
    "options", [{}, {"shape": [1], "shapes": [[1]]}, {"count": 2, "shapes": [[1]]}, {"count": 2, "dtypes": ["int32"]}]
)
def test_contradictions_of_inputs_are_the_authors(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"give `|for 2 inputs"):
        look("inputs", evidence(text()), **options)


def heads() -> Any:
    """A class, a number, and an image."""
    x = keras.Input((8, 8, 1))
    image = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="mask")(x)
    flat = layers.Flatten()(x)
    classes = layers.Dense(10, activation="softmax", name="class")(flat)
    return keras.Model(x, [classes, layers.Dense(1, name="age")(flat), image])


def test_each_head_has_its_width_and_activation() -> None:
    options = {"widths": [10, 1, 1], "activations": ["softmax", "linear", "sigmoid"]}
    assert look("heads", evidence(heads()), **options).status is Status.PASSED
    finding = look("heads", evidence(heads()), **(options | {"widths": [10, 2, 1]}))
    assert finding.message == "Output `age` has width 1, not 2."
    finding = look("heads", evidence(heads()), **(options | {"activations": ["softmax", "sigmoid", "sigmoid"]}))
    assert finding.message == "Output `age` ends in `linear`; it must be sigmoid."
    assert finding.hint == "Write `activation='sigmoid'` in the last layer: `Dense(1, …)`."


def test_outputs_may_have_any_rank() -> None:
    options: dict[str, Any] = {"shapes": [[10], [1], [8, 8, 1]], "activation": "any"}
    assert look("heads", evidence(heads()), **options).status is Status.PASSED
    finding = look("heads", evidence(heads()), **(options | {"shapes": [[10], [1], [8, 8, 3]]}))
    assert "has shape (8, 8, 1), not (8, 8, 3)" in finding.message
    assert finding.expected == "3 outputs: shape (10,), shape (1,) and shape (8, 8, 3)"
    flat = look("heads", evidence(heads()), **(options | {"shapes": [[10], [1], [1]]}))
    assert flat.hint.startswith("Remove the other axes, for example with `Flatten()`.")


def test_missing_heads_are_described_one_by_one() -> None:
    finding = look("heads", evidence(convolutions()), widths=[3, 1], activations=["softmax", "linear"])
    assert finding.message == "The model has 1 output; the exercise asks for 2."
    assert "`Dense(3, …)` and `Dense(1)`" in finding.hint


@pytest.mark.parametrize(
    "options", [{"width": 1, "widths": [1]}, {"count": 2, "widths": [1]}, {"activations": ["sigmoidd"]}]
)
def test_contradictions_of_heads_are_the_authors(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not both|for 2 outputs|did you mean `sigmoid`"):
        look("heads", evidence(heads()), **options)
