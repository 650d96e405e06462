"""A student's network in the words of the expected one: not a name or a line of the student's is left.

Networks that differ from the expected one in the same way become the same one here, however they are named and spelled.
It starts from the canonical form, without names. A layer with a partner in the expected network is called like its
partner, which is called by its place where Keras generated its name; the others are called by their class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import Difference, Layer, ModelGraph, Tensor, readers, renumbered
from grader.graph.codec import serialise
from grader.graph.differences.explain import Diff, Labels, compared, dead_layers, described, known_labels, numbered
from grader.graph.differences.names import LayerNames, generated
from grader.graph.equality.canonical_form import canonical, orders, without_initializers
from grader.graph.equality.compare import Freedom
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.layers import snake_case
from grader.graph.reading.roles import width_parameter

MOST_CALLS = 400  # a larger network is not described change by change


@dataclass(frozen=True)
class Neutral:
    """A network without names of its own, the expected one with the same names, and how they differ.

    `signature` is one text for all networks that differ from the expected one in the same way.
    """

    network: ModelGraph
    expected: ModelGraph | None
    differences: tuple[Difference, ...]
    signature: str


def neutral(
    student: ModelGraph,
    reference: ModelGraph | None,
    labels: Labels = (),
    free: Mapping[str, Freedom] | None = None,
    unused: Sequence[Layer] = (),
) -> Neutral | None:
    """The network in neutral words; `None` if it is too large for that. Arguments are those of `differences`."""
    if len(student.calls) > MOST_CALLS:
        return None
    idle = sorted((_public(layer, "unused") for layer in (*unused, *dead_layers(student))), key=repr)
    idle = [replace(layer, name=name) for layer, name in zip(idle, _numbered("unused", idle), strict=True)]
    student = replace(student, layers=tuple(_public(layer, layer.name) for layer in student.layers))
    known = known_labels(student, labels)
    if reference is None:
        form = min((numbered(one, known)[0] for one in orders(student)), key=serialise)
        return Neutral(called_by_place(form), None, (), _signature_of(form))
    expected = called_by_place(reference)
    renamed = {old.name: new.name for old, new in zip(reference.layers, expected.layers, strict=True)}
    freedoms = {renamed[name]: freedom for name, freedom in (free or {}).items() if name in renamed}
    diff, _ = compared(student, reference, labels, free)
    names = _names(diff, renamed)
    network = _renamed(diff.form, names, expected)
    if diff.equal:
        return Neutral(network, expected, (), "")
    found = described(diff, {**renamed, **names}, LayerNames(), idle)
    text = _signature_of(canonical(_filled_in(network, expected, freedoms), known))
    return Neutral(network, expected, found, "\n".join([text, *sorted(one.kind for one in found)]))


def _public(layer: Layer, name: str) -> Layer:
    """A layer without words of the student's: of a class that is not Keras's, only that is left."""
    public = not layer.opaque and (layer.kind in LAYERS or layer.kind.startswith("ops."))
    kind = layer.kind if not layer.opaque else "OwnLayer"
    params = layer.params if public or layer.kind == "InputLayer" else ()
    return Layer(name, kind, params, layer.frozen, opaque="OwnLayer" if layer.opaque else "")


def _names(diff: Diff, renamed: Mapping[str, str]) -> dict[str, str]:
    """What to call each layer: like its partner; what has none is extra."""
    names: dict[str, str] = {}
    for a, b in sorted(diff.pairs.items()):
        if (name := renamed.get(diff.expected[b].name, diff.expected[b].name)) not in names.values():
            names.setdefault(diff.student[a].name, name)
    order = {block.name: number for number, block in enumerate(diff.student.blocks)}
    rest = sorted(
        (layer for layer in diff.form.layers if layer.name not in names),
        key=lambda layer: order.get(layer.name, len(order)),
    )
    return names | dict(zip((layer.name for layer in rest), _numbered("extra", rest), strict=True))


def _renamed(form: ModelGraph, names: Mapping[str, str], expected: ModelGraph) -> ModelGraph:
    layers = tuple(replace(layer, name=names[layer.name]) for layer in form.layers)
    form = _in_order_of(replace(form, layers=layers), expected)
    same = len(form.outputs) == len(expected.outputs) == len(expected.output_names)
    outputs = expected.output_names if same else form.output_names
    return replace(form, output_names=outputs)


def _in_order_of(network: ModelGraph, expected: ModelGraph) -> ModelGraph:
    """The network with its calls in the order of their partners, so that the two drawings have the same sides."""
    places: dict[str, list[int]] = {}
    for number, call in enumerate(expected.calls):
        places.setdefault(expected.layers[call.layer].name, []).append(number)
    rank: list[float] = []
    for call in network.calls:
        own = places.get(network.layers[call.layer].name, [])
        after = max((rank[tensor.call] for tensor in call.sources), default=0.0)
        rank.append(own.pop(0) if len(own) > 1 else own[0] if own else after + 0.5)
    waiting = {number: {tensor.call for tensor in call.sources} for number, call in enumerate(network.calls)}
    order: list[int] = []
    while waiting:
        ready = [number for number, sources in waiting.items() if not sources & waiting.keys()]
        order.append(min(ready, key=lambda number: (rank[number], number)))
        del waiting[order[-1]]
    place = {number: position for position, number in enumerate(order)}
    calls = tuple(
        replace(one, args=renumbered(one.args, place), kwargs=renumbered(one.kwargs, place))
        for one in (network.calls[number] for number in order)
    )
    inputs, outputs = (
        tuple(Tensor(place[t.call], t.output) for t in ends) for ends in (network.inputs, network.outputs)
    )  # fmt: skip
    return replace(network, calls=calls, inputs=inputs, outputs=outputs)


def _numbered(word: str, layers: Sequence[Layer]) -> list[str]:
    """`extra dense`, `extra dense 2`: each another name."""
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        stem = f"{word} {_stem(layer)}"
        seen[stem] += 1
        names.append(stem if seen[stem] == 1 else f"{stem} {seen[stem]}")
    return names


def _filled_in(network: ModelGraph, expected: ModelGraph, free: Mapping[str, Freedom]) -> ModelGraph:
    """The network with the expected values of what its author may choose."""
    theirs = {layer.name: layer for layer in expected.layers}
    return replace(network, layers=tuple(_as_expected(one, theirs.get(one.name), free) for one in network.layers))


def _as_expected(layer: Layer, expected: Layer | None, free: Mapping[str, Freedom]) -> Layer:
    freedom = free.get(layer.name)
    if freedom is None or expected is None or layer.kind != expected.kind:
        return layer
    params, width = dict(layer.params), width_parameter(layer.kind) or "units"
    chosen, low_high = params.get(width), freedom.units
    if low_high and isinstance(chosen, int) and low_high[0] <= chosen <= low_high[1]:
        params[width] = expected.param(width)
    if freedom.activation:
        params.pop("activation", None)
    return replace(layer, params=tuple(sorted(params.items())))


def _signature_of(network: ModelGraph) -> str:
    """One text for equal structures: without initializers, names, and sizes of tensors, which follow from the rest."""
    plain = without_initializers(network)
    return serialise(replace(plain, calls=tuple(replace(call, shapes=()) for call in plain.calls), parameters=None))


def called_by_place(graph: ModelGraph) -> ModelGraph:
    """The network with names that say where a layer is, in place of those that Keras generated: `dense on left`."""
    unnamed = generated(graph.layers) | {layer.name for layer in graph.layers if layer.name.startswith("layer ")}
    kinds = Counter(layer.kind for layer in graph.layers)
    of_layer: dict[int, list[int]] = {}
    for number, call in enumerate(graph.calls):
        of_layer.setdefault(call.layer, []).append(number)
    names: dict[int, str] = {}
    for number, layer in enumerate(graph.layers):
        if layer.name not in unnamed:
            names[number] = layer.name
        elif kinds[layer.kind] == 1 and layer.kind != "Dense":
            names[number] = _stem(layer)
        elif layer.kind == "InputLayer":
            earlier = [one for one in names if graph.layers[one].kind == "InputLayer"]
            names[number] = "input" if kinds[layer.kind] == 1 else f"input {len(earlier) + 1}"
    anchors, read_by, counts = dict(names), readers(graph.calls), Counter[str]()
    for number, layer in enumerate(graph.layers):
        if number in names:
            continue
        counts[layer.kind] += 1
        name = _place(graph, of_layer.get(number, []), anchors, read_by, _stem(layer))
        taken = not name or name in names.values()
        names[number] = f"{_stem(layer)} {counts[layer.kind]}" if taken else name
    layers = tuple(replace(layer, name=names[number]) for number, layer in enumerate(graph.layers))
    return replace(graph, layers=layers)


def _place(
    graph: ModelGraph, calls: Sequence[int], anchors: Mapping[int, str], read_by: Sequence[Sequence[int]], stem: str
) -> str:
    """`dense on left`, or `dense before sine`; empty where no neighbour has a name."""
    if len(calls) != 1:
        return ""
    sources = [graph.calls[tensor.call].layer for tensor in graph.calls[calls[0]].sources]
    after = [graph.calls[number].layer for number in read_by[calls[0]]]
    if len(sources) == 1 and sources[0] in anchors:
        return f"{stem} on {anchors[sources[0]]}"
    return f"{stem} before {anchors[after[0]]}" if len(after) == 1 and after[0] in anchors else ""


def _stem(layer: Layer) -> str:
    return "input" if layer.kind == "InputLayer" else snake_case(layer.kind.removeprefix("ops.")).replace("_", " ")
