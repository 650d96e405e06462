"""Configs of real Keras models become graphs; anything else becomes a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest
from keras import layers, ops

from grader.errors import TrainerLimit
from grader.graph import Rejection, decode_graph, encode_graph, parse, with_unused
from grader.graph.codec import serialise
from grader.graph.edits import unshaped
from grader.graph.reading.catalogue import LAYERS as LAYERS_ALLOWED
from grader.graph.reading.catalogue import REFUSED
from grader.training.engine.build import build
from tests.fuzz import bombs
from tests.graph.networks import confirmed, graph_of, read, recorded

SEQUENCE, IMAGE, VOLUME = (9, 4), (8, 6, 3), (8, 6, 4, 3)
LAYERS: dict[str, tuple[tuple[int, ...], Any]] = {
    "dense": (SEQUENCE, lambda: layers.Dense(5)),
    "embedding": ((5,), lambda: layers.Embedding(10, 4)),
    "reshape": (SEQUENCE, lambda: layers.Reshape((-1, 2))),
    "upsampling2": (IMAGE, lambda: layers.UpSampling2D((2, 3))),
    "batch normalization": (SEQUENCE, layers.BatchNormalization),
    "strided convolution": (IMAGE, lambda: layers.Conv2D(5, 3, strides=2, padding="same")),
    "separable2": (IMAGE, lambda: layers.SeparableConv2D(5, 3, depth_multiplier=2)),
    "rnn": (SEQUENCE, lambda: layers.SimpleRNN(5)),
    "lstm": (SEQUENCE, lambda: layers.LSTM(5, return_sequences=True, return_state=True)),
    "time distributed": (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(3))),
    "bidirectional": (SEQUENCE, lambda: layers.Bidirectional(layers.LSTM(5, return_sequences=True))),
    **(
        {"odd transposed convolution": (SEQUENCE, lambda: layers.Conv1DTranspose(5, 3, strides=2, output_padding=1))}
        if "output_padding"
        in layers.Conv1DTranspose(1, 1).get_config()  # which Keras 3.12 leaves out of a model's config
        else {}
    ),
    "einsum": (SEQUENCE, lambda: layers.EinsumDense("abc,cd->abd", output_shape=(None, 7), bias_axes="d")),
    "convolutional lstm": (VOLUME, lambda: layers.ConvLSTM2D(5, 2, return_sequences=True, return_state=True)),
    "a cell": (SEQUENCE, lambda: layers.RNN(layers.LSTMCell(5), return_sequences=True, return_state=True)),
    "cells": (SEQUENCE, lambda: layers.RNN([layers.GRUCell(5), layers.SimpleRNNCell(3), layers.LSTMCell(2)])),
    "spectral normalization": (SEQUENCE, lambda: layers.SpectralNormalization(layers.Dense(5))),
    "center crop": (IMAGE, lambda: layers.CenterCrop(4, 3)),
    "normalization": (SEQUENCE, lambda: layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0] * 4)),
    "encoding": ((5,), lambda: layers.CategoryEncoding(7)),
    "bins in one-hot": ((5,), lambda: layers.Discretization([0.0, 1.0], output_mode="one_hot")),
    "spectrogram with an axis": (
        (400, 2),
        lambda: layers.STFTSpectrogram("stft", 64, padding="same", expand_dims=True),
    ),
    "zoom": (IMAGE, lambda: layers.RandomZoom((-0.1, 0.1), 0.2)),
    "augment": (IMAGE, layers.RandAugment),
}


@pytest.mark.parametrize("name", LAYERS)
def test_keras_confirms_what_a_recording_claims(name: str) -> None:
    """The trainer describes and builds what was read as the student's Keras did, with the claims or without them."""
    shape, make = LAYERS[name]
    x = keras.Input(shape)
    model = keras.Model(x, of_this_keras(make)(x))
    assert_described(model)
    graph = read(model)
    assert [layer.params for layer in read(build(graph, 1)).layers] == [layer.params for layer in graph.layers]


def assert_described(model: Any) -> None:
    for graph in (read(model), unshaped(read(model))):
        described = confirmed(graph)
        assert described.untrainable == ()
        shapes = [described.shape(tensor) for tensor in described.outputs]
        assert shapes == [tuple(output.shape) for output in model.outputs]
        assert model.count_params() == described.parameters


