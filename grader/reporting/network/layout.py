"""Where the boxes of a network go.

The usual steps (Sugiyama): rank each call below what it reads, break long edges with bends, and again and again order
each rank by the mean place of its neighbours, as near to which the boxes go as their widths allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.domain import ModelGraph, depths

BOX_WIDTH, BOX_HEIGHT = 138.0, 62.0
COLUMN_GAP, RANK_GAP = 20.0, 40.0
RANK_STEP = BOX_HEIGHT + RANK_GAP
BEND_WIDTH = 14.0
SWEEPS = 12


@dataclass(frozen=True)
class BoxLayout:
    """Top left corners of the calls' boxes, edges as points from a bottom down to a top, and the whole size."""

    boxes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


def lay_out(graph: ModelGraph) -> BoxLayout:
    """Positions for every call of the network and every edge between calls.

    Nodes are calls, numbered as in the graph, then the bends of long edges.
    """
    rank, chains = _ranked(graph)
    widths = [BOX_WIDTH if node < len(graph.calls) else BEND_WIDTH for node in range(len(rank))]
    rows: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for node, row in enumerate(rank):
        rows[row].append(node)
    above: list[list[int]] = [[] for _ in rank]
    below: list[list[int]] = [[] for _ in rank]
    for source, target in (link for chain in chains for link in pairwise(chain)):
        above[target].append(source)
        below[source].append(target)
    centre = _place(rows, widths, above, below)
    left = min(x - width / 2 for x, width in zip(centre, widths, strict=True))
    centre = [x - left for x in centre]
    boxes = tuple((centre[call] - BOX_WIDTH / 2, rank[call] * RANK_STEP) for call in range(len(graph.calls)))
    edges = tuple(_edge(chain, rank, centre) for chain in chains)
    right = max(x + width / 2 for x, width in zip(centre, widths, strict=True))
    return BoxLayout(boxes, edges, right, len(rows) * RANK_STEP - RANK_GAP)


def _ranked(graph: ModelGraph) -> tuple[list[int], list[tuple[int, ...]]]:
    """The rank of each node, and the edges as chains of nodes, with a bend in each rank that they pass."""
    rank = depths(graph.calls)
    chains = []
    for target, call in enumerate(graph.calls):
        for source in sorted({tensor.call for tensor in call.sources}):
            bends = range(len(rank), len(rank) + rank[target] - rank[source] - 1)
            rank.extend(range(rank[source] + 1, rank[target]))
            chains.append((source, *bends, target))
    return rank, chains


def _place(
    rows: Sequence[list[int]],
    widths: Sequence[float],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
) -> list[float]:
    """The centre of each node: near the mean of its neighbours above, then below, and clear of those in its row.

    The first walks also order the rows by these means, the others only move what stands in them.
    """
    centre = [0.0] * len(widths)
    for row in rows:
        _settle(row, widths, centre, dict.fromkeys(row, 0.0))
    for sweep in range(2 * SWEEPS):
        neighbours, walk = (above, 1) if sweep % 2 == 0 else (below, -1)
        for row in rows[::walk]:
            wish = {node: _mean([centre[neighbour] for neighbour in neighbours[node]], centre[node]) for node in row}
            if sweep < SWEEPS:
                row.sort(key=wish.__getitem__)
            _settle(row, widths, centre, wish)
    return centre


def _settle(row: Sequence[int], widths: Sequence[float], centre: list[float], wish: Mapping[int, float]) -> None:
    """Least squares towards the wishes with the widths kept: pool neighbours that would overlap."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + COLUMN_GAP)
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


def _edge(chain: Sequence[int], rank: Sequence[int], centre: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """From the bottom of the first box, straight down past every row between, to the top of the last."""
    ends = [(centre[node], rank[node] * RANK_STEP + side) for node in chain for side in (0.0, BOX_HEIGHT)]
    return tuple(ends[1:-1])


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
