"""What a network costs is counted before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keras import Input, Model, layers, ops

from grader.assignments.course import load_course
from grader.assignments.folder import read_course
from grader.domain import Call, Layer, ModelGraph, Tensor
from grader.graph.reading.cost import MAX_OPERATIONS, operations
from tests.fuzz import bombs
from tests.graph.networks import chain, graph_of, read

Net = Callable[[Any], Any]
EXAMPLES = Path(__file__).parents[2] / "examples"


def repeated(times: int, layer: Net) -> Net:
    def apply(tensor: Any) -> Any:
        for _ in range(times):
            tensor = layer(tensor)
        return tensor

    return apply


def transformer(tokens: Any) -> Any:
    words = layers.Embedding(20_000, 32)(tokens)
    attending = layers.LayerNormalization()(words + layers.MultiHeadAttention(2, 32)(words, words))
    forward = layers.Dense(32)(layers.Dense(32, "relu")(attending))
    return layers.Dense(1)(layers.GlobalAveragePooling1D()(layers.LayerNormalization()(attending + forward)))


def convolutions(images: Any) -> Any:
    first = layers.MaxPooling2D()(layers.Conv2D(32, 3, activation="relu")(images))
    second = layers.MaxPooling2D()(layers.Conv2D(64, 3, activation="relu")(first))
    return layers.Dense(10, "softmax")(layers.Dropout(0.5)(layers.Flatten()(second)))


def two_lstms(tokens: Any) -> Any:
    first = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(layers.Embedding(20_000, 128)(tokens))
    return layers.Dense(1)(layers.Bidirectional(layers.LSTM(64))(first))


def pixels(x: Any) -> Any:
    """A million numbers for each sample."""
    return layers.UpSampling1D(10)(layers.UpSampling1D(50)(layers.RepeatVector(2_000)(x)))


HOSTILE: dict[str, tuple[tuple[int, ...], Net]] = {
    "products of matrices": (
        (1,), lambda x: repeated(8, lambda s: ops.matmul(s, s))(layers.Dense(600)(layers.RepeatVector(600)(x))),
    ),
    "a million steps": ((1,), lambda x: layers.SimpleRNN(1)(pixels(x))),
    "a million steps both ways": ((1,), lambda x: layers.Bidirectional(layers.GRU(1))(pixels(x))),
    "a million steps of a cell": ((1,), lambda x: layers.RNN(layers.LSTMCell(1))(pixels(x))),
    "a hundred functions of a million": ((1,), lambda x: repeated(100, layers.Activation("gelu"))(pixels(x))),
    "norms of a million": ((1,), lambda x: repeated(20, layers.LayerNormalization())(pixels(x))),
    "an orthogonal kernel": ((4096,), layers.Dense(1000, kernel_regularizer="orthogonal_regularizer")),
    "a norm found in a hundred steps": (
        (1000,), layers.SpectralNormalization(layers.Dense(1000), power_iterations=100),
    ),
    "dot": ((600, 600), repeated(3, lambda s: layers.Dot(axes=(2, 1))([s, s]))),
    "attention": ((2048, 64), lambda s: layers.Attention()([s, s])),
    "additive attention": ((512, 64), lambda s: layers.AdditiveAttention()([s, s])),
    "heads": ((2048, 64), lambda s: layers.MultiHeadAttention(8, 64)(s, s)),
    "convolutions": ((3000, 256), repeated(8, layers.Conv1D(256, 9, padding="same"))),
    "a convolution in space": ((32, 32, 32, 8), layers.Conv3D(64, 5, padding="same")),
    "a transposed convolution": ((64, 64, 64), layers.Conv2DTranspose(64, 7, strides=4)),
    "large windows": ((512, 512, 1), layers.MaxPooling2D(200, strides=1, padding="same")),
    "a large blur": ((224, 224, 3), layers.RandomGaussianBlur(factor=1.0, kernel_size=(99, 99))),
    "every number with every other": (
        (3000,), lambda x: ops.add(layers.Reshape((3000, 1))(x), layers.Reshape((1, 3000))(x)),
    ),
    "einsum": ((600, 600), repeated(3, layers.EinsumDense("abc,cd->abd", (None, 600)))),
    "many classes": ((1000,), layers.CategoryEncoding(100_000)),
    "unrolled": ((300, 1), layers.SimpleRNN(1, unroll=True)),
}  # fmt: skip

HONEST: dict[str, tuple[tuple[int | None, ...], Net]] = {
    "digits": ((28, 28, 1), convolutions),
    "wide layers": ((784,), lambda x: layers.Dense(512, "relu")(layers.Dense(512, "relu")(x))),
    "words": ((200,), two_lstms),
    "words of any number": ((None,), two_lstms),
    "a transformer": ((200,), transformer),
    "characters": ((40, 56), layers.LSTM(128)),
    "a series": ((500, 1), layers.Conv1D(64, 3, padding="same")),
}


def network(shape: tuple[int | None, ...], net: Net) -> ModelGraph:
    return read(chain(net, shape=shape))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_costs_too_much_is_described_and_not_trained(name: str) -> None:
    graph = network(*HOSTILE[name])
    (reason,) = graph.untrainable
    assert "operations for one pass" in reason
    assert "at most 1e+10 can be graded" in reason


@pytest.mark.parametrize("name", HONEST)
def test_networks_of_textbooks_are_well_inside(name: str) -> None:
    graph = network(*HONEST[name])
    assert graph.untrainable == ()
    assert sum(operations(graph)) < MAX_OPERATIONS / 2


def test_references_take_a_thousandth() -> None:
    for course in (load_course([]), load_course([], read_course(EXAMPLES))):
        graphs = [graph for entry in course.calibrations.values() for case in entry.cases if (graph := case.graph)]
        assert graphs
        assert max(sum(operations(graph)) for graph in graphs) < MAX_OPERATIONS / 300


def test_a_batch_of_its_own_changes_nothing() -> None:
    """A network that says one sample is trained with as many as all others."""
    graphs = [read(Model(start, layers.Dense(5)(start))) for start in (Input((600, 8)), Input(batch_shape=(1, 600, 8)))]
    assert operations(graphs[0]) == operations(graphs[1])


def test_sizes_beyond_all_numbers_end_as_a_reason() -> None:
    huge = 2**50
    calls = (Call(0, (), (), ((None, huge),)), Call(1, (Tensor(0),), (), ((None, *(huge,) * 15),)))
    layers = (Layer("x", "InputLayer"), Layer("r", "ops.Sin"))
    graph = ModelGraph("m", "Functional", layers, calls, (Tensor(0),), (Tensor(1),))
    assert f"{sum(operations(graph)):.1e}" == "2.0e+18"


def test_each_call_is_counted_once() -> None:
    for size in (200, 400):
        assert len(operations(graph_of(bombs.running_sum(size)))) == size + 2