def of_this_keras(make: Any) -> Any:
    """The layer; a test of one that an older Keras does not have is skipped."""
    try:
        return make()
    except AttributeError as error:
        pytest.skip(str(error))


def test_every_layer_of_keras_is_known_or_left_out_for_a_reason() -> None:
    """By the class that a name in `keras.layers` stands for: `AvgPool1D` is `AveragePooling1D`."""
    classes: dict[type, set[str]] = {}
    for name, value in vars(layers).items():
        if isinstance(value, type) and issubclass(value, layers.Layer):
            classes.setdefault(value, set()).add(name)
    unknown = [names for names in classes.values() if not names & {*LAYERS_ALLOWED, *REFUSED}]
    assert unknown == [{"Layer"}]


QUERY, VALUE = (7, 6), (9, 4)
ATTENTION: dict[str, Any] = {
    "additive": lambda q, v: layers.AdditiveAttention()([q, layers.Dense(6)(v)]),
    "another width": lambda q, v: layers.MultiHeadAttention(3, 5, output_shape=8)(query=q, value=v),
    "named arguments": lambda q, v: layers.MultiHeadAttention(3, 5)(value=v, key=layers.Dense(10)(v), query=q),
    "grouped queries": lambda q, v: layers.GroupQueryAttention(5, 4, 2)(q, layers.Dense(6)(v)),
    "scores of groups": lambda q, v: layers.GroupQueryAttention(5, 4, 2, use_bias=False)(
        q, layers.Dense(6)(v), return_attention_scores=True
    ),
}


@pytest.mark.parametrize(("tied", "weights"), [(True, 40), (False, 80)])
def test_an_embedding_may_be_read_backwards(tied: bool, weights: int) -> None:
    embedding = of_this_keras(lambda: layers.ReversibleEmbedding(10, 4, tie_weights=tied))
    x = keras.Input((5,), dtype="int32")
    model = keras.Model(x, embedding(embedding(x), reverse=True))
    graph = read(model)
    assert (graph.shape(graph.outputs[0]), graph.parameters) == ((None, 5, 10), weights)
    assert tuple(model.output.shape) == (None, 5, 10)


OF_TWO_SERIES: dict[str, Any] = {
    "sum": lambda x, y: x + y,
    "slice": lambda x, y: x[:, 1:5:2],
    "product of matrices": lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1))),
    "mean": lambda x, y: ops.mean(x, axis=-1, keepdims=True),
    "array": lambda x, y: ops.add(x, ops.ones((9, 4))),
    "one-hot": lambda x, y: ops.nn.one_hot(ops.cast(x, "int32"), 7),
    "fourier": lambda x, y: ops.fft((x, y))[1],
    "pooled": lambda x, y: ops.max_pool(x, 3, strides=2, padding="same"),
    "split": lambda x, y: ops.split(x, 2, axis=-1)[1],
    "choice": lambda x, y: ops.where(x > y, x, y),
}


@pytest.mark.parametrize("name", [*OF_TWO_SERIES, *ATTENTION])
def test_keras_confirms_operations_on_tensors_and_attention(name: str) -> None:
    shapes = (QUERY, VALUE) if name in ATTENTION else (SEQUENCE, SEQUENCE)
    x, y = map(keras.Input, shapes)
    assert_described(keras.Model([x, y], [(ATTENTION | OF_TWO_SERIES)[name](x, y), layers.Identity()(y)]))


def test_a_nested_functional_model_may_be_the_output() -> None:
    """Keras counts the calls of a nested Functional model from 1 among the outputs, and from 0 elsewhere."""
    inner_input = keras.Input((2,))
    inner = keras.Model(inner_input, layers.Dense(1)(inner_input))
    x = keras.Input((1,))
    graph = read(keras.Model(x, inner(layers.Dense(2)(x))))
    assert graph.shape(graph.outputs[0]) == (None, 1)


def test_outputs_of_a_dict_have_names_and_no_order() -> None:
    x = keras.Input((1,))
    graph = read(keras.Model(x, {"sine": layers.Dense(1)(x), "exp": layers.Dense(2)(x)}))
    assert not graph.outputs_ordered
    assert {"sine", "exp"} == set(graph.output_names)


def _tampered(**changes: Any) -> Any:
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(2, name="d")(x)))
    config["layers"][1]["config"].update(changes)
    return config


