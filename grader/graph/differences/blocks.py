"""A network as blocks, the units of a difference, and which block of one network is which block of the other.

A block is one call of a layer with the activation that follows it. Pairs are anchored on what agrees from the inputs
and from the outputs. For any two blocks, `_histories` finds the fewest changes that make all that leads to the one
equal to all that leads to the other, skipping a block at the cost of one change: the alignment of two texts, over
graphs. The same over what follows them, and the sum says how well two blocks fit. The best fitting are paired first,
those next to pairs before others. The number of steps is the number of pairs of blocks.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.domain import Call, Layer, ModelGraph, Shape, Tensor, Value
from grader.domain.derived import is_derived
from grader.graph.equality.canonical_form import canonical, unordered, without_initializers
from grader.graph.equality.compare import Freedom
from grader.graph.equality.folding import activations_after
from grader.graph.equality.rewrites import ASSOCIATIVE, network, users
from grader.graph.reading import catalogue
from grader.graph.reading.roles import width_parameter

MERGES = frozenset({"Concatenate", "Dot", *catalogue.MERGES})
Table = list[list[float]]
Pairs = dict[int, int]
_ANY = Freedom()
_SKIP = 1.0
_OTHER_CLASS = 1.5  # less than a missing layer and an extra one
_OTHER_WIDTH = 1.1  # layers are recognised by their width: another activation is the more likely mistake
_FREE = 0.01  # what the student may choose fits anything, but prescribed layers are paired first
_MOST_ORDERS = 4


@dataclass(frozen=True)
class Block:
    """One call with its activation. `layer` is the layer's number: the calls of a shared layer have one in common.

    `units` is the width, whatever the class calls it.

    `rest` is what else the layer was given. `label` names the data that an input is fed with.
    """

    layer: int
    name: str
    kind: str
    units: Value
    activation: Value
    rest: tuple[tuple[str, Value], ...]
    sources: tuple[int, ...]
    ordered: bool
    shape: Shape
    label: str = ""
    freedom: Freedom = _ANY

    @property
    def is_input(self) -> bool:
        return self.kind == "InputLayer"

    @property
    def joins(self) -> bool:
        """Whether it makes one tensor of several."""
        return self.kind in MERGES or len(self.sources) > 1


@dataclass(frozen=True)
class Blocks:
    """All blocks, each after those it reads, and which of them are the outputs, in order."""

    blocks: tuple[Block, ...]
    outputs: tuple[int, ...]

    def __getitem__(self, number: int) -> Block:
        return self.blocks[number]

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def inputs(self) -> list[int]:
        return [number for number, block in enumerate(self.blocks) if block.is_input]

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """The blocks that read each block, once for each time they do."""
        found: list[list[int]] = [[] for _ in self.blocks]
        for number, block in enumerate(self.blocks):
            for source in block.sources:
                found[source].append(number)
        return tuple(map(tuple, found))

    @cached_property
    def ancestors(self) -> tuple[int, ...]:
        """All that leads to each block, as a set of bits."""
        found: list[int] = []
        for block in self.blocks:
            bits = 0
            for source in block.sources:
                bits |= found[source] | 1 << source
            found.append(bits)
        return tuple(found)

    @cached_property
    def calls(self) -> Mapping[int, tuple[int, ...]]:
        """The blocks of each layer."""
        found: dict[int, tuple[int, ...]] = {}
        for number, block in enumerate(self.blocks):
            found[block.layer] = (*found.get(block.layer, ()), number)
        return found


def blocks(
    graph: ModelGraph, labels: Sequence[str] = (), free: Mapping[str, Freedom] | None = None
) -> Blocks:
    """The blocks of a network, read from its canonical form."""
    form = canonical(without_initializers(graph), labels)
    net = network(form)
    read_by = users(net, range(len(form.calls)))
    labelled = {tensor.call: labels[i] for i, tensor in enumerate(form.inputs) if i < len(labels)}
    ends = activations_after(form)
    folded = {end: first for first, end in ends.items()}
    place: dict[int, int] = {}
    found: list[Block] = []
    for number, call in enumerate(form.calls):
        if number in folded:
            place[number] = place[folded[number]]
            continue
        place[number] = len(found)
        layer = form.layers[call.layer]
        active = form.layers[form.calls[ends[number]].layer] if number in ends else layer
        found.append(
            Block(
                call.layer,
                layer.name,
                layer.kind,
                layer.param(_width_name(layer)),
                active.param("activation", "linear"),
                _rest(layer, call),
                tuple(place[tensor.call] for tensor in call.sources),
                len(call.sources) > 1 and not unordered(net, number, read_by),
                call.shapes[0] if call.shapes else (),
                labelled.get(number, ""),
                (free or {}).get(layer.name, _ANY),
            )
        )
    return Blocks(tuple(_as_written(found)), tuple(place[tensor.call] for tensor in form.outputs))


def _as_written(blocks: Sequence[Block]) -> list[Block]:
    """Blocks with a merge of what an earlier merge joins already as a merge of that one.

    The canonical form has `add([add([x, y]), z])` as the sum of three, also where something else reads the inner sum.
    """
    made: list[Block] = []
    for block in blocks:
        sources = block.sources
        inner = [(len(one.sources), number) for number, one in enumerate(made) if _is_part(one, block)]
        if inner:
            _, number = max(inner)
            sources = (number, *(Counter(sources) - Counter(made[number].sources)).elements())
        made.append(replace(block, sources=sources))
    return made


def _is_part(inner: Block, block: Block) -> bool:
    """Whether all that one merge joins, and not all of it, is joined by another one of the same kind."""
    if block.kind not in ASSOCIATIVE or (inner.kind, inner.rest) != (block.kind, block.rest):
        return False
    few, many = Counter(inner.sources), Counter(block.sources)
    first = not block.ordered or block.sources[: len(inner.sources)] == inner.sources
    return first and few < many and len(inner.sources) > 1


def _rest(layer: Layer, call: Call) -> tuple[tuple[str, Value], ...]:
    """Everything else that the layer and the call were given, with Keras's own names."""
    known, params = (_width_name(layer), "activation", "batch_shape"), dict(layer.params)
    rest = [pair for pair in layer.params if pair[0] not in known and pair != ("dtype", "float32")]
    rest = [pair for pair in rest if not is_derived(params, *pair)]
    rest += [("trainable", False)] if layer.frozen else []
    leaves = list(_leaves((call.args, tuple(value for _, value in call.kwargs))))
    return (*rest, *([("arguments", ", ".join(leaves))] if set(leaves) - {"…"} else []))


