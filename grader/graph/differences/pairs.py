"""Which block of the student's network is which block of the expected one: the pairs that leave the fewest changes.

Pairs start from what agrees from the inputs on, or up to the outputs, then from what needs fewest changes itself. Then
single pairs are made, undone and exchanged as long as that leaves fewer changes.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from grader.graph.differences.blocks import Blocks, cost, pasts
from grader.graph.differences.changes import Change, Pairs, changes

_MOST_COMPARISONS = 10_000  # blocks examined while pairs are tried
_REWIRED = 1.2  # of two networks that differ in as many changes, widths are exchanged sooner than connections


def closest(student: Blocks, expected: Blocks) -> tuple[Pairs, list[Change]]:
    """The pairs that leave the fewest changes, and these."""
    pairs = _aligned(student, expected)
    remaining = changes(student, expected, pairs)
    budget = _MOST_COMPARISONS // (len(student) + len(expected))
    improved = bool(remaining)
    while improved:
        improved = False
        for candidate in itertools.islice(_neighbours(student, expected, pairs, remaining), budget):
            budget -= 1
            fewer = changes(student, expected, candidate)
            if _weight(student, expected, candidate, fewer) < _weight(student, expected, pairs, remaining):
                pairs, remaining, improved = candidate, fewer, True
                break
    return pairs, remaining


def with_ends(student: Blocks, expected: Blocks, pairs: Pairs, ends: Iterable[tuple[int, int]]) -> Pairs:
    """The pairs with these inputs or outputs together, and what stands in a row with each."""
    for a, b in ends:
        if pairs.get(a) != b and cost(student[a], expected[b]) < math.inf:
            alone = _exchanged(student, expected, pairs, a, b)
            pairs = next(_chains(student, expected, alone, a, b), alone)
    return pairs


def _weight(student: Blocks, expected: Blocks, pairs: Pairs, changes: Sequence[Change]) -> tuple[float, float]:
    """The number of changes; for equal numbers, how far the layers are from their partners, or without one.

    To create a layer beside one of its class that is there and not used counts twice.
    """
    partners = {*pairs.values()}
    idle = Counter(block.kind for a, block in enumerate(student.blocks) if a not in pairs and a not in student.live)
    lacking = Counter(block.kind for b, block in enumerate(expected.blocks) if b not in partners)
    unused = len(pairs.keys() - student.live)
    alone = len(student.live) + len(expected) - 2 * len(pairs) + unused
    own = sum(cost(student[a], expected[b]) for a, b in pairs.items()) + unused / 2  # what is used is the first choice
    own += _REWIRED * sum(change.kind == "wiring" for change in changes)
    return sum(change.size for change in changes) + 1.1 * (idle & lacking).total(), round(1.5 * alone + own, 6)


def _aligned(student: Blocks, expected: Blocks) -> Pairs:
    """The likeliest pairs: first what is alike with all before it or all after it, then what costs fewest changes."""
    numbers: dict[Hashable, int] = {}
    places = len(student.outputs) == len(expected.outputs)
    alike = [(pasts(blocks, numbers), _futures(blocks, numbers, places)) for blocks in (student, expected)]
    candidates = []
    for a, b in itertools.product(range(len(student)), range(len(expected))):
        agreement = sum(keys[a] == expected_keys[b] for keys, expected_keys in zip(*alike, strict=True))
        if (price := cost(student[a], expected[b])) < math.inf:
            candidates.append((-agreement, price, a not in student.live, abs(a - b), a, b))
    pairs: Pairs = {}
    taken: set[int] = set()
    for *_, a, b in sorted(candidates):
        if a not in pairs and b not in taken:
            pairs[a] = b
            taken.add(b)
    return pairs


def _futures(blocks: Blocks, numbers: dict[Hashable, int], places: bool) -> list[int]:
    """As `pasts`, but for everything after them, and for whether a block is an output, perhaps which."""
    futures = [0] * len(blocks)
    for number in reversed(range(len(blocks))):
        ends = tuple(place if places else 0 for place, end in enumerate(blocks.outputs) if end == number)
        after = tuple(sorted(futures[reader] for reader in blocks.readers[number]))
        futures[number] = numbers.setdefault(("future", blocks[number].traits, ends, after), len(numbers))
    return futures


def _neighbours(student: Blocks, expected: Blocks, pairs: Pairs, changes: Sequence[Change]) -> Iterator[Pairs]:
    """Pairs that differ from these at a block that a change is about: alone, with what leads to it, or what follows."""
    partners = {b: a for a, b in pairs.items()}
    suspects = {a for change in changes for a in (*change.student, *change.asked_sources, *change.found_sources)}
    asked = {b for change in changes for b in change.expected}
    near = (number for b in asked for number in (b, *expected[b].sources, *expected.readers[b]))
    suspects |= {partners[b] for b in near if b in partners}
    suspects |= {*range(len(student))} - student.live
    for a in sorted(suspects):
        if a in pairs and not student[a].is_input:
            yield {number: partner for number, partner in pairs.items() if number != a}
        for b in range(len(expected)):
            if pairs.get(a) != b and cost(student[a], expected[b]) < math.inf:
                alone = _exchanged(student, expected, pairs, a, b)
                yield alone
                yield from _chains(student, expected, alone, a, b)


def _chains(student: Blocks, expected: Blocks, pairs: Pairs, a: int, b: int) -> Iterator[Pairs]:
    """The pairs with the chains that two blocks stand in together as well: up from them, and down."""
    sources = [block.sources for block in student.blocks], [block.sources for block in expected.blocks]
    for links, expected_links in (sources, (student.readers, expected.readers)):
        changed, number, partner = pairs, a, b
        while len(links[number]) == len(expected_links[partner]) == 1:
            number, partner = links[number][0], expected_links[partner][0]
            if changed.get(number) == partner or cost(student[number], expected[partner]) == math.inf:
                break
            changed = _exchanged(student, expected, changed, number, partner)
        if changed is not pairs:
            yield changed


def _exchanged(student: Blocks, expected: Blocks, pairs: Pairs, a: int, b: int) -> Pairs:
    """The pairs with these two together; the block that had `b` gets what is left, where it can."""
    changed = {number: partner for number, partner in pairs.items() if number != a and partner != b}
    for rival in (number for number, partner in pairs.items() if partner == b):
        free = [pairs[a]] if a in pairs else [number for number in range(len(expected)) if number not in pairs.values()]
        costs = [(cost(student[rival], expected[partner]), partner) for partner in free]
        best, partner = min(costs, default=(math.inf, -1))
        if best < math.inf:
            changed[rival] = partner
    return {**changed, a: b}
