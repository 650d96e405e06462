"""Networks that nobody would build, in recordings that were forged: each is described, or refused with a reason.

Most of them took for ever, or all memory there is, before something bounded them: here they end.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.domain import ModelGraph
from grader.graph import Rejection, align, canonical, equal, orders, parse
from grader.graph.equality.compare import Freedom
from grader.reporting.network.svg import draw_network
from tests.fuzz import bombs
from tests.graph.networks import confirmed

X = bombs.node(bombs.tensor("x"))


def graph_of(config: bombs.Json) -> ModelGraph:
    graph = parse(config)
    assert isinstance(graph, ModelGraph)
    return graph


def reason_of(config: bombs.Json) -> str:
    graph = parse(config)
    assert isinstance(graph, Rejection)
    return graph.reason


def test_a_sum_that_doubles_at_every_step_stays_small() -> None:
    """`x + x`, doubled sixty times: its summands are not written out."""
    form = canonical(graph_of(bombs.doubling(60)))
    assert len(form.calls) < 60
    assert max(len(call.sources) for call in form.calls) <= 64


def test_sums_that_are_nested_as_people_do_it_are_one() -> None:
    """Sixty summands, one after the other."""
    form = canonical(graph_of(bombs.running_sum(60)))
    assert [len(call.sources) for call in form.calls] == [0, 1, 61]


@pytest.mark.parametrize("make", [bombs.dropouts, bombs.normalisations])
def test_a_long_chain_behind_a_concatenation_is_followed_without_recursion(make: object) -> None:
    """Whether the order inside counts is asked of all that follows, be it longer than Python's stack."""
    assert len(canonical(graph_of(make(1_400))).calls) == 1_402  # type: ignore[operator]


@pytest.mark.parametrize("size", [16 * 9 - 1, 16 * 9 + 15])
def test_models_in_models_that_are_called_again_and_again_are_refused(size: int) -> None:
    """The number of calls grows with a power of the depth, and no layer is ever called."""
    assert "too often" in reason_of(bombs.laughs(size))


def test_a_nested_model_of_layers_that_are_never_called_is_read_so_often_and_no_more() -> None:
    assert "too often" in reason_of(bombs.lonely_layers(1_400))


def test_shapes_beyond_all_measure_end_at_the_layer_that_makes_them() -> None:
    """A slice of more values than a machine word counts raises nothing."""
    graph = confirmed(graph_of(bombs.growing(39)))
    assert graph.untrainable
    assert all(size is None or size <= 2**63 for call in graph.calls for shape in call.shapes for size in shape)


def test_a_window_that_cuts_away_more_than_there_is_makes_no_negative_shape() -> None:
    cropped = bombs.chain("Cropping1D", 1, lambda last: [bombs.tensor("x")], cropping=[3, 3])
    cropped["layers"][0]["config"]["batch_shape"] = [None, 4, 1]
    assert any("Keras refuses it" in reason for reason in confirmed(graph_of(cropped)).untrainable)


def test_more_tensors_than_anybody_joins_are_refused() -> None:
    assert "tensors" in reason_of(bombs.fan_in(1_000))
    assert "tensors" in reason_of(bombs.joins_of_joins(300))


def test_more_outputs_than_anybody_has_are_refused_and_many_are_not_drawn() -> None:
    """A drawing looks at every output for every output."""
    assert "65 outputs; at most 64" in reason_of(bombs.many_outputs(65))
    assert "65 inputs; at most 64" in reason_of(bombs.model([bombs.start()], "x", (("x", 0, 0),) * 65))
    assert draw_network(graph_of(bombs.many_outputs(64)), "many") == ""


def test_calls_of_one_layer_are_told_of_each_other_in_short() -> None:
    """A thousand calls of one layer, each compared with all others in every round, were a million texts a round."""
    graph = graph_of(bombs.shared(999))
    assert len(canonical(graph).calls) == 1_001
    assert equal(graph, graph)


