"""A student's network in the words of the expected one: not a name or a line of the student's is left.

Networks that differ from the expected one in the same way become the same one here, however they are named and spelled.
It starts from the canonical form, without names. A layer with a partner in the expected network is called like its
partner, which is called by its place where Keras generated its name; the others are called by their class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import Difference, Layer, ModelGraph, depths, readers
from grader.graph.codec import serialise
from grader.graph.differences.explain import (
    Diff,
    Labels,
    compared,
    described,
    known_labels,
    numbered,
    too_many,
    words_for,
)
from grader.graph.differences.names import LayerNames, generated
from grader.graph.edits import pruned, with_calls
from grader.graph.equality.canonical_form import orders
from grader.graph.equality.compare import Freedom
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.layers import snake_case


@dataclass(frozen=True)
class Nameless:
    """A network without names of its own, the expected one with the same names, and how they differ."""

    network: ModelGraph
    expected: ModelGraph | None
    differences: tuple[Difference, ...]


def nameless(
    student: ModelGraph,
    reference: ModelGraph | None,
    labels: Labels = (),
    free: Mapping[str, Freedom] | None = None,
) -> Nameless:
    """The network in neutral words. Arguments are those of `differences`."""
    student = replace(student, layers=tuple(map(_public, student.layers)))
    if reference is None:
        input_labels, student = known_labels(student, labels), pruned(student)
        form = min((numbered(graph, input_labels)[0] for graph in orders(student)), key=serialise)
        return Nameless(called_by_place(form), None, ())
    expected = called_by_place(reference)
    by_place = {old.name: new.name for old, new in zip(reference.layers, expected.layers, strict=True)}
    diff, _ = compared(student, reference, labels, free)
    names = _names(diff, by_place)
    network = _renamed(diff.used, names, expected)
    words = words_for(diff, by_place | names, LayerNames())
    differences = described(words) if diff.pairs else (too_many(student, reference),)
    return Nameless(network, expected, () if diff.equal else differences)


def _public(layer: Layer) -> Layer:
    """A layer without words of the student's: of a class that is not Keras's, only that is left."""
    public = not layer.opaque and (layer.kind in LAYERS or layer.kind.startswith("ops."))
    kind = layer.kind if not layer.opaque else "OwnLayer"
    params = layer.params if public or layer.kind == "InputLayer" else ()
    return Layer(layer.name, kind, params, layer.frozen, opaque="OwnLayer" if layer.opaque else "")


def _names(diff: Diff, by_place: Mapping[str, str]) -> dict[str, str]:
    """What to call each layer: like its partner; what has none is extra, or unused."""
    names: dict[str, str] = {}
    for a, b in sorted(diff.pairs.items()):
        if (name := by_place.get(diff.expected[b].name, diff.expected[b].name)) not in names.values():
            names.setdefault(diff.student[a].name, name)
    order = {block.name: number for number, block in enumerate(diff.student.blocks)}
    rest = [layer for layer in diff.form.layers if layer.name not in names]
    rest.sort(key=lambda layer: order.get(layer.name, len(order)))
    live = {layer.name for layer in diff.used.layers}
    for word in ("extra", "unused"):
        layers = [layer for layer in rest if (layer.name in live) == (word == "extra")]
        names |= zip((layer.name for layer in layers), _numbered(word, layers), strict=True)
    return names


def _renamed(form: ModelGraph, names: Mapping[str, str], expected: ModelGraph) -> ModelGraph:
    """The network with these names, and its calls in the order of their partners, so that drawings have one order."""
    layers = tuple(replace(layer, name=names[layer.name]) for layer in form.layers)
    places = {expected.layers[call.layer].name: number for number, call in enumerate(expected.calls)}
    depth = depths(form.calls)
    rank = [(depth[number], places.get(layers[call.layer].name, 0)) for number, call in enumerate(form.calls)]
    order = sorted(range(len(rank)), key=rank.__getitem__)
    fits = len(form.outputs) == len(expected.outputs) == len(expected.output_names)
    output_names = expected.output_names if fits else form.output_names
    return with_calls(replace(form, layers=layers, output_names=output_names), order)


def called_by_place(graph: ModelGraph) -> ModelGraph:
    """The network with names that say where a layer is, in place of those that Keras generated: `dense on left`."""
    unnamed = generated(graph.layers) | {layer.name for layer in graph.layers if layer.name.startswith("layer ")}
    kinds, seen, after = Counter(layer.kind for layer in graph.layers), Counter[str](), readers(graph.calls)
    anchors: dict[int, str] = {}  # names by which other layers can be called, too
    numbers: dict[int, str] = {}
    for number, layer in enumerate(graph.layers):
        seen[layer.kind] += 1
        only = kinds[layer.kind] == 1 and layer.kind != "Dense"
        numbers[number] = _stem(layer) if only else f"{_stem(layer)} {seen[layer.kind]}"
        if layer.name not in unnamed or only or layer.kind == "InputLayer":
            anchors[number] = layer.name if layer.name not in unnamed else numbers[number]
    names = dict(anchors)
    for number in (number for number in numbers if number not in anchors):
        calls = graph.calls_of(number)
        name = _place(graph, calls[0], anchors, after, _stem(graph.layers[number])) if len(calls) == 1 else ""
        names[number] = numbers[number] if not name or name in names.values() else name
    layers = tuple(replace(layer, name=names[number]) for number, layer in enumerate(graph.layers))
    return replace(graph, layers=layers)


def _place(graph: ModelGraph, call: int, anchors: Mapping[int, str], after: Sequence[Sequence[int]], stem: str) -> str:
    """`dense on left`, or `dense before sine`; empty where no neighbour has a name."""
    sources = [graph.calls[tensor.call].layer for tensor in graph.calls[call].sources]
    if len(sources) == 1 and sources[0] in anchors:
        return f"{stem} on {anchors[sources[0]]}"
    reading = [graph.calls[number].layer for number in after[call]]
    return f"{stem} before {anchors[reading[0]]}" if len(reading) == 1 and reading[0] in anchors else ""


def _numbered(word: str, layers: Iterable[Layer]) -> list[str]:
    """`extra dense`, `extra dense 2`: each another name."""
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        stem = f"{word} {_stem(layer)}"
        seen[stem] += 1
        names.append(stem if seen[stem] == 1 else f"{stem} {seen[stem]}")
    return names


def _stem(layer: Layer) -> str:
    return "input" if layer.kind == "InputLayer" else snake_case(layer.kind.removeprefix("ops.")).replace("_", " ")
