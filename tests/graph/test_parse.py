"""Configs of real Keras models become graphs; anything else becomes a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.domain import ModelGraph, Slice
from grader.graph import Rejection, decode_graph, encode_graph, parse, read_layers
from grader.graph.codec import serialise
from grader.graph.edits import unshaped
from grader.graph.reading.catalogue import LAYERS as LAYERS_ALLOWED
from grader.graph.reading.catalogue import REFUSED
from grader.graph.reading.described import FalseClaim
from grader.training.engine.build import build
from tests.graph.networks import confirmed, read, recorded

SEQUENCE, IMAGE, VOLUME = (9, 4), (8, 6, 3), (8, 6, 4, 3)
LAYERS: dict[str, tuple[tuple[int, ...], Any]] = {
    "dense": (SEQUENCE, lambda: layers.Dense(5)),
    "embedding": ((5,), lambda: layers.Embedding(10, 4)),
    "prelu": (SEQUENCE, layers.PReLU),
    "flatten": (IMAGE, layers.Flatten),
    "reshape": (SEQUENCE, lambda: layers.Reshape((-1, 2))),
    "permute": (SEQUENCE, lambda: layers.Permute((2, 1))),
    "repeat": ((4,), lambda: layers.RepeatVector(3)),
    "cropping1": (SEQUENCE, lambda: layers.Cropping1D((1, 2))),
    "cropping2": (IMAGE, lambda: layers.Cropping2D(1)),
    "padding1": (SEQUENCE, lambda: layers.ZeroPadding1D(2)),
    "padding2": (IMAGE, lambda: layers.ZeroPadding2D(((1, 2), (3, 4)))),
    "padding3": (VOLUME, lambda: layers.ZeroPadding3D(1)),
    "upsampling1": (SEQUENCE, lambda: layers.UpSampling1D(3)),
    "upsampling2": (IMAGE, lambda: layers.UpSampling2D((2, 3))),
    "batch normalization": (SEQUENCE, layers.BatchNormalization),
    "layer normalization": (SEQUENCE, layers.LayerNormalization),
    "group normalization": (SEQUENCE, lambda: layers.GroupNormalization(2)),
    "causal convolution": (SEQUENCE, lambda: layers.Conv1D(5, 3, padding="causal", dilation_rate=2)),
    "strided convolution": (IMAGE, lambda: layers.Conv2D(5, 3, strides=2, padding="same")),
    "convolution3": (VOLUME, lambda: layers.Conv3D(5, 2)),
    "transposed1": (SEQUENCE, lambda: layers.Conv1DTranspose(5, 3, strides=2)),
    "transposed2": (IMAGE, lambda: layers.Conv2DTranspose(5, 3, strides=2, padding="same")),
    "depthwise1": (SEQUENCE, lambda: layers.DepthwiseConv1D(3, depth_multiplier=2)),
    "depthwise2": (IMAGE, lambda: layers.DepthwiseConv2D(3)),
    "separable1": (SEQUENCE, lambda: layers.SeparableConv1D(5, 3)),
    "separable2": (IMAGE, lambda: layers.SeparableConv2D(5, 3, depth_multiplier=2)),
    "max pooling": (IMAGE, lambda: layers.MaxPooling2D(3, strides=2, padding="same")),
    "average pooling": (SEQUENCE, lambda: layers.AveragePooling1D(2)),
    "global pooling": (IMAGE, lambda: layers.GlobalMaxPooling2D(keepdims=True)),
    "rnn": (SEQUENCE, lambda: layers.SimpleRNN(5)),
    "lstm": (SEQUENCE, lambda: layers.LSTM(5, return_sequences=True, return_state=True)),
    "gru": (SEQUENCE, lambda: layers.GRU(5)),
    "time distributed": (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(3))),
    "bidirectional": (SEQUENCE, lambda: layers.Bidirectional(layers.LSTM(5, return_sequences=True))),
    "bidirectional with states": (SEQUENCE, lambda: layers.Bidirectional(layers.GRU(5, return_state=True))),
    "shared slopes": (IMAGE, lambda: layers.PReLU(shared_axes=[1, 2])),
    "grouped convolution": (VOLUME, lambda: layers.Conv3D(6, 2, groups=3, padding="same")),
    **(
        {"odd transposed convolution": (SEQUENCE, lambda: layers.Conv1DTranspose(5, 3, strides=2, output_padding=1))}
        if "output_padding" in layers.Conv1DTranspose(1, 1).get_config()  # which Keras 3.12 leaves out of a model's config
        else {}
    ),
    "padded average pooling": (VOLUME, lambda: layers.AveragePooling3D(3, padding="same")),
    "einsum": (SEQUENCE, lambda: layers.EinsumDense("abc,cd->abd", output_shape=(None, 7), bias_axes="d")),
    "einsum with an ellipsis": (IMAGE, lambda: layers.EinsumDense("...x,xyz->...yz", output_shape=(4, 5))),
    "adaptive pooling": (IMAGE, lambda: layers.AdaptiveMaxPooling2D(2)),
    "adaptive average": (SEQUENCE, lambda: layers.AdaptiveAveragePooling1D(3)),
    "convolutional lstm": (VOLUME, lambda: layers.ConvLSTM2D(5, 2, return_sequences=True, return_state=True)),
    "convolutional lstm of lines": (IMAGE, lambda: layers.ConvLSTM1D(5, 2, padding="same", use_bias=False)),
    "a cell": (SEQUENCE, lambda: layers.RNN(layers.LSTMCell(5), return_sequences=True, return_state=True)),
    "cells": (SEQUENCE, lambda: layers.RNN([layers.GRUCell(5), layers.SimpleRNNCell(3), layers.LSTMCell(2)])),
    "spectral normalization": (SEQUENCE, lambda: layers.SpectralNormalization(layers.Dense(5))),
    "spectral convolution": (IMAGE, lambda: layers.SpectralNormalization(layers.Conv2D(5, 3), power_iterations=2)),
    "spectral transposed": (IMAGE, lambda: layers.SpectralNormalization(layers.Conv2DTranspose(5, 3))),
    "center crop": (IMAGE, lambda: layers.CenterCrop(4, 3)),
    "resizing": (IMAGE, lambda: layers.Resizing(5, 7, interpolation="nearest")),
    "normalization": (SEQUENCE, lambda: layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0] * 4)),
    "normalization by one number": (SEQUENCE, lambda: layers.Normalization(axis=None, mean=1.0, variance=4.0)),
    "encoding": ((5,), lambda: layers.CategoryEncoding(7)),
    "one-hot encoding": ((5,), lambda: layers.CategoryEncoding(7, output_mode="one_hot")),
    "one-hot encoding of one": ((1,), lambda: layers.CategoryEncoding(7, output_mode="one_hot")),
    "bins": ((5,), lambda: layers.Discretization([0.0, 1.0])),
    "bins in one-hot": ((5,), lambda: layers.Discretization([0.0, 1.0], output_mode="one_hot")),
    "spectrogram": ((400, 2), lambda: layers.STFTSpectrogram(frame_length=64, frame_step=16)),
    "spectrogram with an axis": ((400, 2), lambda: layers.STFTSpectrogram("stft", 64, padding="same", expand_dims=True)),
    "spectrogram of odd frames": ((400, 1), lambda: layers.STFTSpectrogram("real", 50, fft_length=None)),
    "mel spectrogram": ((4000,), lambda: layers.MelSpectrogram(num_mel_bins=16)),
    **{f"flip {mode}": (IMAGE, lambda mode=mode: layers.RandomFlip(mode)) for mode in ("horizontal", "vertical")},
    "rotation": (IMAGE, lambda: layers.RandomRotation(0.2, fill_mode="nearest")),
    "zoom": (IMAGE, lambda: layers.RandomZoom((-0.1, 0.1), 0.2)),
    "translation": (IMAGE, lambda: layers.RandomTranslation(0.1, (-0.2, 0.1))),
    "perspective": (IMAGE, layers.RandomPerspective),
    "elastic": (IMAGE, layers.RandomElasticTransform),
    "contrast": (IMAGE, lambda: layers.RandomContrast(0.2, value_range=(0, 1))),
    "brightness": (IMAGE, lambda: layers.RandomBrightness(0.2)),
    "jitter": (IMAGE, lambda: layers.RandomColorJitter(hue_factor=0.1)),
    "erasing": (IMAGE, layers.RandomErasing),
    "blur": (IMAGE, layers.RandomGaussianBlur),
    "grayscale": (IMAGE, layers.RandomGrayscale),
    "invert": (IMAGE, layers.RandomInvert),
    "posterization": (IMAGE, lambda: layers.RandomPosterization(3)),
    "hue": (IMAGE, lambda: layers.RandomHue(0.1)),
    "saturation": (IMAGE, lambda: layers.RandomSaturation(0.1)),
    "sharpness": (IMAGE, lambda: layers.RandomSharpness(0.1)),
    "degeneration": (IMAGE, lambda: layers.RandomColorDegeneration(0.1)),
    "augment": (IMAGE, layers.RandAugment),
    "mix of changes": (IMAGE, layers.AugMix),
    "auto contrast": (IMAGE, layers.AutoContrast),
    "solarization": (IMAGE, layers.Solarization),
    "adaptive equalization": (IMAGE, lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=2.0)),
    "einsum over two axes": (IMAGE, lambda: layers.EinsumDense("abcd,cde->abe", output_shape=(8, 5), bias_axes="be")),
}


@pytest.mark.parametrize("name", LAYERS)
def test_keras_confirms_what_a_recording_claims(name: str) -> None:
    """The trainer describes what was read as the student's Keras did, with the claims or without them."""
    shape, make = LAYERS[name]
    x = keras.Input(shape)
    model = keras.Model(x, of_this_keras(make)(x))
    assert_described(model)


