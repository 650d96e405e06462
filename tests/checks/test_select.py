"""The checks of single layers: how many there are, where they are, and what each of them has, in every spelling.

Then the mistakes of a spec, for all kinds.
"""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers, regularizers

from grader.domain import Status
from tests.checks.students import about, chain, dense, evidence, look, text, two_branches

BEFORE = {"first": "BatchNormalization", "then": "Activation", "directly": True}
L2 = {"kernel": "l2", "factor": 0.01}


def images(size: int = 3, blocks: int = 2) -> Any:
    """Convolutions with their activations in two spellings."""
    x = start = keras.Input((12, 12, 1))
    for number in range(blocks):
        x = layers.Conv2D(4, 3 if number else size, padding="same", name=f"conv{number}")(x)
        x = layers.ReLU()(x) if number else layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(start, layers.Dense(1, name="head")(layers.Flatten()(x)))


def dropouts(rate: float = 0.25, *, after_conv: bool = True) -> Any:
    early = [layers.Dropout(rate, name="drop")] if after_conv else []
    rest = layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dropout(0.5, name="late"), layers.Dense(1)
    return chain(layers.Conv2D(4, 3, activation="relu"), *early, *rest, shape=(8, 8, 1))


def regularized(first: Any = "l2", second: Any = "l2", head: Any = None) -> Any:
    convolution = layers.Conv2D(4, 3, kernel_regularizer=first, name="conv")
    hidden = layers.Dense(8, kernel_regularizer=second, name="hidden")
    end = layers.Dense(1, kernel_regularizer=head, name="head")
    return chain(convolution, layers.Flatten(), hidden, end, shape=(8, 8, 1))


def shared_inside() -> Any:
    """A layer that is called twice, inside a wrapper."""
    a, b = keras.Input((5, 2)), keras.Input((5, 2))
    shared = layers.Bidirectional(layers.LSTM(3))
    return keras.Model([a, b], layers.Dense(1)(layers.concatenate([shared(a), shared(b)])))


def row(*parts: Any) -> Any:
    """Layers or operations one after the other, on four numbers."""
    return chain(*parts, layers.Dense(1, name="head"), shape=(4,))


def flattened(layer: Any) -> Any:
    return chain(layer, layers.Flatten(), layers.Dense(1), shape=(8, 8, 4))


def spatial() -> Any:
    return flattened(layers.SpatialDropout2D(0.2))


def separable() -> Any:
    return flattened(layers.SeparableConv2D(4, 3, pointwise_initializer="he_normal"))


def normalized(*between: Any) -> Any:
    return row(layers.Dense(8), *between, layers.BatchNormalization(name="norm"))


@pytest.mark.parametrize(
    ("kind", "options", "model"),
    [
        *(("layers", {"of": "Conv2D", **bounds}, images)
          for bounds in ({"exactly": 2}, {"at_least": 2}, {"at_most": 2}, {"at_least": 1, "at_most": 3})),
        ("layers", {"of": "Conv2D", "exactly": 2, "parameters": {"kernel_size": 3, "padding": "same"}}, images),
        ("layers", {"of": "Conv2D", "exactly": 2, "parameters": {"activation": "relu"}}, images),
        ("layers", {"of": "ReLU", "exactly": 2}, images),
        ("layers", {"of": "Activation", "exactly": 2}, images),
        ("layers", {"of": "MaxPooling2D", "exactly": 0}, lambda: images(blocks=0)),
        *(("layers", {"of": of, "exactly": 1}, shared_inside) for of in ("LSTM", "Bidirectional", ["LSTM", "GRU"])),
        *(("order", BEFORE, lambda end=end: normalized_before(end)) for end in ("layer", "class", "operation")),
        ("order", BEFORE, lambda: normalized_before("layer", layers.Dropout(0.0))),
        ("order", {"first": "Dense", "then": "BatchNormalization", "directly": True, "each": "then"}, normalized),
        ("order", {"first": "Dense", "then": "BatchNormalization", "each": "then"}, lambda: normalized(layers.Dropout(0.2))),
        ("dropout", {"rate": 0.25, "after": "Conv2D"}, dropouts),
        ("dropout", {"rate": 0.5, "after": "Dense", "before": "Dense"}, dropouts),
        ("dropout", {"rate": [0.2, 0.5], "count": 2}, dropouts),
        ("dropout", {"count": 0}, images),
        ("dropout", {"of": ["SpatialDropout2D"], "rate": 0.2}, spatial),
        ("regularisation", L2, lambda: regularized(regularizers.L2(0.01))),
        ("regularisation", L2, lambda: regularized(regularizers.L1L2(l2=0.01))),
        ("regularisation", {"kernel": "l2"}, regularized),
        ("regularisation", {"kernel": "any"}, lambda: regularized("l1")),
        ("regularisation", {"kernel": "l2", "of": ["Conv2D"]}, lambda: regularized(second=None)),
        ("regularisation", {"kernel": "l2", "at_least": 1}, lambda: regularized(second=None)),
        ("regularisation", {"kernel": "l1_l2", "factor": [0.1, 0.2]}, lambda: regularized(*[regularizers.L1L2(0.1, 0.2)] * 2)),
        *(("initializers", {"kernel": name}, lambda: chain(dense(3)))
          for name in ("uniform", "random_uniform", "RandomUniform")),
        ("initializers", {"kernel": "glorot_uniform"}, images),
        ("initializers", {"kernel": "glorot_uniform", "recurrent": "orthogonal", "embeddings": "uniform"}, text),
        ("activations", {"hidden": "relu"}, images),
        ("activations", {"hidden": "tanh", "of": ["LSTM"]}, text),
        ("activations", {"hidden": "leaky_relu"}, lambda: chain(layers.Dense(3, "leaky_relu"), layers.Dense(1))),
        ("activations", {"hidden": "sigmoid"}, lambda: row(layers.Dense(3), keras.activations.sigmoid)),
    ],
)  # fmt: skip
def test_what_is_as_required_passes(kind: str, options: dict[str, Any], model: Any) -> None:
    finding = look(kind, evidence(model()), **options)
    assert finding.status is Status.PASSED, finding.message


