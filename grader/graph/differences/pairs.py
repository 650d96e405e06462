"""Which block of the student's network is which block of the expected one: the pairs that leave the fewest changes.

Pairs start from what agrees from the inputs on, or up to the outputs, then from what needs fewest changes itself. Then
single pairs are made, undone and exchanged as long as that leaves fewer changes.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from grader.graph.differences.blocks import Blocks, cost, pasts
from grader.graph.differences.changes import Change, Pairs, changes

_MOST_COMPARISONS = 10_000  # blocks examined while pairs are tried
_REWIRED = 1.2  # of two networks that differ in as many changes, widths are exchanged sooner than connections


def closest(student: Blocks, expected: Blocks) -> tuple[Pairs, list[Change]]:
    """The pairs that leave the fewest changes, and these."""
    pairs = _aligned(student, expected)
    left = changes(student, expected, pairs)
    budget = _MOST_COMPARISONS // (len(student) + len(expected))
    improved = bool(left)
    while improved:
        improved = False
        for other in itertools.islice(_neighbours(student, expected, pairs, left), budget):
            budget -= 1
            fewer = changes(student, expected, other)
            if _weight(student, expected, other, fewer) < _weight(student, expected, pairs, left):
                pairs, left, improved = other, fewer, True
                break
    return pairs, left


def _weight(student: Blocks, expected: Blocks, pairs: Pairs, left: Sequence[Change]) -> tuple[float, float]:
    """The number of changes; for equal numbers, how far the layers are from their partners, or without one.

    To create a layer beside one of its class that is there and not used counts twice.
    """
    partners = {*pairs.values()}
    idle = Counter(block.kind for a, block in enumerate(student.blocks) if a not in pairs and a not in student.live)
    lacking = Counter(block.kind for b, block in enumerate(expected.blocks) if b not in partners)
    unused = len(pairs.keys() - student.live)
    alone = len(student.live) + len(expected) - 2 * len(pairs) + unused
    own = sum(cost(student[a], expected[b]) for a, b in pairs.items()) + unused / 2  # what is used is the first choice
    own += _REWIRED * sum(change.kind == "wiring" for change in left)
    return sum(change.size for change in left) + 1.1 * (idle & lacking).total(), round(1.5 * alone + own, 6)


def _aligned(student: Blocks, expected: Blocks) -> Pairs:
    """The likeliest pairs: first what is alike with all before it or all after it, then what costs fewest changes."""
    numbers: dict[Hashable, int] = {}
    places = len(student.outputs) == len(expected.outputs)
    alike = [(pasts(blocks, numbers), _futures(blocks, numbers, places)) for blocks in (student, expected)]
    candidates = []
    for a, b in itertools.product(range(len(student)), range(len(expected))):
        same = sum(own[a] == other[b] for own, other in zip(*alike, strict=True))
        if (price := cost(student[a], expected[b])) < math.inf:
            candidates.append((-same, price, a not in student.live, abs(a - b), a, b))
    pairs: Pairs = {}
    taken: set[int] = set()
    for *_, a, b in sorted(candidates):
        if a not in pairs and b not in taken:
            pairs[a] = b
            taken.add(b)
    return pairs


def _futures(blocks: Blocks, numbers: dict[Hashable, int], places: bool) -> list[int]:
    """The same for everything after them, and for whether a block is an output, perhaps for which."""
    found = [0] * len(blocks)
    for number in reversed(range(len(blocks))):
        ends = tuple(place if places else 0 for place, end in enumerate(blocks.outputs) if end == number)
        after = tuple(sorted(found[reader] for reader in blocks.readers[number]))
        found[number] = numbers.setdefault(("future", blocks[number].traits, ends, after), len(numbers))
    return found


def _neighbours(student: Blocks, expected: Blocks, pairs: Pairs, left: Sequence[Change]) -> Iterator[Pairs]:
    """Pairs that differ from these at a block that a change is about: alone, with what leads to it, or what follows."""
    partners = {b: a for a, b in pairs.items()}
    suspects = {a for change in left for a in (*change.student, *change.asked_sources, *change.found_sources)}
    asked = {b for change in left for b in change.expected}
    near = (one for b in asked for one in (b, *expected[b].sources, *expected.readers[b]))
    suspects |= {partners[b] for b in near if b in partners}
    suspects |= {*range(len(student))} - student.live
    for a in sorted(suspects):
        if a in pairs and not student[a].is_input:
            yield {one: other for one, other in pairs.items() if one != a}
        for b in range(len(expected)):
            if pairs.get(a) != b and cost(student[a], expected[b]) < math.inf:
                alone = _exchanged(student, expected, pairs, a, b)
                yield alone
                yield from _chains(student, expected, alone, a, b)


def _chains(student: Blocks, expected: Blocks, pairs: Pairs, a: int, b: int) -> Iterator[Pairs]:
    """The pairs with the chains that two blocks stand in together as well: up from them, and down."""
    sources = [block.sources for block in student.blocks], [block.sources for block in expected.blocks]
    for near, other in (sources, (student.readers, expected.readers)):
        changed, one, partner = pairs, a, b
        while len(near[one]) == len(other[partner]) == 1:
            one, partner = near[one][0], other[partner][0]
            if changed.get(one) == partner or cost(student[one], expected[partner]) == math.inf:
                break
            changed = _exchanged(student, expected, changed, one, partner)
        if changed is not pairs:
            yield changed


def _exchanged(student: Blocks, expected: Blocks, pairs: Pairs, a: int, b: int) -> Pairs:
    """The pairs with these two together; the block that had `b` gets what is left, where it can."""
    changed = {one: other for one, other in pairs.items() if one != a and other != b}
    for left in (one for one, other in pairs.items() if other == b):
        free = [pairs[a]] if a in pairs else [other for other in range(len(expected)) if other not in pairs.values()]
        costs = [(cost(student[left], expected[other]), other) for other in free]
        best, other = min(costs, default=(math.inf, -1))
        if best < math.inf:
            changed[left] = other
    return {**changed, a: b}