def assert_described(model: Any) -> None:
    for graph in (read(model), unshaped(read(model))):
        found = confirmed(graph)
        assert found.untrainable == ()
        assert [tuple(output.shape) for output in model.outputs] == [found.shape(tensor) for tensor in found.outputs]
        assert model.count_params() == found.parameters


def of_this_keras(make: Any) -> Any:
    """The layer; a test of one that an older Keras does not have is skipped."""
    try:
        return make()
    except AttributeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", LAYERS)
def test_the_trainer_builds_what_was_read(name: str) -> None:
    """From the graph alone, and with the same parameters again."""
    shape, make = LAYERS[name]
    x = keras.Input(shape)
    graph = read(keras.Model(x, of_this_keras(make)(x)))
    again = read(build(graph, 1))
    assert [layer.params for layer in again.layers] == [layer.params for layer in graph.layers]


def test_every_layer_of_keras_is_known_or_left_out_for_a_reason() -> None:
    """By the class that a name in `keras.layers` stands for: `AvgPool1D` is `AveragePooling1D`."""
    classes: dict[type, set[str]] = {}
    for name, one in vars(layers).items():
        if isinstance(one, type) and issubclass(one, layers.Layer):
            classes.setdefault(one, set()).add(name)
    unknown = [names for names in classes.values() if not names & {*LAYERS_ALLOWED, *REFUSED}]
    assert unknown == [{"Layer"}]


