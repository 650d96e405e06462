"""Two networks whose blocks are paired, and the changes between them, each once.

A block without a partner explains the calls around it: what reads a missing layer reads what that layer reads. So
nothing that merely follows from a change is reported as a change of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.domain import Subject, Value
from grader.graph.differences.blocks import Block, Blocks, cost, own_changes
from grader.graph.reading.roles import CLASSES_WITH_WIDTH, DROPOUTS, WRAPPED

KINDS: Mapping[str, tuple[str, str]] = {
    "inputs": ("Inputs", "the set of inputs"),
    "outputs": ("Outputs", "the set of outputs"),
    "sharing": ("Shared layers", "which layers are shared"),
    "missing": ("Missing layers", "what follows it"),
    "extra": ("Extra layers", "its place in the network"),
    "order": ("Order of layers", "its place in the network"),
    "wiring": ("Connections", "its connection"),
    "merge": ("Merging", "the way it joins"),
    "class": ("Kinds of layers", "its class"),
    "width": ("Widths", "its width"),
    "activation": ("Activations", "its activation"),
    "parameter": ("Options of layers", "one of its parameters"),
}
"""Every kind of change, the most important first: the topic of a whole class, and what to look at in one network."""


@dataclass(frozen=True)
class Change:
    """One change. `theirs` and `ours` are the blocks it is about, the one to blame first, `subject` what it is about.

    `asked` and `found` are the values of a parameter. `asked_sources` and `found_sources` are the student's blocks that
    a call should read, and does read. `beside` says that the missing or extra blocks are a branch of their own.
    """

    kind: str
    theirs: tuple[int, ...] = ()
    ours: tuple[int, ...] = ()
    parameter: str = ""
    asked: Value = None
    found: Value = None
    asked_sources: tuple[int, ...] = ()
    found_sources: tuple[int, ...] = ()
    beside: bool = False
    subject: Subject = "layer setting"


@dataclass
class Comparison:
    """Two networks with their pairs, and what the calls have explained so far.

    `bridged_…` are blocks without a partner that a call reads through; `misread` are such blocks with the calls that
    read them instead of another one.
    """

    theirs: Blocks
    ours: Blocks
    pairs: Mapping[int, int]
    bridged_theirs: set[int] = field(default_factory=set)
    bridged_ours: set[int] = field(default_factory=set)
    misread: set[tuple[int, int]] = field(default_factory=set)

    @cached_property
    def partners(self) -> dict[int, int]:
        """Pairs the other way round."""
        return {b: a for a, b in self.pairs.items()}


def reached(blocks: Blocks, start: int, paired: Mapping[int, int]) -> set[int]:
    """The first blocks with a partner on the ways from a block without one towards the inputs."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        if number in paired:
            found.add(number)
        elif number not in seen:
            seen.add(number)
            waiting.extend(blocks[number].sources)
    return found


def way(blocks: Blocks, start: int, ends: set[int]) -> set[int]:
    """All blocks between a block and those `ends`, itself included."""
    return {
        number
        for number in range(start + 1)
        if any(blocks.ancestors[number] >> end & 1 for end in ends)
        and (number == start or blocks.ancestors[start] >> number & 1)
    }


def changes(theirs: Blocks, ours: Blocks, pairs: Mapping[int, int]) -> list[Change]:
    """The changes that these pairs leave, in the order of `KINDS`, and within a kind from the inputs on."""
    both = Comparison(theirs, ours, pairs)
    if doubled := _doubled_output(both):
        return [replace(doubled, subject="head count")]
    found = [*_own(both), *_sharing(both), *_wiring(both), *_outputs(both)]
    found += _inputs(both)
    found += _unpaired(both)
    found = _with_repairs(both, _without_moved_activations(both, found))
    found = _with_moves(both, found)
    order = {kind: place for place, kind in enumerate(KINDS)}
    found = [replace(change, subject=subject_of(theirs, ours, change)) for change in found]
    return sorted(found, key=lambda change: (order[change.kind], change.theirs[:1], change.ours[:1]))


def subject_of(theirs: Blocks, ours: Blocks, change: Change) -> Subject:
    """What a change is about, in the words of a spec: of layers that are missing or extra, the first with a width."""
    blocks = [theirs[number] for number in change.theirs] + [ours[number] for number in change.ours]
    if change.kind in ("missing", "extra"):
        subjects = [_of_block(block, change.kind) for block in blocks]
        return min(subjects, key=("depth", "merge", "dropout", "activation", "intruder", "layer count").index)
    if change.kind in ("inputs", "outputs"):
        return _ENDS[change.kind, change.parameter]
    if change.kind == "parameter" and change.parameter == "kernel_regularizer":
        return "regularisation"
    if change.kind == "parameter" and blocks[0].kind in DROPOUTS:
        return "dropout"
    is_head = bool({*change.theirs} & {*theirs.outputs} or {*change.ours} & {*ours.outputs})
    if change.kind in ("width", "activation") and is_head:
        return "head width" if change.kind == "width" else "head activation"
    return _SUBJECTS[change.kind]


