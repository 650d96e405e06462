"""Two networks whose blocks are paired, and the changes between them, each once.

What has no partner is contracted: what reads it reads what it reads. So nothing that merely follows from a missing or
an extra layer is a change of its own.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from grader.domain import SUBJECT_OF, Subject, Value
from grader.graph.differences.blocks import Block, Blocks, cost, own_changes
from grader.graph.reading.parameters import CLASSES_WITH_WIDTH, DROPOUTS, WRAPPED

Pairs: TypeAlias = dict[int, int]  # the student's blocks, and which expected ones they are
KINDS_OF_CHANGE: Mapping[str, tuple[str, str]] = {
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
    """One change. `student` and `expected` are the blocks it is about, the one to blame first.

    `asked` and `found` are the values of a parameter. `asked_sources` and `found_sources` are the student's blocks that
    a call should read, and does read. `subject` is what it is about, in the words of a spec.
    """

    kind: str
    student: tuple[int, ...] = ()
    expected: tuple[int, ...] = ()
    parameter: str = ""
    asked: Value = None
    found: Value = None
    asked_sources: tuple[int, ...] = ()
    found_sources: tuple[int, ...] = ()
    subject: Subject = "layer setting"

    @property
    def size(self) -> float:
        """How much there is to do: of layers to add or to remove, less for each after the first; a branch is one."""
        layers = len(self.student) + len(self.expected)
        return (1 + layers) / 2 if self.kind in ("missing", "extra") and not self.parameter else 1.0


@dataclass(frozen=True)
class Paired:
    """Two networks with their pairs."""

    student: Blocks
    expected: Blocks
    pairs: Pairs

    @cached_property
    def partners(self) -> Mapping[int, int]:
        """Pairs the other way round."""
        return {b: a for a, b in self.pairs.items()}

    def there(self, expected: Iterable[int]) -> list[int]:
        """The student's blocks that are these expected ones, of those that have a partner."""
        return [self.partners[b] for b in expected if b in self.partners]

    @cached_property
    def before(self) -> Sequence[frozenset[int]]:
        """For each block of the student's those with a partner that it leads back to: itself, or what it passes on."""
        return self.student.before(self.pairs)

    @cached_property
    def before_expected(self) -> Sequence[frozenset[int]]:
        """The same for each expected block, also as blocks of the student's."""
        before = self.expected.before(self.partners)
        return [frozenset(self.there(blocks)) for blocks in before]


def changes(student: Blocks, expected: Blocks, pairs: Pairs) -> list[Change]:
    """The changes that these pairs leave, in the order of `KINDS_OF_CHANGE`, and within a kind from the inputs on."""
    nets = Paired(student, expected, pairs)
    wiring = list(_wiring(nets))
    changes = [*_own(nets), *_sharing(nets), *wiring, *_outputs(nets), *_inputs(nets)]
    changes, moved = _with_moves(nets, changes)
    changes += _missing(nets, moved)
    changes += _extra(nets, moved, {change.student[0] for change in wiring})
    order = {kind: place for place, kind in enumerate(KINDS_OF_CHANGE)}
    changes = [replace(change, subject=_subject_of(nets, change)) for change in changes]
    return sorted(changes, key=lambda change: (order[change.kind], change.student[:1], change.expected[:1]))


def _subject_of(nets: Paired, change: Change) -> Subject:
    """What a change is about, in the words of a spec: of layers that are missing or extra, the first with a width."""
    blocks = [nets.student[a] for a in change.student] + [nets.expected[b] for b in change.expected]
    if change.parameter and change.kind in ("inputs", "outputs", "missing", "extra"):
        return _ENDS[change.parameter]
    if change.kind in ("missing", "extra"):
        subjects = [_of_block(block, change.kind) for block in blocks]
        return min(subjects, key=("depth", "merge", "dropout", "activation", "intruder", "layer count").index)
    built = [a for a in change.asked_sources if a not in nets.student.live]
    if change.kind == "wiring" and built:
        return _of_block(nets.student[built[0]], "missing")
    if change.kind == "parameter":
        return SUBJECT_OF.get(change.parameter, "layer setting")
    ends = {*change.student} & {*nets.student.outputs}, {*change.expected} & {*nets.expected.outputs}
    if change.kind in ("width", "activation") and any(ends):
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