def test_what_adapt_would_find_is_asked_for() -> None:
    """A config does not have it, and so the layer says what to write."""
    x = keras.Input(SEQUENCE)
    graph = read(keras.Model(x, layers.Normalization()(x)))
    assert "what `adapt` finds is not recorded; write `mean=…`" in graph.untrainable[0]


QUERY, VALUE = (7, 6), (9, 4)
ATTENTION: dict[str, Any] = {
    "plain": lambda q, v: layers.Attention()([q, layers.Dense(6)(v)]),
    "scored": lambda q, v: layers.Attention(use_scale=True, score_mode="concat")([q, layers.Dense(6)(v)]),
    "additive": lambda q, v: layers.AdditiveAttention()([q, layers.Dense(6)(v)]),
    "its scores": lambda q, v: layers.Attention()([q, layers.Dense(6)(v)], return_attention_scores=True),
    "several heads": lambda q, v: layers.MultiHeadAttention(3, 5, dropout=0.1)(q, layers.Dropout(0.1)(v)),
    "values of their own": lambda q, v: layers.MultiHeadAttention(3, 5, value_dim=2, use_bias=False)(q, value=v),
    "another width": lambda q, v: layers.MultiHeadAttention(3, 5, output_shape=8)(query=q, value=v),
    "keys of their own": lambda q, v: layers.MultiHeadAttention(3, 5)(q, v, layers.Dense(10)(v)),
    "named arguments": lambda q, v: layers.MultiHeadAttention(3, 5)(value=v, key=layers.Dense(10)(v), query=q),
    "grouped queries": lambda q, v: layers.GroupQueryAttention(5, 4, 2)(q, layers.Dense(6)(v)),
    "scores of groups": lambda q, v: layers.GroupQueryAttention(5, 4, 2, use_bias=False)(
        q, layers.Dense(6)(v), return_attention_scores=True
    ),
    "scores of heads": lambda q, v: layers.MultiHeadAttention(3, 5)(q, v, return_attention_scores=True),
}