def _width_name(layer: Layer) -> str:
    """The parameter that says how wide a layer is: `units`, or `filters` of a convolution."""
    return width_parameter(layer.kind) or "units"


def _leaves(part: object) -> Iterator[str]:
    """What a call is given, one by one: `…` for a tensor, with its number where it is not a layer's only or first."""
    if isinstance(part, tuple):
        for item in part:
            yield from _leaves(item)
    elif isinstance(part, Tensor):
        yield f"…[{part.output}]" if part.output else "…"
    else:
        yield repr(part)


def aligned(theirs: Blocks, ours: Blocks) -> Pairs:
    """The likeliest pairs, each block of the student's with at most one of ours."""
    own = _own_costs(theirs, ours)
    above = _histories([b.sources for b in theirs.blocks], [b.sources for b in ours.blocks], own, _ordered(theirs))
    below = _futures(theirs, ours, own)
    return _paired(theirs, ours, _anchors(above, below, _total(above, below, own)))


def own_changes(theirs: Block, ours: Block) -> Iterator[tuple[str, Value, Value]]:
    """What differs between two layers of one class: the parameter, the expected value, the value found."""
    low, high = ours.freedom.units or (ours.units, ours.units)
    if theirs.units != ours.units and not _within(theirs.units, low, high):
        yield "units", (low, high) if ours.freedom.units else ours.units, theirs.units
    if theirs.activation != ours.activation and not ours.freedom.activation:
        yield "activation", ours.activation, theirs.activation
    found, asked = dict(theirs.rest), dict(ours.rest)
    for name in sorted(found.keys() | asked.keys()):
        if found.get(name) != asked.get(name):
            yield name, asked.get(name), found.get(name)


