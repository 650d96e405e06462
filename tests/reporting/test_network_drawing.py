"""The layout of a network, its drawing, and the boxes marked as different."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from grader.domain import Call, Layer, ModelGraph, Tensor
from grader.reporting.network_difference import differing_layers
from grader.reporting.network_layout import BOX_HEIGHT, BOX_WIDTH, lay_out
from grader.reporting.network_svg import MAX_CALLS, draw_network, layer_rows

SVG = "{http://www.w3.org/2000/svg}"


def ladder(length: int) -> ModelGraph:
    """A chain in which every call also reads the first: the worst for long edges."""
    layers = (Layer("x", "InputLayer"), *(Layer(f"add_{i}", "Add") for i in range(length)))
    calls = (
        Call(0, (), (), ((None, 1),)),
        *(Call(i + 1, ((Tensor(i), Tensor(0)),), (), ((None, 1),)) for i in range(length)),
    )
    return ModelGraph("ladder", "Functional", layers, calls, (Tensor(0),), (Tensor(length),))


def test_boxes_never_overlap_and_edges_point_down(branches: Callable[..., ModelGraph], shared: ModelGraph) -> None:
    """No box covers another, everything lies in the frame, inputs are on top and arrows go down."""
    for graph in (branches(), shared, ladder(12)):
        layout = lay_out(graph)

        for (x0, y0), (x1, y1) in combinations(layout.boxes, 2):
            assert abs(x0 - x1) >= BOX_WIDTH or abs(y0 - y1) >= BOX_HEIGHT
        assert all(0 <= x <= layout.width - BOX_WIDTH + 0.01 for x, _ in layout.boxes)
        assert all(0 <= y <= layout.height - BOX_HEIGHT for _, y in layout.boxes)
        assert all(layout.boxes[tensor.call][1] == 0 for tensor in graph.inputs)
        assert all(y0 < y1 for edge in layout.edges for (_, y0), (_, y1) in pairwise(edge))


def test_long_edges_pass_beside_the_boxes(shared: ModelGraph) -> None:
    """An edge past other rows goes around their boxes."""
    layout = lay_out(shared)

    for edge in layout.edges:
        for x, y in edge[1:-1]:
            assert not any(left < x < left + BOX_WIDTH and top <= y <= top + BOX_HEIGHT for left, top in layout.boxes)


def test_branches_do_not_cross() -> None:
    """Two branches given in crossed order are drawn without a crossing."""
    layers = tuple(Layer(name, "Dense" if name[0] == "d" else "InputLayer", (("units", 4),)) for name in "xydef")
    reads = ((), (), (Tensor(1),), (Tensor(0),), ((Tensor(3), Tensor(2)),))
    calls = tuple(Call(i, reads[i], (), ((None, 4),)) for i in range(5))
    layout = lay_out(ModelGraph("m", "Functional", layers, calls, (Tensor(0), Tensor(1)), (Tensor(4),)))

    assert (layout.boxes[0][0] < layout.boxes[1][0]) == (layout.boxes[3][0] < layout.boxes[2][0])


def test_drawing_shows_kind_units_activation_and_name(branches: Callable[..., ModelGraph]) -> None:
    """A box says what a layer is, and the drawing is well-formed with a title for those who cannot see it."""
    root = ElementTree.fromstring(draw_network(branches(), "Your network"))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]

    assert {"Dense 20", "sigmoid", "dense_1", "Concatenate", "width 52", "▾ output"} <= set(texts)
    assert root.find(f"{SVG}title") is not None
    assert root.get("role") == "img"


def test_shared_layers_are_marked_alike(shared: ModelGraph) -> None:
    """Both calls of a shared layer carry one colour class and say which call they are."""
    drawing = draw_network(shared, "Your network")

    assert drawing.count('class="box shared shared-0"') == 2
    assert "sigmoid · shared 1/2" in drawing
    assert "sigmoid · shared 2/2" in drawing
    assert [row.shared for row in layer_rows(shared)].count("") == 6
    assert "▾ output 1" in drawing


def test_hostile_names_stay_text(branches: Callable[..., ModelGraph], attack: str) -> None:
    """Names full of markup and control characters leave a well-formed drawing without elements of theirs."""
    graph = branches()
    graph = replace(graph, layers=tuple(replace(layer, name=attack, kind=attack) for layer in graph.layers))
    root = ElementTree.fromstring(draw_network(graph, attack, differing={1}))

    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "g",
        "rect",
        "text",
        "path",
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]


def test_a_network_too_large_is_not_drawn() -> None:
    """Beyond the limit there is no drawing, and the table is bounded."""
    assert draw_network(ladder(MAX_CALLS), "t") == ""
    assert len(layer_rows(ladder(900))) == 200
    assert draw_network(ladder(MAX_CALLS - 1), "t")


def test_only_the_wrong_layer_is_marked(branches: Callable[..., ModelGraph]) -> None:
    """A wrong width marks that layer on both sides, and nothing that follows from it."""
    assert differing_layers(branches(right=32), branches()) == {3}
    assert differing_layers(branches(), branches(right=32)) == {3}
    assert differing_layers(branches(), branches()) == frozenset()


def test_an_added_layer_is_marked_alone(branches: Callable[..., ModelGraph]) -> None:
    """One more layer in the middle does not mark those below it."""
    graph = branches()
    calls = (*graph.calls[:6], Call(7, (Tensor(5),), (), ((None, 32),)), Call(6, (Tensor(6),), (), ((None, 1),)))
    layers = (*graph.layers, Layer("extra", "Dropout", (("rate", 0.5),)))
    longer = replace(graph, layers=layers, calls=calls, outputs=(Tensor(7),))

    assert differing_layers(longer, graph) == {7}


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_an_activation_layer_counts_as_the_layers_own(activation: str) -> None:
    """`Dense` and then `Activation` has a counterpart in a `Dense` with that activation only."""

    def network(*layers: Layer) -> ModelGraph:
        calls = tuple(Call(i, (Tensor(i - 1),) if i else (), (), ((None, 8),)) for i in range(len(layers)))
        return ModelGraph("m", "Functional", layers, calls, (Tensor(0),), (Tensor(len(layers) - 1),))

    start = Layer("x", "InputLayer")
    apart = network(
        start, Layer("d", "Dense", (("units", 8),)), Layer("a", "Activation", (("activation", activation),))
    )
    together = network(start, Layer("d", "Dense", (("activation", "sigmoid"), ("units", 8))))

    assert differing_layers(apart, together) == (frozenset() if activation == "sigmoid" else {1})