@pytest.mark.parametrize("name", ATTENTION)
def test_keras_confirms_attention(name: str) -> None:
    """Whatever query, value and key are, and however they are passed."""
    query, value = keras.Input(QUERY), keras.Input(VALUE)
    model = keras.Model([query, value], ATTENTION[name](query, value))
    assert_described(model)


@pytest.mark.parametrize(("tied", "weights"), [(True, 40), (False, 80)])
def test_an_embedding_may_be_read_backwards(tied: bool, weights: int) -> None:
    """The same layer from words to vectors, and from vectors to scores."""
    embedding = of_this_keras(lambda: layers.ReversibleEmbedding(10, 4, tie_weights=tied))
    x = keras.Input((5,), dtype="int32")
    model = keras.Model(x, embedding(embedding(x), reverse=True))
    graph = read(model)
    assert (graph.shape(graph.outputs[0]), graph.parameters) == ((None, 5, 10), weights)
    assert tuple(model.output.shape) == (None, 5, 10)


OPERATIONS: dict[str, Any] = {
    "sum": lambda x, y: x + y,
    "constant": lambda x, y: 2 * x - 1,
    "quotient": lambda x, y: x / y,
    "power": lambda x, y: -(x**2),
    "slice": lambda x, y: x[:, 1:5:2],
    "index": lambda x, y: x[:, 0],
    "new axis": lambda x, y: x[:, None],
    "product of matrices": lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1))),
    "mean": lambda x, y: ops.mean(x, axis=-1, keepdims=True),
    "total": lambda x, y: ops.sum(x, axis=(1, 2)),
    "reshape": lambda x, y: ops.reshape(x, (-1, 36)),
    "stack": lambda x, y: ops.stack([x, y], axis=1),
    "concatenate": lambda x, y: ops.concatenate([x, y], axis=-1),
    "array": lambda x, y: ops.add(x, ops.ones((9, 4))),
    "product with an array": lambda x, y: ops.matmul(x, ops.ones((4, 5))),
    "array before": lambda x, y: ops.matmul(ops.ones((3, 9)), x),
    "dot": lambda x, y: ops.dot(x, ops.ones((4, 5))),
    "zeros": lambda x, y: ops.zeros_like(x),
    "full": lambda x, y: ops.full_like(x, 3.0),
    "swap": lambda x, y: ops.swapaxes(x, 1, -1),
    "repeat": lambda x, y: ops.repeat(x, 3, axis=1),
    "reshape to the rest": lambda x, y: ops.reshape(x, (-1, 9, 2, 2)),
    "squeeze": lambda x, y: ops.squeeze(ops.expand_dims(x, 1), axis=1),
    "running sum": lambda x, y: ops.cumsum(x, axis=1),
    "one-hot": lambda x, y: ops.nn.one_hot(ops.cast(x, "int32"), 7),
    "resized": lambda x, y: ops.image.resize(ops.expand_dims(x, -1), (5, 6), interpolation="nearest"),
    "fourier": lambda x, y: ops.fft((x, y))[1],
    "einsum": lambda x, y: ops.einsum("abc,adc->abd", x, y),
    "sorted": lambda x, y: ops.sort(x, axis=1),
    "largest": lambda x, y: ops.top_k(x, 2)[0],
    "norm": lambda x, y: ops.norm(x, axis=-1),
    "pooled": lambda x, y: ops.max_pool(x, 3, strides=2, padding="same"),
    "split": lambda x, y: ops.split(x, 2, axis=-1)[1],
    "choice": lambda x, y: ops.where(x > y, x, y),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_reads_operations_on_tensors(name: str) -> None:
    """What `+ - * /`, slicing and `keras.ops` leave in a config can be trained."""
    x, y = keras.Input(SEQUENCE), keras.Input(SEQUENCE)
    model = keras.Model([x, y], [OPERATIONS[name](x, y), layers.Identity()(y)])
    assert_described(model)


