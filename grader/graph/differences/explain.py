"""Why a network is not the expected one: the fewest changes that explain it, in words, by the student's layer names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from grader.domain import Difference, Layer, Location, ModelGraph, ancestors
from grader.graph.differences.blocks import Blocks, Pairs, alignments, blocks, cost
from grader.graph.differences.changes import Change, changes
from grader.graph.differences.missing import in_chains
from grader.graph.differences.names import LayerNames, generated
from grader.graph.differences.wording import tell
from grader.graph.differences.writer import DifferenceWriter
from grader.graph.equality.canonical_form import orders
from grader.graph.equality.compare import Freedom, align
from grader.graph.equality.inputs import as_fed, typed_as

_MOST_COMPARISONS = 10_000  # blocks examined while pairs are tried
_MOST_CALLS = 1_000  # beyond those of the reference; nobody fixes such a large network change by change
_UNKNOWN = Difference(
    "network", "The network does not compute the same as the expected one.", "Compare it with the task, layer by layer."
)


def differences(
    student: ModelGraph,
    reference: ModelGraph,
    labels: Sequence[str] = (),
    *,
    free: Mapping[str, Freedom] | None = None,
    locations: Mapping[str, Location] | None = None,
    variables: Mapping[str, str] | None = None,
    unused: Sequence[Layer] = (),
) -> tuple[Difference, ...]:
    """The changes that turn the student's network into the reference, the most important first; none if they are equal.

    `labels` name the data of each input, `free` the student's choices, `locations` the origin of layers, `variables`
    what holds the result of each, and `unused` layers that were built but are not part of the model.
    """
    free = free or {}
    if align(student, reference, free, labels) is not None:
        return ()
    if len(student.calls) > _MOST_CALLS + len(reference.calls):
        return (_too_many(student, reference),)
    ours = blocks(reference, labels, free)
    best: tuple[Blocks, Pairs, list[Change]] | None = None
    for candidate in orders(as_fed(student, reference, labels)):
        typed = typed_as(candidate, reference)
        theirs = blocks(typed, labels if len(labels) == len(candidate.inputs) else ())
        pairs, found = closest(theirs, ours)
        if best is None or len(found) < len(best[2]):
            best = theirs, pairs, found
    if best is None:
        return (_UNKNOWN,)
    names = LayerNames(locations or {}, variables or {}, generated([*student.layers, *unused]))
    return described(best[0], ours, best[1], best[2], names, [*unused, *dead_layers(student)])


def described(
    theirs: Blocks, ours: Blocks, pairs: Pairs, found: Sequence[Change], names: LayerNames, unused: Sequence[Layer]
) -> tuple[Difference, ...]:
    """The changes between two networks that are not equal, in words."""
    wrong = [(theirs[one.theirs[0]].name, ours[one.ours[0]].kind, one.asked) for one in found if one.kind == "width"]
    widths = {name: (kind, asked) for name, kind, asked in wrong}
    writer = DifferenceWriter(theirs, ours, {b: a for a, b in pairs.items()}, names, list(unused), widths=widths)
    told = [tell(writer, change) for change in in_chains(writer, found)]
    return tuple(difference for difference in told if difference is not None) or (_UNKNOWN,)


def _too_many(student: ModelGraph, reference: ModelGraph) -> Difference:
    found, expected = (f"{len(graph.layers):,} layers" for graph in (student, reference))
    message = f"The network has {found}; the expected one has {expected}."
    return Difference("network", message, "Build the expected network layer by layer.", "", expected, found)


def closest(theirs: Blocks, ours: Blocks) -> tuple[Pairs, list[Change]]:
    """The pairs that leave the fewest changes: the best alignment, with single pairs made, undone and exchanged."""
    tried: list[tuple[Pairs, list[Change]]] = []
    for aligned in alignments(theirs, ours):
        tried.append((aligned, changes(theirs, ours, aligned)))
        if len(tried[-1][1]) < 2:
            break
    pairs, found = min(tried, key=lambda one: _weight(theirs, ours, *one))
    budget = _MOST_COMPARISONS // (len(theirs) + len(ours))
    improved = bool(found)
    while improved:
        improved = False
        for other in _neighbours(theirs, ours, pairs, found):
            if budget == 0:
                return pairs, found
            budget -= 1
            fewer = changes(theirs, ours, other)
            if _weight(theirs, ours, other, fewer) < _weight(theirs, ours, pairs, found):
                pairs, found, improved = other, fewer, True
                break
    return pairs, found


def _weight(theirs: Blocks, ours: Blocks, pairs: Pairs, found: Sequence[Change]) -> tuple[int, float]:
    """The number of changes; for equal numbers, how far the layers are from their partners, or without one."""
    alone = len(theirs) + len(ours) - 2 * len(pairs)
    return len(found), round(alone + sum(cost(theirs[a], ours[b]) for a, b in pairs.items()), 6)


def _neighbours(theirs: Blocks, ours: Blocks, pairs: Pairs, found: Sequence[Change]) -> Iterator[Pairs]:
    """Pairs that differ from these at a block that a change is about: alone, with what leads to it, or what follows."""
    partners = {b: a for a, b in pairs.items()}
    suspects = {a for change in found for a in (*change.theirs, *change.asked_sources, *change.found_sources)}
    suspects |= {partners[b] for change in found for b in change.ours if b in partners}
    for a in sorted(suspects):
        if a in pairs and not theirs[a].is_input:
            yield {one: other for one, other in pairs.items() if one != a}
        for b in range(len(ours)):
            if pairs.get(a) != b and cost(theirs[a], ours[b]) < math.inf:
                alone = _exchanged(theirs, ours, pairs, a, b)
                yield alone
                yield from _chains(theirs, ours, alone, a, b)


def _chains(theirs: Blocks, ours: Blocks, pairs: Pairs, a: int, b: int) -> Iterator[Pairs]:
    """The pairs with the chains that two blocks stand in together as well: up from them, and down."""
    sources = [block.sources for block in theirs.blocks], [block.sources for block in ours.blocks]
    for mine, other in (sources, (theirs.readers, ours.readers)):
        changed, one, partner = pairs, a, b
        while len(mine[one]) == len(other[partner]) == 1:
            one, partner = mine[one][0], other[partner][0]
            if changed.get(one) == partner or cost(theirs[one], ours[partner]) == math.inf:
                break
            changed = _exchanged(theirs, ours, changed, one, partner)
        if changed is not pairs:
            yield changed


def _exchanged(theirs: Blocks, ours: Blocks, pairs: Pairs, a: int, b: int) -> Pairs:
    """The pairs with these two together; the block that had `b` gets what is left, where it can."""
    changed = {one: other for one, other in pairs.items() if one != a and other != b}
    for left in (one for one, other in pairs.items() if other == b):
        free = [pairs[a]] if a in pairs else [other for other in range(len(ours)) if other not in pairs.values()]
        costs = [(cost(theirs[left], ours[other]), other) for other in free]
        best, other = min(costs, default=(math.inf, -1))
        if best < math.inf:
            changed[left] = other
    return {**changed, a: b}


def dead_layers(student: ModelGraph) -> list[Layer]:
    """Layers of the model itself that are called, and lead to no output."""
    alive = ancestors(student.calls, (tensor.call for tensor in student.outputs))
    used = {student.calls[number].layer for number in alive}
    return [layer for i, layer in enumerate(student.layers) if i not in used and layer.kind != "InputLayer"]