def _replaced(**entry: Any) -> Any:
    """The same with another entry for its layer."""
    config = _tampered()
    config["layers"][1] |= entry
    return config


def _of(layer: Any, *inputs: Any) -> Any:
    return recorded(keras.Model(inputs, layer(list(inputs) if len(inputs) > 1 else inputs[0])))


LAMBDA = {"name": "evil", "function": {"class_name": "__lambda__"}}
OWN_FUNCTION = {"class_name": "function", "config": "evil", "registered_name": "evil"}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (_tampered(units=10**12), "`units`"),
        (_tampered(activation="rellu"), "not a Keras activation"),
        (_tampered(activation=OWN_FUNCTION), "your own function"),
        (_tampered(kernel_initializer={"module": "os", "class_name": "system", "config": {}}), "not a Keras class"),
        (_tampered(kernel_initializer={"class_name": "Constant", "config": {"value": float("nan")}}), "`value`"),
        (_tampered(novelty=3), "not known"),
        (_tampered(dtype="float16"), "float32"),
        (_replaced(class_name="Lambda", config=LAMBDA), "`Rescaling`"),
        (_replaced(module="student", registered_name="student>Dense"), "your own class"),
        (_of(layers.Concatenate(axis=0), keras.Input((4,)), keras.Input((4,))), "axis=-1"),
        (_of(layers.Normalization(), keras.Input(SEQUENCE)), "what `adapt` finds is not recorded; write `mean=…`"),
    ],
)
def test_what_is_outside_the_schema_is_described_and_not_trained(config: Any, words: str) -> None:
    """Every parameter is a plain value in a range; whatever else is there keeps the network from being built."""
    assert words in graph_of(config).untrainable[0]


def test_a_layer_of_another_precision_is_shown_with_its_own_parameters() -> None:
    """So that nothing untrue is said of what it was given, such as its initializer."""
    graph = graph_of(_tampered(dtype="float16", kernel_initializer={"class_name": "RandomUniform", "config": {}}))
    assert "RandomUniform" in str(dict(graph.layers[1].params)["kernel_initializer"])


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}},
        {"dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}}},
        {"novelty": None, "other_novelty": False},
    ],
)
def test_what_makes_no_other_network_is_trained(change: dict[str, Any]) -> None:
    """Mixed precision only rounds more between the weights, and keys of a newer Keras that are off change nothing."""
    assert graph_of(_tampered(**change)).untrainable == ()


def _reading(name: str) -> Any:
    config = _tampered()
    config["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(keras_history=[name, 0, 0])
    return config


TAMPERED = _tampered()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (_reading("d"), "cycle"),
        (_reading("gone"), "does not exist"),
        ({**TAMPERED, "layers": [*TAMPERED["layers"], TAMPERED["layers"][0]]}, "same name"),
        ({**TAMPERED, "layers": 7}, "list its layers"),
        ({**TAMPERED, "layers": [None]}, "cannot be read"),
        ({**TAMPERED, "output_layers": "evil"}, "cannot be read"),
        ({**TAMPERED, "output_layers": [["d", 0, 63]]}, "refers to output 63 of `d`"),
        (recorded(keras.Sequential([layers.Dense(1)])), "begin with an `Input`"),
        # What nobody would build.
        (bombs.laughs(159), "too often"),
        (bombs.lonely_layers(1_400), "too often"),
        (bombs.fan_in(1_000), "tensors"),
        (bombs.joins_of_joins(300), "tensors"),
        (bombs.many_outputs(65), "65 outputs; at most 64"),
        (bombs.model([bombs.start()], "x", (("x", 0, 0),) * 65), "65 inputs; at most 64"),
    ],
)
def test_what_is_no_graph_is_rejected_with_a_reason(config: Any, words: str) -> None:
    rejection = parse(config)
    assert isinstance(rejection, Rejection)
    assert words in rejection.reason


def test_a_network_of_too_many_parameters_is_described_and_not_trained() -> None:
    """Sizes are bounded before anything is built, and numbers of weights that are too small do not help."""
    config = _chain([4096, 4096, 4096])
    with pytest.raises(TrainerLimit, match="4096"):
        confirmed(graph_of(config))
    for entry in config["layers"][1:]:
        entry["weights"] = 4096 * 4097
    assert "parameters" in graph_of(config).untrainable[0]