def test_a_large_network_is_not_tried_with_every_freedom_and_in_every_order() -> None:
    """Two hundred widths for each of four free layers, in 24 orders of outputs, were 38 thousand million comparisons."""
    wide = bombs.wide(200)
    for number, entry in enumerate(wide["layers"][1:-1]):
        entry["config"]["units"] = number + 1
    wide["output_layers"] = {name: ["c", 0, 0] for name in "abcd"}
    graph = graph_of(wide)
    small = bombs.wide(4)
    small["output_layers"] = wide["output_layers"]
    free = {f"d{number}": Freedom((1, 256)) for number in range(4)}
    assert len(orders(graph)) == 24
    reference = replace(graph_of(small), outputs_ordered=True)
    assert align(graph, reference, free, ("x",)) is None
    assert align(graph_of(small), reference, free, ("x",)) is not None


@pytest.mark.parametrize(
    ("kind", "params", "reason"),
    [
        ("Reshape", {"target_shape": [0, -1]}, "Keras refuses it"),
        ("TimeDistributed", {"layer": {"class_name": "MultiHeadAttention", "config": {"num_heads": 1}}}, "`key_dim`"),
    ],
    ids=["Reshape", "TimeDistributed"],
)
def test_parameters_that_keras_refuses_end_at_their_layer(kind: str, params: dict[str, bombs.Json], reason: str) -> None:
    """Keras divides by them, or looks for a tensor that is not there."""
    graph = confirmed(graph_of(bombs.model([bombs.start(), bombs.layer(kind, "r", [X], **params)], [["r", 0, 0]])))
    assert [layer.untrainable for layer in graph.layers] == ["", *graph.untrainable]
    assert reason in graph.untrainable[0]
    assert graph.parameters is None


def test_a_number_of_groups_that_keras_divides_by_breaks_no_reading() -> None:
    graph = graph_of(bombs.model([bombs.start(), bombs.layer("GroupNormalization", "r", [X], groups=0)], [["r", 0, 0]]))
    assert "Keras refuses it" in confirmed(graph).untrainable[0]


def test_an_output_that_a_layer_does_not_have_is_refused() -> None:
    layers = [bombs.start(), bombs.layer("Dense", "d", [bombs.node(bombs.tensor("x"))], units=1)]
    layers[1]["inbound_nodes"][0]["shapes"] = [[None, 1]]
    assert "refers to output 63 of `d`" in reason_of(bombs.model(layers, [["d", 0, 63]]))


def test_what_would_train_for_hours_is_described_and_not_trained() -> None:
    """Eight convolutions over three thousand places, of 256 filters each."""
    start = bombs.layer("Reshape", "c0", [bombs.node(bombs.tensor("x"))], target_shape=[1, 1])
    padded = bombs.layer("ZeroPadding1D", "c1", [bombs.node(bombs.tensor("c0"))], padding=[1500, 1500])
    convolutions = [
        bombs.layer("Conv1D", f"c{n}", [bombs.node(bombs.tensor(f"c{n - 1}"))], filters=256, kernel_size=[9])
        for n in range(2, 10)
    ]
    graph = confirmed(graph_of(bombs.model([bombs.start(), start, padded, *convolutions], [["c9", 0, 0]])))
    assert "operations" in graph.untrainable[0]


def test_places_that_all_attend_to_each_other_count_without_weights() -> None:
    """Two thousand places make four million scores, in a layer that has no weights."""
    repeated = bombs.layer("RepeatVector", "r", [bombs.node(bombs.tensor("x"))], n=2048)
    attending = bombs.layer("Attention", "a", [bombs.node([bombs.tensor("r"), bombs.tensor("r")])])
    graph = confirmed(graph_of(bombs.model([bombs.start(), repeated, attending], [["a", 0, 0]])))
    assert "operations" in graph.untrainable[0]


def test_names_are_cut() -> None:
    """A long one would be told once for each layer of its model."""
    name = "n" * 1_000_000
    graph = graph_of(bombs.model([bombs.layer("Dense", name, [bombs.node(bombs.tensor("x"))], units=1), bombs.start()],
                                 [[name, 0, 0]]))  # fmt: skip
    assert len(graph.output_names[0]) == 80