def _within(value: Value, low: Value, high: Value) -> bool:
    numbers = isinstance(value, int) and isinstance(low, int) and isinstance(high, int)
    return numbers and low <= value <= high  # type: ignore[operator]


def cost(theirs: Block, ours: Block) -> float:
    """How many changes turn one block into the other; infinite if they have nothing in common."""
    if theirs.is_input or ours.is_input:
        if not (theirs.is_input and ours.is_input):
            return math.inf
        return sum(map(float, (theirs.label != ours.label, theirs.shape != ours.shape, theirs.rest != ours.rest)))
    if theirs.joins != ours.joins:
        return math.inf
    if theirs.kind != ours.kind:
        return 1.0 if ours.joins else math.inf if "Activation" in (theirs.kind, ours.kind) else _OTHER_CLASS
    changed = sum(_OTHER_WIDTH if name == "units" else 1.0 for name, _, _ in own_changes(theirs, ours))
    return changed + (_FREE if ours.freedom != Freedom() else 0.0)


def _own_costs(theirs: Blocks, ours: Blocks) -> Table:
    kinds: dict[tuple[object, ...], int] = {}

    def number(block: Block) -> int:
        key = (block.kind, block.units, block.activation, block.rest, block.label, block.freedom, block.joins)
        return kinds.setdefault((*key, block.shape) if block.is_input else key, len(kinds))

    known: dict[tuple[int, int], float] = {}
    columns = [(number(block), block) for block in ours.blocks]
    table: Table = []
    for block in theirs.blocks:
        row, kind = [], number(block)
        for other, expected in columns:
            if (kind, other) not in known:
                known[kind, other] = cost(block, expected)
            row.append(known[kind, other])
        table.append(row)
    return table


def _ordered(blocks: Blocks) -> list[bool]:
    return [block.ordered for block in blocks.blocks]


def _futures(theirs: Blocks, ours: Blocks, own: Table) -> Table:
    """The histories of the reversed networks, in which each output is an additional first block."""
    turned = [_turned(blocks) for blocks in (theirs, ours)]
    outputs = range(len(ours.outputs))
    costs = [
        [0.0 if i == j else _SKIP for j in outputs] + [math.inf] * len(ours) for i in range(len(theirs.outputs))
    ]
    costs += [[math.inf] * len(outputs) + row[::-1] for row in own[::-1]]
    table = _histories(turned[0], turned[1], costs, [False] * len(turned[0]))
    return [row[len(outputs) :][::-1] for row in table[len(theirs.outputs) :][::-1]]


def _turned(blocks: Blocks) -> list[tuple[int, ...]]:
    """What follows each block, last block first, after as many blocks as there are outputs, which nothing follows."""
    outputs, last = len(blocks.outputs), len(blocks) - 1
    after: list[tuple[int, ...]] = [()] * outputs
    for number in range(last, -1, -1):
        ends = tuple(head for head, end in enumerate(blocks.outputs) if end == number)
        after.append((*ends, *(outputs + last - reader for reader in blocks.readers[number])))
    return after


def _histories(
    left: Sequence[tuple[int, ...]], right: Sequence[tuple[int, ...]], own: Table, ordered: list[bool]
) -> Table:
    """For each two blocks, the fewest changes that make them and all before them alike.

    `left` and `right` are what each block reads, `own` what it costs to change one block itself.
    """
    before: Table = [[0.0] * len(right) for _ in left]  # of what the two blocks read
    paired: Table = [[0.0] * len(right) for _ in left]  # of the blocks themselves, paired
    either: Table = [[0.0] * len(right) for _ in left]  # of the blocks, paired or one of them skipped
    for i, mine in enumerate(left):
        only = mine[0] if len(mine) == 1 else None
        for j, other in enumerate(right):
            if only is not None and len(other) == 1:
                best = either[only][other[0]]
            else:
                best = _lists(mine, other, either, ordered[i])
                if len(other) == 1:
                    best = min(best, _SKIP + before[i][other[0]])
                if only is not None:
                    best = min(best, _SKIP + before[only][j])
            before[i][j] = best
            match = paired[i][j] = best + own[i][j]
            for source in mine:
                match = min(match, _SKIP + len(mine) - 1 + either[source][j])
            for source in other:
                match = min(match, _SKIP + len(other) - 1 + either[i][source])
            either[i][j] = match
    return paired


