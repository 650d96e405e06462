"""What changed between two networks whose blocks are paired: each change once, at the block where it was made.

A block without a partner explains the calls around it: what reads a missing layer reads what that layer reads. So
nothing that merely follows from a change is told as a change of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from grader.graph.differences.alignment import cost, own_changes
from grader.graph.differences.blocks import Blocks
from grader.graph.differences.comparison import KINDS, Change, Comparison, reached, way
from grader.graph.differences.unpaired import unpaired, without_moved_activations


def changes(theirs: Blocks, ours: Blocks, pairs: Mapping[int, int]) -> list[Change]:
    """The changes that these pairs leave, in the order of `KINDS`, and within a kind from the inputs on."""
    both = Comparison(theirs, ours, pairs)
    if doubled := _doubled_output(both):
        return [doubled]
    found = [*_own(both), *_sharing(both), *_wiring(both), *_outputs(both)]
    found += _inputs(both)
    found += unpaired(both)
    found = without_moved_activations(both, found)
    return sorted(found, key=lambda change: (KINDS.index(change.kind), change.theirs[:1], change.ours[:1]))


def _doubled_output(both: Comparison) -> Change | None:
    """One tensor listed for two outputs: what leads to the one that is not there cannot be told from what is unused."""
    mine, other = both.theirs.outputs, both.ours.outputs
    twice = [a for number, a in enumerate(mine) if a in mine[:number]]
    if len(mine) != len(other) or not twice or len(set(other)) < len(other):
        return None
    return Change("outputs", (twice[0],), other, "twice", len(other))


def _own(both: Comparison) -> Iterator[Change]:
    """What differs about paired layers themselves, each layer once."""
    counterparts: dict[int, dict[int, tuple[int, int]]] = {}
    for a, b in both.pairs.items():
        counterparts.setdefault(both.theirs[a].layer, {}).setdefault(both.ours[b].layer, (a, b))
    for found in counterparts.values():
        # One layer called where two are asked differs from one of the two at least; that is no change of its own.
        a, b = min(found.values(), key=lambda pair: cost(both.theirs[pair[0]], both.ours[pair[1]]))
        mine, other = both.theirs[a], both.ours[b]
        if mine.is_input:
            if mine.shape != other.shape:
                yield Change("inputs", (a,), (b,), "shape", other.shape[1:], mine.shape[1:])
        elif mine.kind != other.kind:
            yield Change("merge" if mine.joins else "class", (a,), (b,), "", other.kind, mine.kind)
        else:
            kinds = {"units": "width", "activation": "activation"}
            for name, asked, value in own_changes(mine, other):
                yield Change(kinds.get(name, "parameter"), (a,), (b,), name, asked, value)


def _sharing(both: Comparison) -> Iterator[Change]:
    for calls in both.ours.calls.values():
        mine = [both.partners[b] for b in calls if b in both.partners]
        if len({both.theirs[a].layer for a in mine}) > 1:
            yield Change("sharing", tuple(mine), calls, "together")
    for calls in both.theirs.calls.values():
        other = [both.pairs[a] for a in calls if a in both.pairs]
        if len({both.ours[b].layer for b in other}) > 1:
            yield Change("sharing", calls, tuple(other), "apart")


def _wiring(both: Comparison) -> Iterator[Change]:
    """Calls on other tensors than their partners', where no block without a partner explains it."""
    for a, b in sorted(both.pairs.items()):
        mine, other = both.theirs[a], both.ours[b]
        asked = [both.partners[source] for source in other.sources if source in both.partners]
        lacking, unexplained = _compared(both, a, b)
        in_order = mine.ordered and other.ordered and not lacking and not unexplained
        swapped = in_order and len(asked) == len(mine.sources) and tuple(asked) != mine.sources
        if lacking or unexplained or swapped:
            order = "order" if swapped else ""
            yield Change("wiring", (a,), (b,), order, asked_sources=tuple(asked), found_sources=mine.sources)


def _compared(both: Comparison, a: int, b: int) -> tuple[list[int], list[int]]:
    """What a call should read and does not, and what it reads and should not; all as blocks of the student's."""
    mine, other = both.theirs[a].sources, both.ours[b].sources
    asked = Counter(both.partners[source] for source in other if source in both.partners)
    found = Counter(source for source in mine if source in both.pairs)
    asked, found = asked - found, found - asked
    for source in (source for source in other if source not in both.partners):
        bridged = reached(both.ours, source, both.partners) & {both.pairs[one] for one in found}
        both.bridged_ours |= way(both.ours, source, bridged)
        # Where the missing one would be read, something else may be: that goes when it comes.
        found -= Counter([both.partners[one] for one in bridged] or list(found)[:1])
    for source in (source for source in mine if source not in both.pairs):
        bridged = reached(both.theirs, source, both.pairs) & set(asked)
        both.bridged_theirs |= way(both.theirs, source, bridged)
        asked -= Counter(bridged)
        if asked:
            both.misread.add((source, a))
    return list(asked), list(found)


def _outputs(both: Comparison) -> Iterator[Change]:
    mine, other = both.theirs.outputs, both.ours.outputs
    if len(mine) != len(other):
        yield Change("outputs", mine, other, "number", len(other), len(mine))
        return
    ends = [
        (a, b, _end(both.theirs, a, both.pairs), _end(both.ours, b, both.partners))
        for a, b in zip(mine, other, strict=True)
    ]
    for a, b, found, asked in ends:
        both.bridged_theirs |= way(both.theirs, a, {found} - {a})
        both.bridged_ours |= way(both.ours, b, {asked} - {b})
    wrong = [end for end in ends if both.pairs.get(end[2]) != end[3]]
    swapped = {both.pairs.get(found) for _, _, found, _ in wrong} == {asked for _, _, _, asked in wrong}
    if len(wrong) > 1 and swapped:
        yield Change("outputs", tuple(a for a, *_ in wrong), tuple(b for _, b, *_ in wrong), "order")
        return
    for a, b, found, asked in wrong:
        if asked in both.partners or found in both.pairs:
            yield Change("outputs", (a,), (b,), "end")


def _end(blocks: Blocks, number: int, paired: Mapping[int, int]) -> int:
    """The block that makes an output: it, or the one block with a partner that it passes on."""
    behind = reached(blocks, number, paired)
    return behind.pop() if len(behind) == 1 else number


def _inputs(both: Comparison) -> Iterator[Change]:
    mine, other = both.theirs.inputs, both.ours.inputs
    if len(mine) != len(other):
        yield Change("inputs", tuple(mine), tuple(other), "number", len(other), len(mine))
        return
    swapped = [(a, both.pairs[a]) for a in mine if a in both.pairs]
    swapped = [(a, b) for a, b in swapped if both.theirs[a].label != both.ours[b].label]
    if swapped:
        yield Change("inputs", tuple(a for a, _ in swapped), tuple(b for _, b in swapped), "order")