def _of_block(block: Block, kind: str) -> Subject:
    if block.kind in (*CLASSES_WITH_WIDTH, *WRAPPED):
        return "depth"
    if block.joins or block.kind in DROPOUTS:
        return "merge" if block.joins else "dropout"
    if block.kind == "Activation":
        return "activation"
    return "intruder" if kind == "extra" else "layer count"


_ENDS: Mapping[tuple[str, str], Subject] = {
    ("inputs", "number"): "input count", ("inputs", "shape"): "input shape", ("inputs", "type"): "input type",
    ("inputs", "order"): "input order", ("outputs", "number"): "head count", ("outputs", "twice"): "head count",
    ("outputs", "order"): "output order", ("outputs", "end"): "output order",
}  # fmt: skip
_SUBJECTS: Mapping[str, Subject] = {
    "sharing": "sharing", "wiring": "wiring", "merge": "merge", "class": "layer class", "width": "width",
    "activation": "activation", "parameter": "layer setting", "order": "layer order",
}  # fmt: skip


def _doubled_output(both: Comparison) -> Change | None:
    """One tensor listed for two outputs: the branch of the missing output cannot be told apart from unused layers."""
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
        # One layer called instead of two differs from at least one of them; that is not a separate change.
        a, b = min(found.values(), key=lambda pair: cost(both.theirs[pair[0]], both.ours[pair[1]]))
        mine, other = both.theirs[a], both.ours[b]
        if mine.is_input:
            if mine.shape != other.shape:
                yield Change("inputs", (a,), (b,), "shape", other.shape[1:], mine.shape[1:])
            if mine.rest != other.rest:
                asked, kind = (dict(one.rest).get("dtype", "float32") for one in (other, mine))
                yield Change("inputs", (a,), (b,), "type", asked, kind)
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
    """Calls on other tensors than their partners, if no block without a partner explains it."""
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
        # Something else may be read in place of the missing block; it is replaced when that is added.
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


def _unpaired(both: Comparison) -> Iterator[Change]:
    """Missing layers, then extra ones; a whole branch is one change."""
    sides = (
        ("missing", both.ours, both.theirs, both.partners, both.bridged_ours),
        ("extra", both.theirs, both.ours, both.pairs, both.bridged_theirs),
    )
    for kind, blocks, others, paired, bridged in sides:
        alone = [number for number in range(len(blocks)) if number not in paired]
        alone = _without_idle_merges(blocks, alone, paired, bridged)
        for group in _connected(blocks, alone):
            if any(blocks[number].is_input for number in group) and len(blocks.inputs) > len(others.inputs):
                continue  # reported as the number of inputs
            if set(group) & set(blocks.outputs) and len(blocks.outputs) > len(others.outputs):
                continue  # reported as the number of outputs
            if kind == "extra" and _is_misread(both, group):
                continue  # reported as the wiring of what reads it
            yield from _of_group(kind, blocks, group, paired, bridged)


def _is_misread(both: Comparison, group: Sequence[int]) -> bool:
    """Whether all that reads these blocks should read something else, so that nothing would read them any more."""
    readers = {(one, reader) for one in group for reader in both.theirs.readers[one] if reader not in group}
    return bool(readers) and readers <= both.misread and not set(group) & set(both.theirs.outputs)


def _of_group(
    kind: str, blocks: Blocks, group: Sequence[int], paired: Mapping[int, int], bridged: set[int]
) -> Iterator[Change]:
    called: dict[int, list[int]] = {}
    for number in group:
        called.setdefault(blocks[number].layer, []).append(number)
    rest: list[int] = []
    for layer, calls in called.items():
        others = tuple(paired[other] for other in blocks.calls[layer] if other in paired)
        if others:
            numbers = len(blocks.calls[layer]), len(others)
            asked, found = numbers if kind == "missing" else numbers[::-1]
            mine, ours = (others, tuple(calls)) if kind == "missing" else (tuple(calls), others)
            yield Change("sharing", mine, ours, "calls", asked, found)
        elif set(calls) & bridged:
            yield _alone(kind, calls, beside=False)
        else:
            rest += calls
    for branch in _connected(blocks, sorted(rest)):
        yield _alone(kind, branch, beside=True)


def _alone(kind: str, numbers: Sequence[int], *, beside: bool) -> Change:
    if kind == "missing":
        return Change(kind, (), tuple(numbers), beside=beside)
    return Change(kind, tuple(numbers), (), beside=beside)


def _without_idle_merges(
    blocks: Blocks, alone: Sequence[int], paired: Mapping[int, int], bridged: set[int]
) -> list[int]:
    """Blocks without a partner, except merges that would join a single tensor once the others are gone."""
    left = list(alone)
    for number in alone:
        block = blocks[number]
        present = [s for s in block.sources if s in paired or (s in bridged and s in left)]
        causes = [s for s in block.sources if s not in paired and s not in bridged]
        if block.joins and len(set(present)) < 2 and causes:
            left.remove(number)
    return left or list(alone)


