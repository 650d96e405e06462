"""The layout of a network, its drawing, and the boxes marked as different."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from grader.domain import Layer, ModelGraph
from grader.reporting.network.layout import BOX_HEIGHT, BOX_WIDTH, lay_out
from grader.reporting.network.svg import MAX_CALLS, draw_network
from grader.reporting.network.text import rows
from tests.reporting.grades import graph_of, shared_graph, two_inputs_graph

SVG = "{http://www.w3.org/2000/svg}"


def ladder(length: int) -> ModelGraph:
    """A chain in which every call also reads the first: the worst for long edges."""
    rows = [(Layer(f"add_{i}", "Add"), (i, 0), 1) for i in range(length)]
    return graph_of("ladder", (Layer("x", "InputLayer"), (), 1), *rows)


GRAPHS = {"branches": two_inputs_graph(), "shared": shared_graph(), "ladder": ladder(MAX_CALLS - 1)}
LAYOUTS = {name: lay_out(graph) for name, graph in GRAPHS.items()}


@pytest.mark.parametrize("name", LAYOUTS)
def test_nothing_lies_upon_anything_else_or_outside(name: str) -> None:
    layout = LAYOUTS[name]
    for (x0, y0), (x1, y1) in combinations(layout.boxes, 2):
        assert abs(x0 - x1) >= BOX_WIDTH or abs(y0 - y1) >= BOX_HEIGHT
    assert all(0 <= x <= layout.width - BOX_WIDTH + 0.01 for x, _ in layout.boxes)
    assert all(0 <= y <= layout.height - BOX_HEIGHT for _, y in layout.boxes)
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for edge in layout.edges for x, y in edge)


@pytest.mark.parametrize("name", GRAPHS)
def test_inputs_are_on_top_and_edges_point_down(name: str) -> None:
    layout = LAYOUTS[name]
    assert all(layout.boxes[tensor.call][1] == 0 for tensor in GRAPHS[name].inputs)
    assert all(y0 < y1 for edge in layout.edges for (_, y0), (_, y1) in pairwise(edge))


@pytest.mark.parametrize("name", ["ladder", "shared"])
def test_long_edges_pass_beside_the_boxes(name: str) -> None:
    layout = LAYOUTS[name]
    bends = [point for edge in layout.edges for point in edge[1:-1]]
    assert bends
    for x, y in bends:
        assert not any(left < x < left + BOX_WIDTH and top < y < top + BOX_HEIGHT for left, top in layout.boxes)


def test_boxes_lead_to_lines() -> None:
    """With addresses, a drawing is a group of links instead of a picture, in which nothing could be reached."""
    assert ElementTree.fromstring(draw_network(two_inputs_graph(), "t")).get("role") == "img"
    root = ElementTree.fromstring(draw_network(two_inputs_graph(), "t", lines={"dense": "cell-1-line-2"}))
    assert root.get("role") == "group"
    assert [link.get("href") for link in root.iter(f"{SVG}a")] == ["#cell-1-line-2"]


def test_branches_do_not_cross() -> None:
    rows = [(Layer(name, "Dense"), reads, 4) for name, reads in zip("xydef", ((), (), (1,), (0,), (3, 2)), strict=True)]
    layout = lay_out(graph_of("m", *rows))
    assert (layout.boxes[0][0] < layout.boxes[1][0]) == (layout.boxes[3][0] < layout.boxes[2][0])


def test_shared_layers_are_marked_alike() -> None:
    drawing = draw_network(shared_graph(), "Your network")
    assert drawing.count('class="box shared shared-0"') == 2
    assert "sigmoid · shared 1/2" in drawing
    assert "sigmoid · shared 2/2" in drawing
    assert [row.name for row in rows(shared_graph())][2:4] == ["both #1", "both #2"]
    assert "▾ output 1" in drawing


def test_a_network_too_large_is_not_drawn() -> None:
    assert draw_network(ladder(MAX_CALLS), "t") == ""
    assert draw_network(ladder(MAX_CALLS - 1), "t")
