"""Masks that Keras adds by itself are no part of a network as it was written; others are."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import ModelGraph
from grader.graph import equal
from grader.training.engine.build import build, influence
from tests.graph.networks import confirmed, read


def text(masked: bool = True) -> Any:
    tokens = keras.Input((7,), dtype="int32", name="tokens")
    x = layers.Embedding(20, 6, mask_zero=masked)(tokens)
    x = layers.Dropout(0.1)(layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x))
    return keras.Model(tokens, layers.Dense(1)(layers.GRU(3)(x)))


def block() -> Any:
    """Attention, with masks of query, value and key, and a sum, whose mask is the union of those of its terms."""
    tokens = keras.Input((7,), dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(tokens)
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 3)(x, x)]))
    return keras.Model(tokens, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


def joined() -> Any:
    """One branch is masked, the other is not."""
    series = keras.Input((5, 3))
    x = layers.Concatenate()([layers.Masking(-1.0)(series), layers.Dense(2)(series)])
    return keras.Model(series, layers.Dense(1)(layers.LSTM(4)(x)))


def attended() -> Any:
    """Attention, which passes its query's mask on to what is joined with it."""
    tokens = keras.Input((7,), dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(tokens)
    states = layers.LSTM(6, return_sequences=True)(x)
    context = layers.AdditiveAttention()([states, layers.Attention()([states, x])])
    x = layers.TimeDistributed(layers.Dense(3))(layers.Concatenate()([states, context]))
    return keras.Model(tokens, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


def masks(graph: ModelGraph) -> list[str]:
    """The operations that compute masks, and the arguments that take them."""
    operations = [layer.kind for layer in graph.layers if layer.kind.startswith("ops.")]
    return operations + [name for call in graph.calls for name, _ in call.kwargs if "mask" in name]


@pytest.mark.parametrize("model", [text, block, joined, attended])
def test_masks_that_follow_from_the_layers_are_left_out(model: Any) -> None:
    """What is left can be trained, and is the network that Keras built, masks included."""
    built = model()
    graph = read(built)
    assert masks(graph) == []
    assert graph.untrainable == ()
    rebuilt = build(graph, seed=1)
    rebuilt.set_weights(built.get_weights())
    sample = keras.ops.convert_to_tensor([[3, 5, 1, 0, 0, 0, 0]])
    if built.inputs[0].ndim == 3:
        sample = keras.ops.where(keras.ops.arange(5)[None, :, None] > 2, -1.0, keras.random.normal((2, 5, 3)))
    assert keras.ops.all(keras.ops.isclose(built(sample), rebuilt(sample), atol=1e-6))


def test_a_network_that_masks_is_another_one() -> None:
    assert not equal(read(text()), read(text(masked=False)), ("tokens",))


def test_an_input_that_decides_a_mask_moves_the_output() -> None:
    assert influence(read(joined())) == [[True]]


class Words(layers.Embedding):
    """A class of a student's own, which masks as its parent does."""


class Halves(layers.Layer):
    """A class of a student's own that computes masks in a way of its own."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.split(inputs, 2, axis=1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else keras.ops.split(mask, 2, axis=1)


def test_what_a_class_of_ones_own_makes_of_a_mask_is_left_out_too() -> None:
    tokens = keras.Input((8,), dtype="int32")
    first, second = Halves()(Words(20, 6, mask_zero=True)(tokens))
    graph = read(keras.Model(tokens, layers.Add()([layers.LSTM(4)(first), layers.LSTM(4)(second)])))
    assert masks(graph) == []
    assert ["your own class" in reason for reason in graph.untrainable] == [True, True]


def test_a_mask_of_ones_own_stays() -> None:
    tokens = keras.Input((7,), dtype="int32")
    mask = keras.ops.not_equal(tokens, 3)
    for masked in (True, False):
        x = layers.Embedding(20, 6, mask_zero=masked)(tokens)
        graph = read(keras.Model(tokens, layers.LSTM(4)(x, mask=mask)))
        assert masks(graph) == ["ops.NotEqual", "mask"]
        assert confirmed(graph).untrainable == ()
