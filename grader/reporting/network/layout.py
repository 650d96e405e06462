"""Where the boxes of a network go.

The usual four steps (Sugiyama): rank each call below what it reads, break long edges with bends, order each rank by the
mean place of its neighbours, and place the boxes as near to these means as their widths allow. A network that is much
deeper than wide is then folded into columns, as text is: a chain of sixty layers fits one sheet, and can be read there.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.domain import ModelGraph, depths

BOX_WIDTH, BOX_HEIGHT = 138.0, 62.0
COLUMN_GAP, RANK_GAP = 20.0, 40.0
RANK_STEP = BOX_HEIGHT + RANK_GAP
BEND_WIDTH = 14.0
SWEEPS = 12
DEEPEST = 12  # ranks of a network that is never folded
GUTTER, TURN = 44.0, 30.0  # between columns, and above and below them, where edges go from one to the next
PAPER = 1.3  # height of a page by its width, with room for a heading


@dataclass(frozen=True)
class Layout:
    """Top left corners of the calls' boxes, edges as points from a bottom to a top, and the whole size.

    An edge runs down from point to point, but for a turn to the next column, which is made of straight lines.
    """

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
    fold = _Fold.of(len(rows), width)
    boxes = tuple(fold.at(centre[call] - BOX_WIDTH / 2, ranked.rank[call]) for call in range(ranked.calls))
    return Layout(boxes, _edges(ranked, centre, fold), fold.width, fold.height)


@dataclass(frozen=True)
class _Fold:
    """`columns` of at most `ranks` ranks; with one column, nothing is folded. `column` is the width of each."""

    columns: int
    ranks: int
    column: float

    @classmethod
    def of(cls, ranks: int, width: float) -> _Fold:
        """As many columns as make the whole about as high, by its width, as a page."""
        wish = round(math.sqrt(ranks * RANK_STEP / (PAPER * (width + GUTTER)))) if ranks > DEEPEST else 1
        each = math.ceil(ranks / max(wish, 1))
        return cls(math.ceil(ranks / each), each, width)

    def at(self, x: float, rank: int) -> tuple[float, float]:
        """Where a place of the unfolded drawing goes: left, and the top of its rank."""
        top = TURN if self.columns > 1 else 0.0
        return x + rank // self.ranks * (self.column + GUTTER), top + rank % self.ranks * RANK_STEP

    @property
    def width(self) -> float:
        return self.columns * (self.column + GUTTER) - GUTTER

    @property
    def height(self) -> float:
        return self.ranks * RANK_STEP - RANK_GAP + (2 * TURN if self.columns > 1 else 0.0)


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
    crossings = 0
    for pairs in by_rank.values():
        passed: list[int] = []  # where the links further left end
        for _, end in sorted(pairs):
            crossings += len(passed) - bisect_right(passed, end)
            insort(passed, end)
    return crossings


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


def _edges(ranked: _Ranked, centre: Sequence[float], fold: _Fold) -> tuple[tuple[tuple[float, float], ...], ...]:
    """From the bottom of the first box, straight down past every row between, to the top of the last."""
    crossing = Counter[int]()  # edges so far that turn from a column to the next
    edges = []
    for chain in ranked.chains:
        points: list[tuple[float, float]] = []
        for place, node in enumerate(chain):
            x, top = fold.at(centre[node], ranked.rank[node])
            if place and ranked.rank[node] % fold.ranks == 0:
                column = ranked.rank[node] // fold.ranks
                points += _turn(points[-1], (x, top), column * (fold.column + GUTTER), crossing[column])
                crossing[column] += 1
            points += [(x, top)] if place else []
            points += [(x, top + BOX_HEIGHT)] if place < len(chain) - 1 else []
        edges.append(tuple(points))
    return tuple(edges)


def _turn(
    start: tuple[float, float], end: tuple[float, float], column: float, number: int
) -> tuple[tuple[float, float], ...]:
    """Down, along the gutter left of `column` to its top, and down again; each edge in a lane of its own."""
    lane = number % 5
    away, x = 8.0 + 4.0 * lane, column - GUTTER + 8.0 + 7.0 * lane
    return (start[0], start[1] + away), (x, start[1] + away), (x, end[1] - away), (end[0], end[1] - away)


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
