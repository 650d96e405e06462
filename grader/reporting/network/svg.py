"""A network drawn as one SVG: a box for each call, arrows for what it reads, shared layers marked alike.

Colours come from the classes of the page's style sheet, so that dark mode and print need no second drawing. Where the
boxes go takes the usual four steps (Sugiyama): rank each call below what it reads, break long edges with bends, order
each rank by the mean place of its neighbours, and place the boxes as near to these means as their widths allow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from types import MappingProxyType

from grader.domain import CheckResult, Configured, Difference, Layer, ModelGraph, Value, depths, readers
from grader.reporting.display import one_line, shorten

BOX_WIDTH, BOX_HEIGHT = 138.0, 62.0
COLUMN_GAP, RANK_GAP = 20.0, 40.0
RANK_STEP = BOX_HEIGHT + RANK_GAP
BEND_WIDTH = 14.0
SWEEPS = 12
MAX_CALLS = 60
MARGIN, OUTPUT_TAG = 8.0, 26.0
_LINE_CHARACTERS, _HEADLINE_CHARACTERS = 20, 17
_WIDE = 420.0  # such a drawing scrolls on a phone instead of shrinking until it is unreadable
_SHARED_TONES = 4


def differing_layers(graph: ModelGraph, results: Iterable[CheckResult]) -> frozenset[int]:
    """Numbers of the student's layers that a difference names."""
    return _numbers(graph, (name for one in _told(results) for name in one.layers))


def expected_layers(graph: ModelGraph, results: Iterable[CheckResult]) -> frozenset[int]:
    """Numbers of the layers of the expected network that a difference names."""
    return _numbers(graph, (name for one in _told(results) for name in one.expected_layers))


def _told(results: Iterable[CheckResult]) -> Iterable[Difference]:
    return (difference for result in results for difference in result.differences)


def _numbers(graph: ModelGraph, names: Iterable[str]) -> frozenset[int]:
    wanted = set(names)
    return frozenset(number for number, layer in enumerate(graph.layers) if layer.name in wanted)


@dataclass(frozen=True)
class LayerRow:
    """One call of a layer in words, for the table that says the same as the drawing."""

    kind: str
    details: str
    name: str
    reads: str
    shared: str
    role: str


def is_drawn(graph: ModelGraph) -> bool:
    """Whether there is a drawing: not of a network too large to be read as one."""
    return bool(graph.calls) and max(len(graph.calls), len(graph.outputs)) <= MAX_CALLS


def draw_network(
    graph: ModelGraph,
    title: str,
    differing: Collection[int] = (),
    *,
    boxes: str = "",
    lines: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The drawing, or an empty string for a network too large to be read as one.

    `boxes` begins the address of each box in the page, `box-1-3` for the third call; `lines` are addresses by the name
    of a layer, to which its boxes lead.
    """
    if not is_drawn(graph):
        return ""
    layout = lay_out(graph)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN + OUTPUT_TAG
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    # What is in a picture cannot be reached by a screen reader; a drawing with links is a group of them.
    role = "group" if any(lines.values()) else "img"
    name = f'role="{role}" aria-label="{escape(one_line(title))}"'
    parts = [
        f'<svg class="network{" wide" if width > _WIDE else ""}" {name} {size} xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(one_line(title))}</title><desc>{escape(_description(graph))}</desc>",
        f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
        *(f'<path class="edge" d="{_curve(edge)}"/>{_arrow(edge[-1])}' for edge in layout.edges),
        *(_box(graph, layout, call, differing, boxes, lines) for call in range(len(graph.calls))),
        *(_output(graph, layout, index) for index in range(len(graph.outputs))),
        "</g></svg>",
    ]
    return "".join(parts)


def layer_rows(graph: ModelGraph) -> tuple[LayerRow, ...]:
    """Every call in words, inputs first, in the order of the calls; at most 200 of them."""
    names = [one_line(graph.layers[call.layer].name, 60) for call in graph.calls]
    rows = []
    for index, call in enumerate(graph.calls[:200]):
        layer = graph.layers[call.layer]
        rows.append(
            LayerRow(
                one_line(layer.kind, 60),
                _details(layer, graph, index),
                names[index],
                ", ".join(names[tensor.call] for tensor in call.sources[:8]),
                _call_count(graph, index),
                _role(graph, index),
            )
        )
    return tuple(rows)


def _box(
    graph: ModelGraph, layout: Layout, index: int, differing: Collection[int], boxes: str, targets: Mapping[str, str]
) -> str:
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
    address = f' id="{escape(boxes)}-{index + 1}"' if boxes else ""
    return (
        f'<g{address} class="{" ".join(classes)}" transform="translate({x:.1f} {y:.1f})">'
        f"<title>{whole}</title>{inside}</g>"
    )


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
    """A path through the points that leaves and enters every row vertically."""
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
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


def _role(graph: ModelGraph, index: int) -> str:
    heads = [str(head + 1) for head, tensor in enumerate(graph.outputs) if tensor.call == index]
    return f"output {', '.join(heads)}" if heads else ""


def _description(graph: ModelGraph) -> str:
    layers, inputs, outputs = len(graph.layers), len(graph.inputs), len(graph.outputs)
    return f"A network of {layers} layers with {inputs} inputs and {outputs} outputs, listed in the table below."


@dataclass(frozen=True)
class Layout:
    """Top left corners of the calls' boxes, edges as points from a bottom to a top, and the whole size."""

    boxes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


@dataclass(frozen=True)
class _Ranked:
    """Nodes are calls (numbered as in the graph), then bends. `chains` are the edges, through their bends."""

    rank: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    calls: int

    def width(self, node: int) -> float:
        return BOX_WIDTH if node < self.calls else BEND_WIDTH


def lay_out(graph: ModelGraph) -> Layout:
    """Positions for every call of the network and every edge between calls."""
    ranked = _rank(graph)
    links = [pair for chain in ranked.chains for pair in pairwise(chain)]
    above, below = _neighbours(links, len(ranked.rank))
    rows = _order(_rows(ranked), above, below, links)
    centre = _place(rows, ranked, above, below)
    left = min(centre[node] - ranked.width(node) / 2 for node in range(len(centre)))
    centre = [x - left for x in centre]
    width = max(centre[node] + ranked.width(node) / 2 for node in range(len(centre)))
    boxes = tuple((centre[call] - BOX_WIDTH / 2, ranked.rank[call] * RANK_STEP) for call in range(ranked.calls))
    edges = tuple(_points(chain, ranked, centre) for chain in ranked.chains)
    return Layout(boxes, edges, width, len(rows) * RANK_STEP - RANK_GAP)


def _rank(graph: ModelGraph) -> _Ranked:
    rank = depths(graph.calls)
    chains = []
    for target, call in enumerate(graph.calls):
        for source in sorted({tensor.call for tensor in call.sources}):
            bends = range(len(rank), len(rank) + rank[target] - rank[source] - 1)
            rank.extend(range(rank[source] + 1, rank[target]))
            chains.append((source, *bends, target))
    return _Ranked(tuple(rank), tuple(chains), len(graph.calls))


def _rows(ranked: _Ranked) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max(ranked.rank) + 1)]
    for node, rank in enumerate(ranked.rank):
        rows[rank].append(node)
    return rows