def normalized_before(spelling: str, *between: Any) -> Any:
    end = {"layer": layers.Activation("relu"), "class": layers.ReLU(), "operation": keras.ops.relu}[spelling]
    return row(layers.Dense(8), layers.BatchNormalization(), *between, end)


@pytest.mark.parametrize(
    ("kind", "options", "model", "message", "hint"),
    [
        ("layers", {"of": "Conv2D", "at_least": 3}, images,
         "The model has 2 `Conv2D` layers; the exercise asks for at least 3.", "Add `Conv2D(…)`."),
        ("layers", {"of": "Conv2D", "at_most": 1}, images,
         "The model has 2 `Conv2D` layers; the exercise allows at most 1: found `conv0` and `conv1`.", "Remove 1 of them."),
        ("layers", {"of": "Conv2D", "exactly": 0}, images,
         "The model has 2 `Conv2D` layers; the exercise allows no: found `conv0` and `conv1`.", "Remove 2 of them."),
        ("layers", {"of": "Conv2D", "exactly": 2, "parameters": {"kernel_size": 3}}, lambda: images(5),
         "Layer `conv0`: expected `kernel_size=(3, 3)`, found `(5, 5)`.", "Write `kernel_size=(3, 3)` in `conv0`."),
        ("order", BEFORE, lambda: row(layers.Dense(8, "relu"), layers.BatchNormalization(name="norm")),
         "Layer `norm`: expected an activation directly after it, found `Dense`.",
         "Leave `activation` out of the preceding layer; after it, write `BatchNormalization(…)` and then "
         "`Activation('…')`."),
        ("order", BEFORE, lambda: row(layers.Dense(8)),
         "The model has no `BatchNormalization` layers; the exercise asks for at least 1.",
         "Add `BatchNormalization` before an activation."),
        ("order", {"first": "Dense", "then": "BatchNormalization", "directly": True}, normalized,
         "Layer `head`: expected `BatchNormalization` directly after it, found nothing.",
         "Call `BatchNormalization` directly on the result of `Dense`."),
        ("order", {"first": "Dense", "then": "BatchNormalization", "directly": True, "each": "then"},
         lambda: normalized(layers.Dropout(0.2)),
         "Layer `norm`: expected `Dense` directly before it, found `Dropout`.",
         "Call `BatchNormalization` directly on the result of `Dense`."),
        ("dropout", {"rate": 0.25, "after": "Conv2D"}, lambda: dropouts(0.4),
         "Layer `drop`: expected `rate=0.25`, found `rate=0.4`.", "Write `rate=0.25` in `drop`."),
        ("dropout", {"rate": 0.25, "after": "Conv2D"}, lambda: dropouts(after_conv=False),
         "The model has no `Dropout` layers after `Conv2D`; the exercise asks for at least 1.",
         "Call `Dropout(0.25)` after `Conv2D`."),
        ("dropout", {"after": "Conv2D"}, lambda: dropouts(0.0),
         "The model has no `Dropout` layers after `Conv2D`; the exercise asks for at least 1.",
         "Call `Dropout(0.2)` after `Conv2D`."),
        ("dropout", {"count": 1}, dropouts,
         "The model has 2 `Dropout` layers; the exercise allows 1: found `drop` and `late`.", "Remove 1 of them."),
        ("dropout", {}, spatial, "The model has no `Dropout` layers; the exercise asks for at least 1.",
         "Call `Dropout(0.2)` on the result of a hidden layer."),
        ("regularisation", L2, lambda: regularized(second=None),
         "Layer `hidden`: expected `kernel_regularizer=keras.regularizers.L2(0.01)`, found none.",
         "Write `kernel_regularizer=keras.regularizers.L2(0.01)` in `hidden`."),
        ("regularisation", {"kernel": "l2", "heads": True}, regularized,
         "Layer `head`: expected `kernel_regularizer='l2'`, found none.", "Write `kernel_regularizer='l2'` in `head`."),
        ("regularisation", L2, lambda: regularized(regularizers.L2(0.1)),
         "Layer `conv`: expected `kernel_regularizer=keras.regularizers.L2(0.01)`, found `L2(l2=0.1)`.",
         "Write `kernel_regularizer=keras.regularizers.L2(0.01)` in `conv`."),
        ("regularisation", {"kernel": "l2", "at_least": 2}, lambda: regularized("l1"),
         "Layer `conv`: expected `kernel_regularizer='l2'`, found `L1()`.", "Write `kernel_regularizer='l2'` in `conv`."),
        ("initializers", {"kernel": "glorot_uniform"}, separable,
         "Layer `separable_conv2d`: expected `pointwise_initializer='glorot_uniform'`, found `HeNormal()`.",
         "Write `pointwise_initializer='glorot_uniform'` in `separable_conv2d`."),
        ("initializers", {"kernel": "glorot_uniform", "recurrent": "he_normal"}, text,
         "Layer `lstm`: expected `recurrent_initializer='he_normal'`, found `Orthogonal()` (the Keras default).",
         "Write `recurrent_initializer='he_normal'` in `lstm`."),
        ("initializers", {"kernel": "uniform"}, lambda: chain(dense(3, name="a"), dense(1, bias_initializer="ones", name="b")),
         "Layer `b`: expected `bias_initializer='zeros'`, found `Ones()`.", "Write `bias_initializer='zeros'` in `b`."),
        ("initializers", {"kernel": "uniform"}, lambda: chain(layers.Dense(1, bias_initializer="uniform", name="d")),
         "Layer `d`: expected `kernel_initializer='uniform'`, found `GlorotUniform()` (the Keras default).",
         "Write `kernel_initializer='uniform'` and `bias_initializer='zeros'` in `d`."),
        ("initializers", {"kernel": "uniform"},
         lambda: chain(layers.Dense(3, name="a"), dense(2, name="b"), dense(1, kernel_initializer="ones", name="c")),
         "Layer `a`: expected `kernel_initializer='uniform'`, found `GlorotUniform()` (the Keras default); "
         "also wrong in `c`.",
         "Write `kernel_initializer='uniform'` in `a` and `c`."),
        ("activations", {"hidden": "sigmoid"},
         lambda: chain(dense(8, None, name="a"), dense(8, "relu", name="b"), dense(1, None)),
         "Layer `a`: expected `activation='sigmoid'`, found no activation; also wrong in `b`.",
         "Write `activation='sigmoid'` in `a` and `b`."),
        ("activations", {"hidden": "tanh", "of": ["LSTM"]}, lambda: text(activation="relu"),
         "Layer `lstm`: expected `activation='tanh'`, found `relu`.", "Write `activation='tanh'` in `lstm`."),
    ],
)  # fmt: skip
def test_what_is_not_as_required_is_named_with_what_to_write(
    kind: str, options: dict[str, Any], model: Any, message: str, hint: str
) -> None:
    keras.utils.clear_session(free_memory=False)
    finding = look(kind, evidence(model()), **options)
    assert (finding.status, finding.message, finding.hint) == (Status.FAILED, message, hint)