def test_keeps_slices_apart() -> None:
    """A slice is data of the call, not of the layer."""
    x = keras.Input(SEQUENCE)
    graph = read(keras.Model(x, x[:, :2]))
    assert graph.calls[-1].args[1] == (Slice(None, None, None), Slice(None, 2, None))


def test_a_shared_layer_is_one_layer_with_two_calls() -> None:
    """Sharing shows in the graph."""
    a, b = keras.Input((1,)), keras.Input((1,))
    shared = layers.Dense(3)
    graph = read(keras.Model([a, b], layers.add([shared(a), shared(b)])))
    dense = [number for number, layer in enumerate(graph.layers) if layer.kind == "Dense"]
    assert len(dense) == 1
    assert sum(call.layer == dense[0] for call in graph.calls) == 2


def test_nested_models_are_flattened_and_stay_shared() -> None:
    """A model that is called twice is its layers called twice, each of them once in the graph."""
    inner_input = keras.Input((1,))
    inner = keras.Model(inner_input, layers.Dense(4)(layers.Dense(3)(inner_input)))
    a, b = keras.Input((1,)), keras.Input((1,))
    outer = keras.Model([a, b], layers.concatenate([inner(a), keras.Sequential([inner])(b)]))
    graph = parse(recorded(outer))
    assert not isinstance(graph, Rejection)
    assert [layer.kind for layer in graph.layers].count("Dense") == 2
    assert [graph.layers[call.layer].kind for call in graph.calls].count("Dense") == 4
    assert graph.parameters == outer.count_params() == 22


def test_a_nested_functional_model_may_be_the_output() -> None:
    """Keras counts the calls of a nested Functional model from 1 among the outputs, and from 0 elsewhere."""
    inner_input = keras.Input((2,))
    inner = keras.Model(inner_input, layers.Dense(1)(inner_input))
    x = keras.Input((1,))
    graph = read(keras.Model(x, inner(layers.Dense(2)(x))))
    assert graph.shape(graph.outputs[0]) == (None, 1)


def test_outputs_of_a_dict_have_names_and_no_order() -> None:
    """A dict says which output is which, not which comes first."""
    x = keras.Input((1,))
    graph = read(keras.Model(x, {"sine": layers.Dense(1)(x), "exp": layers.Dense(2)(x)}))
    assert not graph.outputs_ordered
    assert {"sine", "exp"} == set(graph.output_names)


def test_a_lambda_is_described_and_not_trained() -> None:
    """A model with a Lambda can be drawn; the reason why it cannot be graded names what to use instead."""
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(1)(x)))
    config["layers"][1] |= {
        "class_name": "Lambda",
        "config": {"name": "evil", "function": {"class_name": "__lambda__"}},
    }
    graph = parse(config)
    assert not isinstance(graph, Rejection)
    assert "use `Rescaling`" in graph.untrainable[0]


def test_a_class_of_the_students_own_is_described_and_not_trained() -> None:
    """Only Keras's own layers are built by the trainer, whatever their name."""

    class Dense(layers.Dense):
        """Not Keras's."""

    x = keras.Input((1,))
    graph = read(keras.Model(x, Dense(3)(x)))
    assert "your own class" in graph.untrainable[0]


def _tampered(**changes: Any) -> Any:
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(2, name="d")(x)))
    config["layers"][1]["config"].update(changes)
    return config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": 10**12}, "`units`"),
        ({"activation": "rellu"}, "not a Keras activation"),
        (
            {"activation": {"class_name": "function", "config": "evil", "registered_name": "evil"}},
            "your own function",
        ),
        ({"kernel_initializer": {"module": "os", "class_name": "system", "config": {}}}, "not a Keras class"),
        ({"kernel_initializer": {"class_name": "Constant", "config": {"value": float("nan")}}}, "`value`"),
        ({"novelty": 3}, "not known"),
        ({"dtype": "float16"}, "float32"),
    ],
)
def test_a_parameter_outside_the_schema_makes_the_layer_untrainable(change: dict[str, Any], words: str) -> None:
    """Every parameter is a plain value in a range; whatever else is there keeps the network from being built."""
    graph = parse(_tampered(**change))
    assert not isinstance(graph, Rejection)
    assert words in graph.untrainable[0]