def _neighbours(links: Sequence[tuple[int, int]], nodes: int) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(nodes)]
    below: list[list[int]] = [[] for _ in range(nodes)]
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    return above, below


def _order(
    rows: list[list[int]],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    links: Sequence[tuple[int, int]],
) -> list[list[int]]:
    """Reorder each row by the mean position of its neighbours, down and up, and keep the best order seen."""
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        neighbours, walk = (above, 1) if sweep % 2 == 0 else (below, -1)
        rows = [list(row) for row in rows]
        position = {node: float(index) for row in rows for index, node in enumerate(row)}
        for row in rows[::walk]:
            means = {node: _mean([position[other] for other in neighbours[node]], position[node]) for node in row}
            row.sort(key=means.__getitem__)
            position.update((node, float(index)) for index, node in enumerate(row))
        crossings = _crossings(rows, links)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> int:
    where = {node: (rank, index) for rank, row in enumerate(rows) for index, node in enumerate(row)}
    by_rank: dict[int, list[tuple[int, int]]] = {}
    for source, target in links:
        by_rank.setdefault(where[source][0], []).append((where[source][1], where[target][1]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0
        for pairs in by_rank.values()
        for index, a in enumerate(pairs)
        for b in pairs[:index]
    )


def _place(
    rows: Sequence[Sequence[int]],
    ranked: _Ranked,
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
) -> list[float]:
    """The centre of each node: near the mean of its neighbours, and clear of its neighbours in the row."""
    centre = [0.0] * len(ranked.rank)
    for row in rows:
        _settle(row, ranked, centre, dict.fromkeys(row, 0.0))
    for sweep in range(SWEEPS):
        neighbours, walk = (above, 1) if sweep % 2 == 0 else (below, -1)
        for row in rows[::walk]:
            wish = {node: _mean([centre[other] for other in neighbours[node]], centre[node]) for node in row}
            _settle(row, ranked, centre, wish)
    return centre


def _settle(row: Sequence[int], ranked: _Ranked, centre: list[float], wish: Mapping[int, float]) -> None:
    """Least squares towards the wishes with the widths kept: pool neighbours that would overlap."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (ranked.width(left) + ranked.width(right)) / 2 + COLUMN_GAP)
    pools: list[tuple[float, int]] = []
    for node, offset in zip(row, offsets, strict=True):
        total, count = wish[node] - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    settled = [total / count for total, count in pools for _ in range(count)]
    for node, base, offset in zip(row, settled, offsets, strict=True):
        centre[node] = base + offset


def _points(chain: tuple[int, ...], ranked: _Ranked, centre: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """From the bottom of the first box, straight down past every row between, to the top of the last."""
    points = [(centre[chain[0]], ranked.rank[chain[0]] * RANK_STEP + BOX_HEIGHT)]
    for bend in chain[1:-1]:
        top = ranked.rank[bend] * RANK_STEP
        points += [(centre[bend], top), (centre[bend], top + BOX_HEIGHT)]
    return (*points, (centre[chain[-1]], ranked.rank[chain[-1]] * RANK_STEP))


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
