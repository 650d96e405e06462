"""Networks that nobody would build, in recordings that were forged: each is described, or refused with a reason.

Most of them took for ever, or all memory there is, before something bounded them: here they end.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.graph import align, canonical, equal, orders
from grader.graph.equality.compare import Freedom
from grader.reporting.network.svg import draw_network
from tests.fuzz import bombs
from tests.graph.networks import confirmed, graph_of

X = bombs.node(bombs.tensor("x"))


def test_a_sum_that_doubles_at_every_step_stays_small() -> None:
    form = canonical(graph_of(bombs.doubling(60)))
    assert len(form.calls) < 60
    assert max(len(call.sources) for call in form.calls) <= 64


def test_sums_that_are_nested_as_people_do_it_are_one() -> None:
    form = canonical(graph_of(bombs.running_sum(60)))
    assert [len(call.sources) for call in form.calls] == [0, 1, 61]


@pytest.mark.parametrize("make", [bombs.dropouts, bombs.normalisations])
def test_a_long_chain_behind_a_concatenation_is_followed_without_recursion(make: object) -> None:
    """Whether the order inside counts is asked of all that follows, be it longer than Python's stack."""
    assert len(canonical(graph_of(make(1_400))).calls) == 1_402  # type: ignore[operator]


def test_shapes_beyond_all_measure_end_at_the_layer_that_makes_them() -> None:
    graph = confirmed(graph_of(bombs.growing(39)))
    assert graph.untrainable
    assert all(size is None or size <= 2**63 for call in graph.calls for shape in call.shapes for size in shape)


def test_a_window_that_cuts_away_more_than_there_is_makes_no_negative_shape() -> None:
    cropped = bombs.chain("Cropping1D", 1, lambda last: [bombs.tensor("x")], cropping=[3, 3])
    cropped["layers"][0]["config"]["batch_shape"] = [None, 4, 1]
    assert any("Keras refuses it" in reason for reason in confirmed(graph_of(cropped)).untrainable)


def test_many_outputs_are_not_drawn() -> None:
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
        ("GroupNormalization", {"groups": 0}, "`r`: Keras refuses it"),
        ("MaxPooling2D", {}, "expected ndim=4"),
        ("TimeDistributed", {"layer": {"class_name": "MultiHeadAttention", "config": {"num_heads": 1}}}, "`key_dim`"),
    ],
)
def test_parameters_that_keras_refuses_end_at_their_layer(
    kind: str, params: dict[str, bombs.Json], reason: str
) -> None:
    graph = confirmed(graph_of(bombs.model([bombs.start(), bombs.layer(kind, "r", [X], **params)], [["r", 0, 0]])))
    assert [layer.untrainable for layer in graph.layers] == ["", *graph.untrainable]
    assert reason in graph.untrainable[0]
    assert graph.parameters is None


def test_names_are_cut() -> None:
    name = "n" * 1_000_000
    graph = graph_of(bombs.model([bombs.layer("Dense", name, [X], units=1), bombs.start()], name))
    assert len(graph.output_names[0]) == 80