def _chain(units: list[int]) -> Any:
    model = keras.Sequential([keras.Input((1,)), *(layers.Dense(2) for _ in units)])
    config = recorded(model)
    for entry, width in zip(config["layers"][1:], units, strict=True):
        entry["config"]["units"] = width
    return config


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
    inputs = {name: keras.Input((1,), name=name) for name in ("wide", "deep")}
    model = keras.Model(inputs, layers.Concatenate()(list(inputs.values())))
    assert read(model).input_names == ("deep", "wide")


def test_a_call_on_a_dict_keeps_its_edges() -> None:

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
    graph = confirmed(graph_of(config))
    assert [call.shapes for call in graph.calls] == [((None, 1),), ((None, 3),), ((None, 2),)]
    assert ([layer.weights for layer in graph.layers], graph.parameters) == ([0, 17, 8], None)
    second.update(claim)
    second["inbound_nodes"][0].update(claim)
    with pytest.raises(TrainerLimit, match=words):
        confirmed(graph_of(config))


def _decoder(kind: str) -> Any:
    parts = [layers.Dense(3), layers.Dense(2)]
    if kind == "functional":
        x = keras.Input((4,))
        return keras.Model(x, parts[1](parts[0](layers.Flatten()(x))), name="decoder")
    return keras.Sequential([keras.Input((4,)), *parts], name="decoder")


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_a_model_called_on_another_width_is_described_and_not_trained(kind: str) -> None:
    """Keras builds it, and fails only with data; each weight is what the recording says."""
    x = keras.Input((2,))
    graph = confirmed(graph_of(recorded(keras.Model(x, _decoder(kind)(layers.Dense(1)(x))))))
    assert [layer.param("units") for layer in graph.layers if layer.kind == "Dense"] == [1, 3, 2]
    assert "model `decoder` has weights for an input of another shape" in graph.untrainable[0]


@pytest.mark.parametrize("said", [7, [[None, "evil"]], [[-1]], [[[1]]], [{}]])
def test_an_odd_shape_in_a_recording_is_no_shape(said: Any) -> None:
    x = keras.Input((1,))
    config = recorded(keras.Model(x, layers.Dense(3)(x)))
    config["layers"][1] |= {"class_name": "Mine", "module": "student", "weights": said}
    config["layers"][1]["inbound_nodes"][0]["shapes"] = said
    graph = graph_of(config)
    assert (graph.calls[1].shapes, graph.layers[1].weights) in (((), None), ((), 7))


@pytest.mark.parametrize("dtype", [[1], {"class_name": "DTypePolicy"}, 3])
def test_an_odd_type_of_an_input_is_a_reason(dtype: Any) -> None:
    entry = {"class_name": "InputLayer", "name": "y", "config": {"batch_shape": [None, 1], "dtype": dtype}}
    graph = read(keras.Sequential([keras.Input((1,)), layers.Dense(3)]))
    assert with_unused(graph, [entry]) == graph


@pytest.mark.parametrize("reads", [None, 3, [3], [["x"]], [["x", 5]], [["x", -1]], [[["x"], 0]], [["self", 0]]])
def test_odd_claims_of_what_a_layer_reads_are_not_known(reads: Any) -> None:
    entry = {"class_name": "Dense", "name": "self", "config": {"units": 3}, "reads": reads}
    graph = read(keras.Sequential([keras.Input((1,), name="x"), layers.Dense(3)]))
    whole = with_unused(graph, [entry, {"class_name": 3}, {}])
    assert (whole.layers[-1].name, whole.calls[-1].sources) == ("self", ())


@pytest.mark.parametrize("given", [0, 1, 0.0, "uniform", ""])
def test_what_is_given_for_a_truth_is_that_truth(given: float | str) -> None:
    """`Dense(3, "relu", "uniform")` has a bias, as Keras reads it."""
    uses = (graph_of(_tampered(use_bias=use)) for use in (bool(given), given))
    assert len({graph.layers[1].params for graph in uses}) == 1


def test_calls_of_one_layer_stand_in_the_order_in_which_they_were_made() -> None:
    """Wherever the config has the inputs, and what joins them asks for."""
    left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    shared = layers.Dense(3, name="shared")
    first, second = shared(left), shared(right)
    graph = read(keras.Model([right, left], layers.concatenate([second, first])))
    calls = [call for call in graph.calls if graph.layers[call.layer].name == "shared"]
    assert [graph.layer_of(call.sources[0].call).name for call in calls] == ["left", "right"]