_ENDS: Mapping[str, Subject] = {
    "shape": "input shape", "type": "input type", "input order": "input order", "output order": "output order",
    "input count": "input count", "head count": "head count",
}  # fmt: skip
_SUBJECTS: Mapping[str, Subject] = {
    "sharing": "sharing", "wiring": "wiring", "merge": "merge", "class": "layer class", "width": "width",
    "activation": "activation", "order": "layer order",
}  # fmt: skip


def _own(nets: Paired) -> Iterator[Change]:
    """What differs about paired layers themselves, each layer once."""
    counterparts: dict[int, dict[int, tuple[int, int]]] = {}
    for a, b in nets.pairs.items():
        counterparts.setdefault(nets.student[a].layer, {}).setdefault(nets.expected[b].layer, (a, b))
    for pairs in counterparts.values():
        # One layer called instead of two differs from at least one of them; that is not a separate change.
        a, b = min(pairs.values(), key=lambda pair: cost(nets.student[pair[0]], nets.expected[pair[1]]))
        student, expected = nets.student[a], nets.expected[b]
        if student.is_input:
            if student.shape != expected.shape:
                yield Change("inputs", (a,), (b,), "shape", expected.shape[1:], student.shape[1:])
            if student.rest != expected.rest:
                asked, kind = (dict(block.rest).get("dtype", "float32") for block in (expected, student))
                yield Change("inputs", (a,), (b,), "type", asked, kind)
        elif student.kind != expected.kind:
            yield Change("merge" if student.joins else "class", (a,), (b,), "", expected.kind, student.kind)
        else:
            kinds = {"units": "width", "activation": "activation"}
            for name, asked, value in own_changes(student, expected):
                yield Change(kinds.get(name, "parameter"), (a,), (b,), name, asked, value)


def _sharing(nets: Paired) -> Iterator[Change]:
    for calls in nets.expected.calls.values():
        present = tuple(nets.there(calls))
        if len({nets.student[a].layer for a in present}) > 1:
            yield Change("sharing", present, calls, "together")
    for calls in nets.student.calls.values():
        partners = tuple(nets.pairs[a] for a in calls if a in nets.pairs)
        if len({nets.expected[b].layer for b in partners}) > 1:
            yield Change("sharing", calls, partners, "apart")


def _wiring(nets: Paired) -> Iterator[Change]:
    """Calls on other tensors than their partners, if no block without a partner explains it."""
    for a, b in sorted(nets.pairs.items()):
        student, expected = nets.student[a], nets.expected[b]
        if expected.sources and not student.sources:
            continue  # it is built and not used, and nobody knows what it reads
        asked = nets.there(expected.sources)
        lacking, surplus = _misread(nets, student.sources, expected.sources)
        in_order = student.ordered and expected.ordered and not lacking and not surplus
        swapped = in_order and len(asked) == len(student.sources) and tuple(asked) != student.sources
        if lacking or surplus or swapped:
            order = "order" if swapped else ""
            yield Change("wiring", (a,), (b,), order, asked_sources=tuple(asked), found_sources=student.sources)