def _connected(blocks: Blocks, numbers: Sequence[int]) -> list[list[int]]:
    """Blocks in connected groups, each in order."""
    group = {number: {number} for number in numbers}
    for number in numbers:
        for source in blocks[number].sources:
            if source in group and group[source] is not group[number]:
                group[source] |= group[number]
                for member in group[number]:
                    group[member] = group[source]
    return [sorted(members) for members in {id(members): members for members in group.values()}.values()]


def _with_repairs(both: Comparison, found: Sequence[Change]) -> list[Change]:
    """Changes of parameters together with the layer that only repairs the shape they lead to.

    After `LSTM(…, return_sequences=True)`, it is that parameter that makes a `Flatten` necessary.
    """
    left = list(found)
    for change in (one for one in found if one.kind == "parameter"):
        (mine, other) = (change.theirs[0], change.ours[0])
        axes, asked = len(both.theirs[mine].shape), len(both.ours[other].shape)
        for repair in (one for one in left if one.kind in ("extra", "missing") and axes != asked):
            extra = repair.kind == "extra"
            blocks, source, numbers = (both.theirs, mine, repair.theirs) if extra else (both.ours, other, repair.ours)
            repaired = len(numbers) == 1 and blocks[numbers[0]].sources == (source,)
            if repaired and len(blocks[numbers[0]].shape) == (asked if extra else axes):
                both_sides = (*change.theirs, *repair.theirs), (*change.ours, *repair.ours)
                left[left.index(change)] = replace(change, theirs=both_sides[0], ours=both_sides[1])
                left.remove(repair)
                break
    return left


def _with_moves(both: Comparison, found: Sequence[Change]) -> list[Change]:
    """A layer that is missing in one place and extra in another place of the same line as one change of order.

    The same for an activation that follows another layer of the line.
    """
    left = list(found)
    for missing in (one for one in found if one.kind == "missing" and len(one.ours) == 1 and not one.beside):
        (b,) = missing.ours
        for extra in (one for one in left if one.kind == "extra" and len(one.theirs) == 1 and not one.beside):
            (a,) = extra.theirs
            if cost(both.theirs[a], both.ours[b]) < 1 and _is_in_line(both, a, b):
                asked = tuple(both.partners[one] for one in sorted(reached(both.ours, b, both.partners)))
                sources = both.theirs[a].sources
                left = [one for one in left if one not in (missing, extra)]
                left.append(Change("order", (a,), (b,), asked_sources=asked, found_sources=sources))
                break
    return _with_moved_activations(both, left)


def _with_moved_activations(both: Comparison, found: Sequence[Change]) -> list[Change]:
    """An activation that follows one layer instead of another one of the same line as one change of order."""
    left = list(found)
    for change in (one for one in found if one.kind == "activation" and "linear" in (one.asked, one.found)):
        early, value = change.asked == "linear", change.found if change.asked == "linear" else change.asked
        for other in (one for one in left if one is not change and change in left):
            theirs, ours, here = (*other.theirs, *change.theirs), (*other.ours, *change.ours), change.theirs[:1]
            if other.kind == "activation" and (other.asked, other.found) == (change.found, change.asked):
                place = other.theirs[:1]
            elif other.kind == "missing" and early and len(other.ours) == 1:
                block = both.ours[other.ours[0]]
                sources = block.sources if (block.kind, block.activation) == ("Activation", value) else ()
                place = tuple(both.partners[one] for one in sources if one in both.partners)
            elif other.kind == "extra" and not early and len(other.theirs) == 1:
                block = both.theirs[other.theirs[0]]
                place = block.sources if (block.kind, block.activation) == ("Activation", value) else ()
            else:
                continue
            if place and both.theirs.ancestors[max(*place, *here)] >> min(*place, *here) & 1:
                asked, actual = (place, here) if early else (here, place)
                moved = Change("order", theirs, ours, "activation", value, None, asked, actual)
                left = [*(one for one in left if one not in (change, other)), moved]
                break
    return left


def _is_in_line(both: Comparison, extra: int, missing: int) -> bool:
    """Whether an extra block of the student's is before or after the place of a missing one."""
    behind = [both.partners[one] for one in reached(both.ours, missing, both.partners)]
    ahead = [both.partners[one] for one in both.ours.readers[missing] if one in both.partners]
    later = any(both.theirs.ancestors[one] >> extra & 1 for one in behind)
    return later or any(both.theirs.ancestors[extra] >> one & 1 for one in ahead)


def _without_moved_activations(both: Comparison, found: list[Change]) -> list[Change]:
    """Without the pairs of changes that only mean that a layer was put between a layer and its activation."""
    left = list(found)
    for change in found:
        if change.kind != "activation" or "linear" not in (change.asked, change.found):
            continue
        extra = change.found == "linear"
        blocks, paired = (both.theirs, both.pairs) if extra else (both.ours, both.partners)
        value, start = (change.asked, change.theirs[0]) if extra else (change.found, change.ours[0])
        for other in found:
            numbers = other.theirs if extra else other.ours
            if other.kind != ("extra" if extra else "missing") or len(numbers) != 1:
                continue
            block = blocks[numbers[0]]
            moved = block.kind == "Activation" and block.activation == value and other in left
            if moved and reached(blocks, numbers[0], paired) == {start}:
                left = [one for one in left if one not in (change, other)]
                break
    return left
