"""Where the boxes of a drawn network go: layers of calls, few crossings, straight long edges.

The usual four steps (Sugiyama): rank each call below what it reads, break long edges with bends, order each
rank by the mean place of its neighbours, and place the boxes as near to these means as their widths allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.domain import CheckResult, Difference, ModelGraph, depths

BOX_WIDTH, BOX_HEIGHT = 138.0, 62.0
COLUMN_GAP, RANK_GAP = 20.0, 40.0
RANK_STEP = BOX_HEIGHT + RANK_GAP
BEND_WIDTH = 14.0
SWEEPS = 12


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
