"""Steps that let layers read other tensors: another variable in each place that says what is read.

One place may say so for several calls, as in a loop or in a helper. What is right for one of them must not spoil
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from grader.domain import Edit, WrittenRead, WrittenValue
from grader.graph.differences.changes import Change, Paired
from grader.graph.differences.value_steps import edit_of

Place = tuple[str, int, int]  # a layer, which of its calls, and which of the tensors that this reads
Calls = Mapping[tuple[str, int], int]  # the student's blocks, by layer and call


def edits_of_reads(
    nets: Paired, changes: Iterable[Change], calls: Calls, reads: Sequence[WrittenRead]
) -> Mapping[int, Sequence[Edit]]:
    """By block of the student's that should read something else, where to write which variable; not for those for which
    that is not certain everywhere."""
    sources = {read.call: calls.get(read.tensor, -1) for read in reads}
    wiring = [change for change in changes if change.kind == "wiring"]
    by_block = {change.student[0]: dict(_wanted(change, calls, sources)) for change in wiring}
    wanted = {place: number for places in by_block.values() for place, number in places.items()}

    def serves(name: str, read: WrittenRead) -> bool:
        return calls.get(read.instead.get(name, ("", 0))) == wanted.get(read.call, sources[read.call])

    groups: dict[WrittenValue, list[WrittenRead]] = {}
    for read in reads:
        groups.setdefault(read.written, []).append(read)
    edits: dict[Place, Edit] = {}
    for written, group in groups.items():
        own = {read.call for read in group}
        names = [name for name in group[0].instead if all(serves(name, read) for read in group)]
        if names and written.location.line and own & wanted.keys() and own.isdisjoint(edits):
            edits |= dict.fromkeys(own, edit_of(written, names[0]))
    certain = {a: places for a, places in by_block.items() if places and places.keys() <= edits.keys()}
    return {a: [edits[place] for place in places] for a, places in certain.items()}


def _wanted(change: Change, calls: Calls, sources: Mapping[Place, int]) -> Iterator[tuple[Place, int]]:
    """What a call should read, by place, where that is something else than it does; nothing where that is unclear."""
    (number,), found, asked = change.student, change.found_sources, change.asked_sources
    own = [place for place, source in sources.items() if calls.get(place[:2]) == number != source]
    if len(found) != len(asked) or Counter(sources[place] for place in own) != Counter(found):
        return
    if change.parameter == "order":
        yield from ((place, goal) for place, goal in zip(own, asked, strict=True) if sources[place] != goal)
        return
    surplus, lacking = Counter(found) - Counter(asked), [*(Counter(asked) - Counter(found)).elements()]
    for place in reversed(own):
        if surplus[sources[place]] > 0:
            surplus[sources[place]] -= 1
            yield place, lacking.pop()