@pytest.mark.parametrize(
    ("kind", "options", "model", "share"),
    [
        ("layers", {"of": "Conv2D", "at_least": 3}, images, 2 / 3),
        ("layers", {"of": "Conv2D", "at_most": 1}, images, 0),
        ("layers", {"of": "Conv2D", "exactly": 4, "parameters": {"kernel_size": 5}}, images, 0),
        ("initializers", {"kernel": "uniform"}, images, 1 / 2),
        ("heads", {"count": 2}, lambda: chain(lambda x: [dense(1, None)(x) for _ in range(3)]), 2 / 3),
        ("widths", {"units": [32, 20, 32]}, lambda: two_branches(right=21), 2 / 3),
    ],
)
def test_the_right_layers_earn_their_share(kind: str, options: dict[str, Any], model: Any, share: float) -> None:
    finding = look(kind, evidence(model()), **options)
    assert (finding.status, finding.share) == (Status.FAILED, share)


def test_a_head_that_another_head_reads_is_no_hidden_layer() -> None:
    """The connection is wrong, which another check says; no activation is missing."""

    def two_heads(chained: bool) -> keras.Model:
        x = keras.Input((1,))
        hidden = dense(8)(x)
        first = dense(2, None, name="first")(hidden)
        return keras.Model(x, [first, dense(2, None, name="second")(first if chained else hidden)])

    student = about(two_heads(True), two_heads(False), "two_inputs")
    assert look("activations", student, hidden="sigmoid").status is Status.PASSED
    assert look("widths", student, units=[8]).status is Status.PASSED
    assert look("graph", student).status is Status.FAILED