def _misread(nets: Paired, sources: Sequence[int], expected: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """What a call should read and does not, and what it reads and should not; all as blocks of the student's."""
    asked = Counter(nets.there(expected))
    read = Counter(a for a in sources if a in nets.pairs)
    asked, read = asked - read, read - asked
    for b in (b for b in expected if b not in nets.partners):
        # Something else may be read in place of the missing block; it is replaced when that is added.
        read -= Counter([a for a in nets.before_expected[b] if a in read] or list(read)[:1])
    for a in (a for a in sources if a not in nets.pairs):
        asked -= Counter(nets.before[a])
    return asked, read


def _outputs(nets: Paired) -> Iterator[Change]:
    """Outputs that are built and not listed, listed in place of others or twice, or in another order."""
    own, expected = nets.student.outputs, nets.expected.outputs
    ends = _standing(own, nets.before, nets.pairs, {nets.before_expected[b] for b in expected if b in nets.partners})
    asked = _standing(expected, nets.before_expected, nets.partners, {nets.before[a] for a in own if a in nets.pairs})
    if [end for _, end in ends] == [end for _, end in asked]:
        return
    wrong = _beyond(ends, asked), _beyond(asked, ends)
    if not any(wrong):
        pairs = [(a, b) for (a, end), (b, goal) in zip(ends, asked, strict=True) if end != goal]
        wrong = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
    student = wrong[0] or tuple(nets.there(wrong[1]))
    parameter = "output order" if len({*own}) == len({*expected}) else "head count"
    yield Change("outputs", student, wrong[1], parameter)


_Ends: TypeAlias = Sequence[tuple[int, frozenset[int]]]


def _standing(
    outputs: Sequence[int], before: Sequence[frozenset[int]], paired: Collection[int], counterparts: Set[frozenset[int]]
) -> _Ends:
    """Outputs, each with what it leads back to, without those that come or go with their layers.

    A layer too many, or too few, at the end of what is an output stands for this.
    """
    whole = {before[number] for number in outputs if number in paired}
    ends: list[tuple[int, frozenset[int]]] = []
    for number in outputs:
        end = before[number]
        if number in paired or (end in counterparts and end not in whole):
            ends.append((number, end))
            whole.add(end)
    return ends


def _beyond(ends: _Ends, other_ends: _Ends) -> tuple[int, ...]:
    """Those of a list that another list does not have, or not as often."""
    counts = Counter(end for _, end in other_ends)
    numbers = []
    for number, end in ends:
        if counts[end]:
            counts[end] -= 1
        else:
            numbers.append(number)
    return tuple(numbers)


def _inputs(nets: Paired) -> Iterator[Change]:
    """Inputs that are built and not listed, or in another order than the data."""
    own, expected = nets.student.inputs, nets.expected.inputs
    asked = [b for b in expected if b in nets.partners]
    listed = list(dict.fromkeys(b for a in own if (b := nets.pairs.get(a)) in asked))  # one may be listed twice
    pairs = list(zip(listed, (b for b in asked if b in listed), strict=True))
    wrong = [end for end, goal in pairs if nets.expected[end].label != nets.expected[goal].label]
    wrong = [b for b in asked if b not in listed] or wrong
    if wrong:
        parameter = "input order" if len(own) == len(expected) else "input count"
        yield Change("inputs", tuple(nets.there(wrong)), tuple(wrong), parameter)


def _missing(nets: Paired, moved: Pairs) -> Iterator[Change]:
    """Layers that are not there, those that follow one another as one change, as one would build them."""
    for group, ends in _unpaired(nets.expected, nets.partners, nets.student, moved.values()):
        elsewhere = [] if ends else _called_elsewhere(nets.expected, nets.partners, group)
        for calls, present in elsewhere:
            yield Change("sharing", present, calls, "calls", len(calls) + len(present), len(present))
        chains: list[list[int]] = []
        for number in group:
            if any(number in calls for calls, _ in elsewhere) or _is_idle(nets, number):
                continue
            sources = nets.expected[number].sources
            chain = next((chain for chain in chains if sources == (chain[-1],)), None)
            if chain and nets.expected.readers[chain[-1]] == (number,) and chain[-1] not in nets.expected.outputs:
                chain.append(number)
            else:
                chains.append([number])
        yield from (Change("missing", (), tuple(chain), ends) for chain in chains)


def _is_idle(nets: Paired, number: int) -> bool:
    """Whether a missing merge follows from a missing branch: without that, there is nothing to join."""
    block = nets.expected[number]
    return block.joins and len(nets.there(block.sources)) < 2


def _extra(nets: Paired, moved: Pairs, miswired: set[int]) -> Iterator[Change]:
    """Layers that should not be there; not those that only calls read that should read something else."""
    for group, ends in _unpaired(nets.student, nets.pairs, nets.expected, moved.keys()):
        elsewhere = [] if ends else _called_elsewhere(nets.student, nets.pairs, group)
        for calls, partners in elsewhere:
            yield Change("sharing", calls, partners, "calls", len(partners), len(partners) + len(calls))
        alone = tuple(number for number in group if not any(number in calls for calls, _ in elsewhere))
        after = {reader for number in alone for reader in nets.student.readers[number]} - {*alone}
        if alone and (ends or not after or not after <= miswired or {*alone} & {*nets.student.outputs}):
            yield Change("extra", alone, (), ends)


def _called_elsewhere(
    blocks: Blocks, paired: Mapping[int, int], group: Sequence[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The calls in a group of layers of which other calls have partners, and these partners."""
    layers = dict.fromkeys(blocks[number].layer for number in group)
    entries = [(tuple(number for number in group if blocks[number].layer == layer),
                tuple(paired[call] for call in blocks.calls[layer] if call in paired)) for layer in layers]  # fmt: skip
    return [(calls, partners) for calls, partners in entries if partners]


def _unpaired(
    blocks: Blocks, paired: Mapping[int, int], opposite: Blocks, moved: Collection[int]
) -> Iterator[tuple[list[int], str]]:
    """Blocks without a partner, in connected groups, each with the subject of which it makes the number wrong, if any.

    These are the branches of inputs and of outputs that only one of the networks has.
    """
    alone = [number for number in sorted(blocks.live) if number not in paired and number not in moved]
    group = {number: {number} for number in alone}
    for number in alone:
        for source in {*blocks[number].sources} & {*alone}:
            group[source] |= group[number]
            group |= dict.fromkeys(group[source], group[source])
    for members in {id(members): members for members in group.values()}.values():
        more_inputs = len(blocks.inputs) > len(opposite.inputs) and members & {*blocks.inputs}
        more_outputs = len({*blocks.outputs}) > len({*opposite.outputs}) and members & {*blocks.outputs}
        yield sorted(members), "input count" if more_inputs else "head count" if more_outputs else ""


@dataclass(frozen=True)
class _Loose:
    """A layer without a partner, or an activation of only one of two partners: what it is, and what it follows."""

    what: tuple[Value, ...]
    after: int
    block: int
    change: Change | None = None


def _with_moves(nets: Paired, changes: Sequence[Change]) -> tuple[list[Change], Pairs]:
    """The changes, with one of order for each layer or activation that is elsewhere in its line; and these layers.

    An activation with nothing but a missing or an extra layer before it is in its place.
    """
    rest, moved = list(changes), Pairs()
    for lacking, extra in itertools.product(_loose(nets, changes, extra=False), _loose(nets, changes, extra=True)):
        settings = [loose.change for loose in (lacking, extra) if loose.change]
        taken = extra.block in moved or lacking.block in moved.values() or any(item not in rest for item in settings)
        start, end = lacking.after, extra.after
        in_line = nets.student.is_before(start, end) or nets.student.is_before(end, start)
        if lacking.what != extra.what or taken or not (in_line or (start == end and settings)):
            continue
        moved[extra.block] = lacking.block
        rest = [change for change in rest if change not in settings]
        if start != end:
            name, value = ("activation", lacking.what[2]) if lacking.what[0] == "Activation" else ("", None)
            rest.append(Change("order", (extra.block,), (lacking.block,), name, value, None, (start,), (end,)))
    return rest, moved


def _loose(nets: Paired, changes: Sequence[Change], extra: bool) -> Iterator[_Loose]:
    blocks, paired = (nets.student, nets.pairs) if extra else (nets.expected, nets.partners)
    for number in sorted(blocks.live):
        block = blocks[number]
        after = nets.before[number] if extra else nets.before_expected[number]
        if len(block.sources) == len(after) == 1 and not any(call in paired for call in blocks.calls[block.layer]):
            yield _Loose((block.kind, block.units, block.activation, block.rest), min(after), number)
    for change in changes:
        if change.kind == "activation" and (change.asked if extra else change.found) == "linear":
            traits = ("Activation", None, change.found if extra else change.asked, ())
            yield _Loose(traits, change.student[0], change.student[0] if extra else change.expected[0], change)
