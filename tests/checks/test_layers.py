"""`layers`: how many of a class, however they are spelled, with the parameters that count."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from grader.domain import Status
from tests.checks.students import evidence, look


def network(size: int = 3, blocks: int = 2) -> Any:
    """Convolutions with their activations in two spellings."""
    x = start = keras.Input((12, 12, 1))
    for number in range(blocks):
        x = layers.Conv2D(4, size if number == 0 else 3, padding="same", name=f"conv{number}")(x)
        x = layers.ReLU()(x) if number else layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(start, layers.Dense(1, name="head")(layers.Flatten()(x)))


@pytest.mark.parametrize("bounds", [{"exactly": 2}, {"at_least": 2}, {"at_most": 2}, {"at_least": 1, "at_most": 3}])
def test_layers_of_a_class_are_counted(bounds: dict[str, int]) -> None:
    """Exactly, at least and at most."""
    assert look("layers", evidence(network()), of="Conv2D", **bounds).status is Status.PASSED


def test_too_few_layers_cost_their_share() -> None:
    """The message counts, the hint names what to add."""
    finding = look("layers", evidence(network()), of="Conv2D", at_least=3)
    assert finding.message == "The model has 2 `Conv2D` layers; the exercise asks for at least 3."
    assert finding.hint == "Add 1 layer: `Conv2D(…)`."
    assert finding.share == 2 / 3


def test_too_many_layers_are_named() -> None:
    """And how many of them to remove."""
    finding = look("layers", evidence(network()), of="Conv2D", at_most=1)
    assert finding.message.endswith("the exercise allows at most 1: found `conv0` and `conv1`.")
    assert finding.hint == "Remove 1 of them."


def test_only_layers_with_these_parameters_count() -> None:
    """One number stands for all axes, as in Keras; the layer that lacks a parameter is named."""
    options = {"of": "Conv2D", "exactly": 2, "parameters": {"kernel_size": 3, "padding": "same"}}
    assert look("layers", evidence(network()), **options).status is Status.PASSED
    finding = look("layers", evidence(network(size=5)), **options)
    assert finding.message == "Layer `conv0`: expected `kernel_size=(3, 3)`, found `(5, 5)`."
    assert finding.hint == "Write `kernel_size=(3, 3)` in `conv0`."


def test_the_activation_is_a_parameter_however_it_is_spelled() -> None:
    """`activation=`, a layer or an operation."""
    options = {"of": "Conv2D", "exactly": 2, "parameters": {"activation": "relu"}}
    assert look("layers", evidence(network()), **options).status is Status.PASSED


def test_an_activation_counts_as_its_class() -> None:
    """`Activation("relu")` is a `ReLU()`, and both are activations."""
    assert look("layers", evidence(network()), of="ReLU", exactly=2).status is Status.PASSED
    assert look("layers", evidence(network()), of="Activation", exactly=2).status is Status.PASSED


def test_a_shared_layer_counts_once_and_a_wrapped_one_too() -> None:
    """Layers are counted, and not their calls."""
    a, b = keras.Input((5, 2)), keras.Input((5, 2))
    shared = layers.Bidirectional(layers.LSTM(3))
    model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([shared(a), shared(b)])))
    assert look("layers", evidence(model), of="LSTM", exactly=1).status is Status.PASSED
    assert look("layers", evidence(model), of="Bidirectional", exactly=1).status is Status.PASSED
    assert look("layers", evidence(model), of=["LSTM", "GRU"], exactly=1).status is Status.PASSED


def test_none_at_all_may_be_required() -> None:
    """Such as a network without pooling."""
    assert look("layers", evidence(network(blocks=0)), of="MaxPooling2D", exactly=0).status is Status.PASSED
    finding = look("layers", evidence(network()), of="MaxPooling2D", exactly=0)
    assert "the exercise allows no" in finding.message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of": "Conv2d", "exactly": 1}, "did you mean `Conv2D`"),
        ({"of": "Conv2D"}, "give `exactly`, or `at_least`"),
        ({"of": "Conv2D", "exactly": 1, "at_most": 2}, "give `exactly`, or `at_least`"),
        ({"of": "Conv2D", "exactly": 1, "parameters": {"kernel_sise": 3}}, "did you mean `kernel_size`"),
        ({"of": "Conv2D", "exactly": 1, "parameters": {"padding": "sam"}}, "`padding` of `Conv2D` `sam`; did you mean `same`"),
        ({"of": "Identity", "exactly": 1}, "changes nothing"),
    ],
)
def test_mistakes_of_the_spec_are_the_authors(options: dict[str, Any], words: str) -> None:
    """A class or a parameter that Keras does not have, and bounds that say nothing."""
    with pytest.raises(ValueError, match=words):
        look("layers", evidence(network()), **options)