def _lists(mine: tuple[int, ...], other: tuple[int, ...], costs: Table, ordered: bool) -> float:
    """The fewest changes between two lists of tensors, one change for each that has no partner."""
    if not mine or not other:
        return _SKIP * (len(mine) + len(other))
    if ordered and len(mine) == len(other):
        in_order = sum(costs[i][j] for i, j in zip(mine, other, strict=True))
        return min(in_order, 1.0 + _lists(mine, other, costs, ordered=False))
    more = abs(len(mine) - len(other)) * _SKIP
    few, many = (mine, other) if len(mine) <= len(other) else (other, mine)
    turned = few is not mine
    if len(many) <= _MOST_ORDERS:
        orders = itertools.permutations(many, len(few))
        sums = (
            sum(costs[b][a] if turned else costs[a][b] for a, b in zip(few, order, strict=True)) for order in orders
        )
        return more + min(sums)
    ranked = sorted((costs[i][j], x, y) for x, i in enumerate(mine) for y, j in enumerate(other))
    taken: tuple[set[int], set[int]] = (set(), set())
    total = more
    for price, x, y in ranked:
        if x not in taken[0] and y not in taken[1]:
            total += price
            taken[0].add(x)
            taken[1].add(y)
    return total


def _total(above: Table, below: Table, own: Table) -> Table:
    """The cost of what is before and after, with the block itself, which is in both, counted once."""
    return [
        [a + b - c if c < math.inf else math.inf for a, b, c in zip(*rows, strict=True)]
        for rows in zip(above, below, own, strict=True)
    ]


def _anchors(above: Table, below: Table, total: Table) -> Table:
    """First what agrees from the inputs on, or up to the outputs: everything except the changed blocks themselves."""
    return [
        [min(a, b) + t / 1e6 for a, b, t in zip(*rows, strict=True)] for rows in zip(above, below, total, strict=True)
    ]


def _paired(theirs: Blocks, ours: Blocks, total: Table) -> Pairs:
    """Partners, the best fitting first; among equally good ones, those next to most pairs."""
    beside: dict[tuple[int, int], int] = {}
    queue = [
        (price, 0, abs(i - j), i, j) for i, row in enumerate(total) for j, price in enumerate(row) if price < math.inf
    ]
    heapq.heapify(queue)
    pairs: Pairs = {}
    taken: set[int] = set()
    while queue and len(pairs) < min(len(theirs), len(ours)):
        _, _, _, i, j = heapq.heappop(queue)
        if i in pairs or j in taken or _crosses(theirs, ours, pairs, i, j):
            continue
        pairs[i] = j
        taken.add(j)
        around = (
            (theirs[i].sources, ours[j].sources),
            (theirs.readers[i], ours.readers[j]),
        )
        for mine, other in around:
            for a, b in itertools.product(set(mine) - pairs.keys(), set(other) - taken):
                if total[a][b] < math.inf:
                    beside[a, b] = beside.get((a, b), 0) + 1
                    heapq.heappush(queue, (total[a][b], -beside[a, b], abs(a - b), a, b))
    return pairs


def _crosses(theirs: Blocks, ours: Blocks, pairs: Mapping[int, int], i: int, j: int) -> bool:
    """Whether a pair would contradict the order of another pair in one of the networks."""
    before, after = theirs.ancestors[i], ours.ancestors[j]
    for a, b in pairs.items():
        if before >> a & 1 and ours.ancestors[b] >> j & 1:
            return True
        if theirs.ancestors[a] >> i & 1 and after >> b & 1:
            return True
    return False
