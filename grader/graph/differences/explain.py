"""Why a network is not the expected one: the fewest changes that explain it, in words, by the student's layer names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from grader.domain import Difference, Layer, Location, ModelGraph, ancestors
from grader.graph.codec import serialise
from grader.graph.differences.blocks import Blocks, Pairs, aligned, blocks, cost
from grader.graph.differences.changes import Change, changes
from grader.graph.differences.missing import in_chains
from grader.graph.differences.names import LayerNames, generated
from grader.graph.differences.wording import tell
from grader.graph.differences.writer import DifferenceWriter
from grader.graph.equality.canonical_form import canonical, orders
from grader.graph.equality.compare import Freedom, align
from grader.graph.equality.folding import folded
from grader.graph.equality.inputs import as_fed, typed_as

Labels = tuple[str, ...]
_MOST_COMPARISONS = 10_000  # blocks examined while pairs are tried
_MOST_BLOCKS = 1_000  # beyond those of the reference; nobody fixes such a large network change by change
_UNKNOWN = Difference(
    "network", "The network does not compute the same as the expected one.", "Compare it with the task, layer by layer."
)


@dataclass(frozen=True)
class Diff:
    """How two networks differ, without words: both as blocks, which block is which, and the changes between them.

    `form` is the student's network in canonical form, its layers called by their numbers. Networks that are `equal`
    have no changes; of one that is far too large none are looked for.
    """

    form: ModelGraph
    student: Blocks
    expected: Blocks
    pairs: Pairs
    changes: Sequence[Change]
    equal: bool


@dataclass(frozen=True)
class _Exact:
    """A network that equals another one only if both are written and called alike: `1` is neither `True` nor `1.0`."""

    text: str
    names: tuple[str, ...]
    graph: ModelGraph = field(compare=False)

    @classmethod
    def of(cls, graph: ModelGraph) -> _Exact:
        names = (*(layer.name for layer in graph.layers), *graph.input_names, *graph.output_names)
        return cls(serialise(graph), names, graph)


def compared(
    student: ModelGraph, reference: ModelGraph, labels: Labels = (), free: Mapping[str, Freedom] | None = None
) -> tuple[Diff, Mapping[str, str]]:
    """The one comparison of two networks, and what the student calls the layers that it numbers.

    It is made once for all networks that are spelled differently, or that a whole class hands in.
    """
    known = known_labels(student, labels)
    forms = [
        numbered(typed_as(one, reference), known) for one in orders(as_fed(student, reference, labels))
    ]
    exact = tuple(_Exact.of(form) for form, _ in forms)
    diff = _diff(exact, _Exact.of(reference), tuple(labels), tuple((free or {}).items()))
    return diff, next(names for form, names in forms if form == diff.form)


def known_labels(student: ModelGraph, labels: Labels) -> Labels:
    """The labels of the student's inputs; of another number of inputs, as far as all data have one label."""
    if len(labels) == len(student.inputs):
        return tuple(labels)
    return () if len(set(labels)) > 1 else tuple(labels[:1]) * len(student.inputs)


def numbered(graph: ModelGraph, labels: Labels) -> tuple[ModelGraph, Mapping[str, str]]:
    """The canonical form with numbers for names, and the names of the layers with these numbers."""
    layers = tuple(replace(layer, name=f"layer {number}") for number, layer in enumerate(graph.layers))
    form = folded(canonical(replace(graph, name="", layers=layers, outputs_ordered=True), labels))
    own = {layer.name: old.name for layer, old in zip(layers, graph.layers, strict=True)}
    names = {f"layer {number}": own.get(layer.name, layer.name) for number, layer in enumerate(form.layers)}
    layers = tuple(replace(layer, name=name) for name, layer in zip(names, form.layers, strict=True))
    inputs, outputs = (
        tuple(f"{word} {number}" for number in range(1, len(ends) + 1))
        for word, ends in (("input", form.inputs), ("output", form.outputs))
    )
    return replace(form, layers=layers, input_names=inputs, output_names=outputs, parameters=None), names


@lru_cache(maxsize=512)
def _diff(
    forms: tuple[_Exact, ...], reference: _Exact, labels: Labels, free: tuple[tuple[str, Freedom], ...]
) -> Diff:
    expected = blocks(reference.graph, labels, dict(free))
    equal = any(align(form.graph, reference.graph, dict(free), labels) is not None for form in forms)
    tried = []
    for form in (one.graph for one in forms):
        student = blocks(form, labels if len(labels) == len(form.inputs) else ())
        large = len(student) > _MOST_BLOCKS + len(expected)
        pairs, found = ({}, []) if large else closest(student, expected)
        tried.append(Diff(form, student, expected, pairs, [] if equal else found, equal))
    return min(tried, key=lambda one: (len(one.changes), serialise(one.form)))


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
    diff, own = compared(student, reference, tuple(labels), free)
    if diff.equal:
        return ()
    if not diff.pairs:
        return (_too_many(student, reference),)
    names = LayerNames(locations or {}, variables or {}, generated([*student.layers, *unused]))
    return described(diff, own, names, [*unused, *dead_layers(student)])


def described(
    diff: Diff, called: Mapping[str, str], names: LayerNames, unused: Sequence[Layer]
) -> tuple[Difference, ...]:
    """The changes between two networks that are not equal, in words; `called` names all layers."""
    student, expected = (_renamed(part, called) for part in (diff.student, diff.expected))
    wrong = [one for one in diff.changes if one.kind == "width"]
    widths = {student[one.theirs[0]].name: (expected[one.ours[0]].kind, one.asked) for one in wrong}
    partners = {b: a for a, b in diff.pairs.items()}
    writer = DifferenceWriter(student, expected, partners, names, list(unused), widths=widths)
    told = [tell(writer, change) for change in in_chains(writer, diff.changes)]
    return tuple(difference for difference in told if difference is not None) or (_UNKNOWN,)


def _renamed(blocks: Blocks, names: Mapping[str, str]) -> Blocks:
    return replace(blocks, blocks=tuple(replace(one, name=names.get(one.name, one.name)) for one in blocks.blocks))


def _too_many(student: ModelGraph, reference: ModelGraph) -> Difference:
    found, expected = (f"{len(graph.layers):,} layers" for graph in (student, reference))
    message = f"The network has {found}; the expected one has {expected}."
    return Difference("network", message, "Build the expected network layer by layer.", "", expected, found)


def closest(theirs: Blocks, ours: Blocks) -> tuple[Pairs, list[Change]]:
    """The pairs that leave the fewest changes: those aligned, with single pairs made, undone and exchanged."""
    pairs = aligned(theirs, ours)
    found = changes(theirs, ours, pairs)
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