def test_a_layer_of_another_precision_is_shown_with_its_own_parameters() -> None:
    """So that nothing untrue is said of what it was given, such as its initializer."""
    graph = parse(_tampered(dtype="float16", kernel_initializer={"class_name": "RandomUniform", "config": {}}))
    assert not isinstance(graph, Rejection)
    assert "RandomUniform" in str(dict(graph.layers[1].params)["kernel_initializer"])


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_makes_no_other_network(name: str) -> None:
    """Its weights are those that the grader trains; only what lies between them is rounded more."""
    graph = parse(_tampered(dtype={"class_name": "DTypePolicy", "config": {"name": name}}))
    assert not isinstance(graph, Rejection)
    assert graph.untrainable == ()


def test_keys_of_a_newer_keras_are_accepted_when_they_say_nothing() -> None:
    """`null` and `false` change nothing, so a newer Keras may add such keys."""
    graph = parse(_tampered(novelty=None, other_novelty=False))
    assert not isinstance(graph, Rejection)
    assert graph.untrainable == ()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda config: config["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(
                keras_history=["d", 0, 0]
            ),
            "cycle",
        ),
        (
            lambda config: config["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(
                keras_history=["gone", 0, 0]
            ),
            "does not exist",
        ),
        (lambda config: config.update(layers=[*config["layers"], config["layers"][0]]), "same name"),
        (lambda config: config.update(layers=7), "list its layers"),
        (lambda config: config.update(output_layers="evil"), "cannot be read"),
        (lambda config: config.update(layers=[None]), "cannot be read"),
    ],
)
def test_what_is_no_graph_is_rejected_with_a_reason(spoil: Any, words: str) -> None:
    """A config that cannot be a network is turned down, not an exception."""
    config = _tampered()
    spoil(config)
    rejection = parse(config)
    assert isinstance(rejection, Rejection)
    assert words in rejection.reason


def test_a_network_of_too_many_parameters_is_described_and_not_trained() -> None:
    """Sizes are bounded before anything is built, and numbers of weights that are too small do not help."""
    config = _chain([4096, 4096, 4096])
    with pytest.raises(FalseClaim, match="4096"):
        confirmed(graph_of(config))
    for entry in config["layers"][1:]:
        entry["weights"] = 4096 * 4097
    assert "parameters" in graph_of(config).untrainable[0]


def graph_of(config: Any) -> ModelGraph:
    graph = parse(config)
    assert not isinstance(graph, Rejection)
    return graph


def test_joining_along_the_batch_axis_is_the_students_mistake() -> None:
    """Keras builds it; no data could ever be trained on it."""
    a, b = keras.Input((4,)), keras.Input((4,))
    graph = read(keras.Model([a, b], layers.Concatenate(axis=0)([a, b])))
    assert "axis=-1" in graph.untrainable[0]


def _chain(units: list[int]) -> Any:
    model = keras.Sequential([keras.Input((1,)), *(layers.Dense(2) for _ in units)])
    config = recorded(model)
    for entry, width in zip(config["layers"][1:], units, strict=True):
        entry["config"]["units"] = width
    return config


def test_a_sequential_without_input_shape_says_what_to_write() -> None:
    """A Sequential model that was never built has no shapes to look at."""
    rejection = parse(recorded(keras.Sequential([layers.Dense(1)])))
    assert isinstance(rejection, Rejection)
    assert "Input(shape=(1,))" in rejection.reason


def test_a_nested_model_gets_its_inputs_by_name() -> None:
    """Called on a dict, each input is fed with the entry of its name, whatever the order."""
    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    inner = keras.Model({"right": right, "left": left}, layers.Concatenate()([layers.Dense(4)(left), right]))
    a, b = keras.Input((3,)), keras.Input((2,))
    model = keras.Model([a, b], inner({"left": b, "right": a}))
    graph = read(model)
    assert graph.shape(graph.outputs[0]) == (None, 7)
    assert graph.parameters == model.count_params()


