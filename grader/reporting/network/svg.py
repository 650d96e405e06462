"""A network drawn as one SVG: a box for each call, arrows for what it reads, shared layers marked alike.

Colours come from the classes of the page's style sheet, so that dark mode and print need no second drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from grader.domain import Configured, Layer, ModelGraph, Value, readers
from grader.domain.words import counted
from grader.reporting.network.layout import BOX_HEIGHT, BOX_WIDTH, BoxLayout, lay_out
from grader.reporting.safe_text import fragment, one_line, shorten

MAX_CALLS = 60
MARGIN, OUTPUT_TAG = 8, 26
_LINE_CHARACTERS, _HEADLINE_CHARACTERS = 20, 17
# A wide drawing has the width of the page, and scrolls instead of shrinking until it is unreadable; a broad one is
# printed on a sheet of its own, turned.
_WIDE, _BROAD = 440.0, 1000.0
_SHARED_TONES = 4


def draw_network(
    graph: ModelGraph,
    title: str,
    differing: Collection[str] = (),
    lines: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The drawing, or an empty string for a network too large to be read as one.

    `differing` are names of layers; `lines` are addresses in the page by such a name, to which their boxes lead.
    """
    if not graph.calls or max(len(graph.calls), len(graph.outputs)) > MAX_CALLS:
        return ""
    layout = lay_out(graph)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN + OUTPUT_TAG
    return fragment(
        "network.svg",
        classes=f"network{' wide' * (width > _WIDE)}{' broad' * (width > _BROAD)}",
        # What is in a picture cannot be reached by a screen reader; a drawing with links is a group of them.
        role="group" if any(lines.values()) else "img",
        title=one_line(title),
        width=round(width),
        height=round(height),
        margin=MARGIN,
        size=size_of(graph),
        edges=[(_curve(edge), _arrow(edge[-1])) for edge in layout.edges],
        boxes=[_box(graph, layout, call, differing, lines) for call in range(len(graph.calls))],
        outputs=list(_outputs(graph, layout)),
        box_width=round(BOX_WIDTH),
        box_height=round(BOX_HEIGHT),
    )


def _box(
    graph: ModelGraph, layout: BoxLayout, index: int, differing: Collection[str], targets: Mapping[str, str]
) -> dict[str, Any]:
    number = graph.calls[index].layer
    layer = graph.layers[number]
    name, headline, details = one_line(layer.name, 60), _headline(layer), _details(layer, graph, index)
    calls = graph.calls_of(number)
    count = f"{calls.index(index) + 1}/{len(calls)}" if len(calls) > 1 else ""
    classes = ["box", *(["input"] if layer.kind == "InputLayer" else [])]
    classes += [f"shared shared-{_shared_rank(graph, number) % _SHARED_TONES}"] if count else []
    classes += ["differs"] if layer.name in differing else []
    detail = f"{details[:9]} · shared {count}" if count else details
    lines = {"kind": shorten(headline, _HEADLINE_CHARACTERS), "detail": detail, "name": name}
    return {
        "classes": " ".join(classes),
        "place": "{:.1f} {:.1f}".format(*layout.boxes[index]),
        "whole": f"{name}: {headline}, {details}" + (f", shared layer, call {count}" if count else ""),
        "lines": [(role, shorten(text, _LINE_CHARACTERS)) for role, text in lines.items()],
        "differs": layer.name in differing,
        "target": targets.get(layer.name, ""),
    }


def _outputs(graph: ModelGraph, layout: BoxLayout) -> Iterator[tuple[float, float, str]]:
    """The tags under the boxes of outputs; several outputs of one call share a tag."""
    heads: dict[int, list[int]] = {}
    for number, tensor in enumerate(graph.outputs, start=1):
        heads.setdefault(tensor.call, []).append(number)
    for call, numbers in heads.items():
        x, y = layout.boxes[call]
        # Next to the arrow that leaves the box, if there is one.
        x += BOX_WIDTH * (0.8 if readers(graph.calls)[call] else 0.5)
        label = f"output {' and '.join(map(str, numbers))}" if len(graph.outputs) > 1 else "output"
        yield round(x, 1), round(y + BOX_HEIGHT + 15, 1), label


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    """A path through the points that leaves and enters every row vertically."""
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}")
    return "".join(path)


def _arrow(tip: tuple[float, float]) -> str:
    x, y = tip
    return f"M{x - 4:.1f} {y - 7:.1f}L{x:.1f} {y:.1f}L{x + 4:.1f} {y - 7:.1f}Z"


def _headline(layer: Layer) -> str:
    kind = "Input" if layer.kind == "InputLayer" else one_line(layer.kind, 60)
    size = next((layer.param(key) for key in ("units", "filters") if layer.param(key) is not None), None)
    return f"{kind} {_value(size)}" if size is not None else kind


def _details(layer: Layer, graph: ModelGraph, index: int) -> str:
    """What distinguishes this layer from others of its kind: the activation, or the output shape."""
    activation = layer.param("activation", "linear" if layer.kind in ("Dense", "Activation") else None)
    if activation is not None:
        return _value(activation)
    shapes = graph.calls[index].shapes
    sizes = ["?" if size is None else str(size) for size in shapes[0][1:]] if shapes else []
    word = "width" if len(sizes) == 1 else "shape"
    return one_line(f"{word} {' × '.join(sizes)}" if sizes else "", 60)


def _value(value: Value) -> str:
    return one_line(value.kind if isinstance(value, Configured) else value, 40)


def _shared_rank(graph: ModelGraph, layer: int) -> int:
    counts = Counter(call.layer for call in graph.calls)
    return [number for number in range(len(graph.layers)) if counts[number] > 1].index(layer)


def size_of(graph: ModelGraph) -> str:
    """`7 layers, 2 inputs, 1 output`."""
    sizes = ((graph.layers, "layer"), (graph.inputs, "input"), (graph.outputs, "output"))
    return ", ".join(counted(len(parts), noun) for parts, noun in sizes)
