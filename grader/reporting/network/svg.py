"""A network drawn as one SVG: a box for each call, arrows for what it reads, shared layers marked alike.

Colours come from the classes of the page's style sheet, so that dark mode and print need no second drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from html import escape
from itertools import pairwise
from types import MappingProxyType

from grader.domain import Configured, Layer, ModelGraph, Value, readers
from grader.domain.words import counted
from grader.reporting.display import one_line, shorten
from grader.reporting.network.layout import BOX_HEIGHT, BOX_WIDTH, Layout, lay_out

MAX_CALLS = 60
MARGIN, OUTPUT_TAG = 8.0, 26.0
_LINE_CHARACTERS, _HEADLINE_CHARACTERS = 20, 17
# A wide drawing has the width of the page, and scrolls instead of shrinking until it is unreadable; a broad one is
# printed on a sheet of its own, turned.
_WIDE, _BROAD = 440.0, 1000.0
_SHARED_TONES = 4


def layers_named(graph: ModelGraph, names: Iterable[str]) -> frozenset[int]:
    """The numbers of the layers with one of these names."""
    wanted = set(names)
    return frozenset(number for number, layer in enumerate(graph.layers) if layer.name in wanted)


def draw_network(
    graph: ModelGraph,
    title: str,
    differing: Collection[int] = (),
    lines: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The drawing, or an empty string for a network too large to be read as one.

    `lines` are addresses in the page by the name of a layer, to which its boxes lead.
    """
    if not graph.calls or max(len(graph.calls), len(graph.outputs)) > MAX_CALLS:
        return ""
    layout = lay_out(graph)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN + OUTPUT_TAG
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    # What is in a picture cannot be reached by a screen reader; a drawing with links is a group of them.
    role = "group" if any(lines.values()) else "img"
    name = f'role="{role}" aria-label="{escape(one_line(title))}"'
    classes = f"network{' wide' * (width > _WIDE)}{' broad' * (width > _BROAD)}"
    parts = [
        f'<svg class="{classes}" {name} {size} xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(one_line(title))}</title>",
        f"<desc>A network of {size_of(graph)}, listed in the table below.</desc>",
        f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
        *(f'<path class="edge" d="{_curve(edge)}"/>{_arrow(edge[-1])}' for edge in layout.edges),
        *(_box(graph, layout, call, differing, lines) for call in range(len(graph.calls))),
        *(_output(graph, layout, index) for index in range(len(graph.outputs))),
        "</g></svg>",
    ]
    return "".join(parts)


def _box(graph: ModelGraph, layout: Layout, index: int, differing: Collection[int], targets: Mapping[str, str]) -> str:
    number = graph.calls[index].layer
    layer = graph.layers[number]
    x, y = layout.boxes[index]
    count = _call_count(graph, index)
    classes = ["box", *(["input"] if layer.kind == "InputLayer" else [])]
    classes += [f"shared shared-{_shared_rank(graph, number) % _SHARED_TONES}"] if count else []
    classes += ["differs"] if number in differing else []
    name, details = one_line(layer.name, 60), _details(layer, graph, index)
    lines = [("kind", shorten(_headline(layer), _HEADLINE_CHARACTERS)), ("detail", details), ("name", name)]
    if count:
        lines[1] = ("detail", f"{details[:9]} · shared {count}")
    texts = "".join(
        f'<text class="{role}" x="{BOX_WIDTH / 2:.0f}" y="{20 + 17 * line}">'
        f"{escape(shorten(text, _LINE_CHARACTERS))}</text>"
        for line, (role, text) in enumerate(lines)
    )
    whole = escape(f"{name}: {_headline(layer)}, {details}" + (f", shared layer, call {count}" if count else ""))
    flag = f'<text class="flag" x="{BOX_WIDTH - 10:.0f}" y="16">≠</text>' if number in differing else ""
    inside = f'<rect width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" rx="8"/>{texts}{flag}'
    if target := targets.get(layer.name):
        inside = f'<a href="#{escape(target)}" aria-label="{whole}: to its line">{inside}</a>'
    return f'<g class="{" ".join(classes)}" transform="translate({x:.1f} {y:.1f})"><title>{whole}</title>{inside}</g>'


def _output(graph: ModelGraph, layout: Layout, index: int) -> str:
    """The tag under the box of an output; two outputs of one call share the tag of the first."""
    call = graph.outputs[index].call
    heads = [str(head + 1) for head, tensor in enumerate(graph.outputs) if tensor.call == call]
    if heads[0] != str(index + 1):
        return ""
    is_read = bool(readers(graph.calls)[call])
    x, y = layout.boxes[call]
    x += BOX_WIDTH * (0.8 if is_read else 0.5)  # next to the arrow that leaves the box, if there is one
    label = f"output {' and '.join(heads)}" if len(graph.outputs) > 1 else "output"
    return f'<text class="output" x="{x:.1f}" y="{y + BOX_HEIGHT + 15:.1f}">▾ {label}</text>'


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    """A path through the points that leaves and enters every row vertically; what does not go down is straight."""
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 == x1 or y1 <= y0:
            path.append(f"L{x1:.1f} {y1:.1f}")
            continue
        middle = (y0 + y1) / 2
        path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}")
    return "".join(path)


def _arrow(tip: tuple[float, float]) -> str:
    x, y = tip
    return f'<path class="tip" d="M{x - 4:.1f} {y - 7:.1f}L{x:.1f} {y:.1f}L{x + 4:.1f} {y - 7:.1f}Z"/>'


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


def _call_count(graph: ModelGraph, index: int) -> str:
    """`1/2` for the first of two calls of a shared layer, empty for others."""
    calls = [other for other, call in enumerate(graph.calls) if call.layer == graph.calls[index].layer]
    return f"{calls.index(index) + 1}/{len(calls)}" if len(calls) > 1 else ""


def _shared_rank(graph: ModelGraph, layer: int) -> int:
    counts = Counter(call.layer for call in graph.calls)
    return [number for number in range(len(graph.layers)) if counts[number] > 1].index(layer)


def size_of(graph: ModelGraph) -> str:
    """`7 layers, 2 inputs, 1 output`."""
    sizes = ((graph.layers, "layer"), (graph.inputs, "input"), (graph.outputs, "output"))
    return ", ".join(counted(len(found), noun) for found, noun in sizes)