def test_the_whole_network_names_wrong_layers_in_the_same_words() -> None:
    """So a page can say that it is the same reason, and nothing is left among the other differences."""
    wrong = {"first": "relu", "second": "tanh", "third": "relu"}
    model = chain(*(dense(8, activation, name=name) for name, activation in wrong.items()), dense(1, None))
    facts = about(model, chain(*(dense(8) for _ in wrong), dense(1, None)))
    whole, own = look("graph", facts), look("activations", facts, hidden="sigmoid")
    assert own.message == (
        "Layer `first`: expected activation `sigmoid`, found `relu`; also wrong in `third`. "
        "Layer `second`: expected activation `sigmoid`, found `tanh`."
    )
    assert own.hint == "\n".join(f"Write `activation='sigmoid'` in `{name}`." for name in wrong)
    assert (whole.message, whole.hint, whole.actual) == (own.message, own.hint, "")


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("layers", {"of": "Conv2d", "exactly": 1}, "did you mean `Conv2D`"),
        ("layers", {"of": "Conv2D"}, "give `exactly`, or `at_least`"),
        ("layers", {"of": "Conv2D", "exactly": 1, "at_most": 2}, "give `exactly`, or `at_least`"),
        ("layers", {"of": "Conv2D", "exactly": 1, "parameters": {"kernel_sise": 3}}, "did you mean `kernel_size`"),
        ("layers", {"of": "Conv2D", "exactly": 1, "parameters": {"padding": "sam"}},
         "`padding` of `Conv2D` `sam`; did you mean `same`"),
        ("layers", {"of": "Identity", "exactly": 1}, "changes nothing"),
        ("order", {"first": "BatchNormalisation", "then": "Dense"}, "did you mean `BatchNormalization`"),
        *(("dropout", {"rate": rate}, "expected a rate from 0 to 1") for rate in (1.5, [0.1], [0.1, 0.2, 0.3])),
        ("regularisation", {"kernel": "l2", "factor": [0.1, 0.2]}, "`factor` is one number"),
        ("regularisation", {"kernel": "any", "factor": 0.1}, "`factor` is one number"),
        ("heads", {"shape": [1], "shapes": [[1]]}, "not both"),
        ("heads", {"count": 2, "shapes": [[1]]}, "`shapes` has 1 entry for 2 outputs"),
        ("heads", {"activations": ["sigmoidd"]}, "did you mean `sigmoid`"),
        ("inputs", {}, "give `count`, or `shapes`"),
        ("inputs", {"shape": [1], "shapes": [[1]]}, "not both"),
        ("inputs", {"count": 2, "shapes": [[1]]}, "`shapes` has 1 entry for 2 inputs"),
        ("inputs", {"count": 2, "dtypes": ["int32"]}, "`dtypes` has 1 entry for 2 inputs"),
        ("compiled", {"losses": ["hubber"]}, "did you mean `huber`"),
    ],
)  # fmt: skip
def test_mistakes_of_the_spec_are_the_authors(kind: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        look(kind, evidence(chain(dense(1))), **options)