def test_inputs_of_a_dict_have_the_order_in_which_keras_takes_them() -> None:
    """Data given as a list go to the inputs in the order of their keys."""
    inputs = {name: keras.Input((1,), name=name) for name in ("wide", "deep")}
    model = keras.Model(inputs, layers.Concatenate()(list(inputs.values())))
    assert read(model).input_names == ("deep", "wide")


def test_a_call_on_a_dict_keeps_its_edges() -> None:
    """A layer that takes a dict of tensors reads all of them."""

    class Sum(layers.Layer):
        """The sum of what it is given."""

        def call(self, parts: Any) -> Any:
            return parts["a"] + parts["b"]

    a, b = keras.Input((1,)), keras.Input((1,))
    graph = read(keras.Model([a, b], Sum()({"b": b, "a": a})))
    assert graph.calls[-1].sources == graph.inputs


def test_what_is_shown_of_a_layer_makes_no_network_another() -> None:
    """Numbers of weights and paths survive encoding, and count neither for equality nor for the memo."""
    inner_input = keras.Input((2,))
    inner = keras.Model(inner_input, layers.Dense(3)(inner_input), name="inner")
    x = keras.Input((2,))
    graph = read(keras.Model(x, inner(x)))
    assert (graph.layers[-1].path, graph.layers[-1].weights) == (("inner",), 9)
    assert [layer.weights for layer in decode_graph(encode_graph(graph)).layers] == [0, 9]
    bare = replace(graph, layers=tuple(replace(layer, path=(), weights=None) for layer in graph.layers))
    assert bare == graph
    assert serialise(bare) == serialise(graph)


@pytest.mark.parametrize(
    ("claim", "words"), [({"weights": 99}, "99 in the recording"), ({"shapes": [[None, 99]]}, "but the graph has")]
)
def test_a_false_claim_is_not_believed(claim: dict[str, Any], words: str) -> None:
    """What a class of the student's own returns is taken as it is said; what a `Dense` behind it returns is not."""
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(2)(layers.Dense(3)(x))))
    first, second = config["layers"][1:]
    first |= {"class_name": "Mine", "module": "student", "weights": 17}
    found = confirmed(graph_of(config))
    assert [call.shapes for call in found.calls] == [((None, 1),), ((None, 3),), ((None, 2),)]
    assert ([layer.weights for layer in found.layers], found.parameters) == ([0, 17, 8], None)
    second.update(claim)
    second["inbound_nodes"][0].update(claim)
    with pytest.raises(FalseClaim, match=words):
        confirmed(graph_of(config))


def test_what_keras_refuses_is_described_and_not_trained() -> None:
    """A mutant that Keras would not build is none."""
    config = recorded(keras.Model(x := keras.Input((8, 8, 3)), layers.MaxPooling2D()(x)))
    config["layers"][0]["config"]["batch_shape"] = [None, 8, 8]
    assert "`max_pooling2d" in confirmed(unshaped(graph_of(config))).untrainable[0]
    assert "expected ndim=4" in confirmed(unshaped(graph_of(config))).untrainable[0]


@pytest.mark.parametrize("said", [7, [[None, "evil"]], [[-1]], [[[1]]], [{}]])
def test_an_odd_shape_in_a_recording_is_no_shape(said: Any) -> None:
    """Whatever stands there, the network is described."""
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(3)(x)))
    config["layers"][1] |= {"class_name": "Mine", "module": "student", "weights": said}
    config["layers"][1]["inbound_nodes"][0]["shapes"] = said
    graph = parse(config)
    assert not isinstance(graph, Rejection)
    assert (graph.calls[1].shapes, graph.layers[1].weights) in (((), None), ((), 7))


@pytest.mark.parametrize("dtype", [[1], {"class_name": "DTypePolicy"}, 3])
def test_an_odd_type_of_an_input_is_a_reason(dtype: Any) -> None:
    """Also where the layer stands by itself, among those that no model holds."""
    entry = {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 1], "dtype": dtype}}
    assert read_layers([entry]) == ()

