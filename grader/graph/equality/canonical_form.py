"""The canonical form of a network: equal networks have equal ones, however they are spelled.

What is normalised: names, the order of branches, activation layers and operations, nested merges, identity layers,
nested models (already flattened by `parse`), and the order inside `Concatenate` where it only permutes the weights of
the layers that follow. What is kept: sharing, the order of outputs, argument order where it changes the function.

The order of calls follows colours: each call is coloured by what it computes, from what and for what, until nothing
changes (colour refinement). Calls that stay alike are interchangeable in all but contrived graphs; there the form may
depend on the spelling, so that two forms can stand for one network, but one form never stands for two.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from grader.domain import Call, Layer, ModelGraph, Tensor, ancestors, depths, readers, renumbered, tensors
from grader.graph.edits import reading, with_calls, with_params
from grader.graph.equality.rewrites import COMMUTATIVE, EVEN, REWRITES, MutableCall, MutableGraph, network
from grader.graph.reading.catalogue import LAYERS


def canonical(graph: ModelGraph, input_labels: Sequence[str] = ()) -> ModelGraph:
    """The canonical form of `graph`.

    `input_labels` name the data that each input is fed with; inputs of one label are interchangeable. Without them
    the order of the inputs counts.
    """
    net = normalised(graph)
    labels = list(input_labels) or [str(number) for number in range(len(net.inputs))]
    form = _rebuild(graph, net, _order(net, colour(net, labels, graph.outputs_ordered)))
    return sorted_inputs(form, labels) if input_labels else form


def normalised(graph: ModelGraph) -> MutableGraph:
    """The steps of a network after all rewrites: those that an output needs, and all inputs."""
    net = network(graph)
    for rewrite in REWRITES:
        rewrite(net)
    alive = ancestors(net.steps, (tensor.call for tensor in (*net.inputs, *net.outputs)))
    place = {number: position for position, number in enumerate(alive)}
    for number in alive:
        step = net.steps[number]
        step.args, step.kwargs = renumbered((step.args, step.kwargs), place)
    return MutableGraph([net.steps[n] for n in alive], renumbered(net.inputs, place), renumbered(net.outputs, place))


def _order(net: MutableGraph, colours: Sequence[str]) -> list[int]:
    """Calls by depth, then colour, then as their sources lie, then as they came.

    Of calls that stay alike, one is taken first, and what follows it follows in the same order.
    """
    depth = depths(net.steps)
    place: dict[int, int] = {}
    for _, level in itertools.groupby(sorted(range(len(depth)), key=depth.__getitem__), key=depth.__getitem__):
        numbers = sorted(level, key=lambda n: (colours[n], [place[tensor.call] for tensor in net.steps[n].sources], n))
        place |= {number: len(place) + position for position, number in enumerate(numbers)}
    return list(place)


def _rebuild(graph: ModelGraph, net: MutableGraph, order: Sequence[int]) -> ModelGraph:
    place = {number: position for position, number in enumerate(order)}
    layers: list[Layer] = []
    owners: dict[int, int] = {}
    calls: list[Call] = []
    for number in order:
        step = net.steps[number]
        layer = owners.setdefault(step.owner, len(layers)) if step.owner is not None else len(layers)
        if layer == len(layers):
            layers.append(replace(step.layer, kind=step.kind, params=step.params))
        args, kwargs = renumbered((step.args, step.kwargs), place)
        if unordered(net, number):
            args = (tuple(sorted(tensors(args), key=lambda t: (t.call, t.output))),)
        calls.append(Call(layer, args, kwargs, step.shapes))
    return replace(
        graph,
        kind="Functional",
        layers=tuple(layers),
        calls=tuple(calls),
        inputs=renumbered(net.inputs, place),
        outputs=renumbered(net.outputs, place),
        inputs_ordered=True,
    )


def sorted_inputs(graph: ModelGraph, labels: Sequence[str]) -> ModelGraph:
    """A canonical graph with the inputs of each label in canonical order: equal data, equal networks."""
    names = graph.input_names or ("",) * len(graph.inputs)
    inputs = list(zip(graph.inputs, names, strict=True))
    for label in set(labels):
        places = [i for i, item in enumerate(labels) if item == label and i < len(inputs)]
        ordered = sorted((inputs[i] for i in places), key=lambda entry: entry[0].call)
        for place, entry in zip(places, ordered, strict=True):
            inputs[place] = entry
    return replace(graph, inputs=tuple(t for t, _ in inputs), input_names=tuple(n for _, n in inputs))


def without_initializers(graph: ModelGraph) -> ModelGraph:
    """The graph without initializers: the start of a weight is not part of the structure."""
    return replace(
        graph,
        layers=tuple(
            replace(layer, params=tuple(param for param in layer.params if not param[0].endswith("_initializer")))
            for layer in graph.layers
        ),
    )


def orders(graph: ModelGraph) -> list[ModelGraph]:
    """The graph itself, or, if its inputs or outputs came as a dict, one graph for each order of them.

    Only of the outputs, where there would be too many; and none where these are more than four.
    """
    if not graph.outputs_ordered and len(graph.outputs) > 4:
        return [graph]
    ends = _orders(graph.outputs, graph.output_names, graph.outputs_ordered)
    starts = _orders(graph.inputs, graph.input_names, graph.inputs_ordered or len(graph.inputs) > 4)
    if len(starts) * len(ends) > _MOST_ORDERS:
        starts = starts[:1]
    return [
        replace(graph, inputs=inputs, input_names=input_names, outputs=outputs, output_names=names,
                inputs_ordered=True, outputs_ordered=True)
        for inputs, input_names in starts for outputs, names in ends
    ]  # fmt: skip


def _orders(
    tensors: tuple[Tensor, ...], names: tuple[str, ...], ordered: bool
) -> list[tuple[tuple[Tensor, ...], tuple[str, ...]]]:
    """All orders of what has none."""
    if ordered:
        return [(tensors, names)]
    permutations = itertools.permutations(zip(tensors, names, strict=True))
    return [(tuple(tensor for tensor, _ in order), tuple(name for _, name in order)) for order in permutations]


_MOST_ORDERS = 150
_MOST_ROUNDS = 30  # a chain needs one for every two calls; beyond that, colours stay coarse, but they never decide
_MOST_TOLD = 50
_MOST_WORK = 10_000  # tensors examined in all rounds: enough for networks of a few hundred layers
_CHANNELWISE = frozenset({
    "Activation", "Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "BatchNormalization",
    "LayerNormalization",
    *(f"{how}Pooling{n}D" for n in (1, 2, 3) for how in ("Max", "Average", "GlobalMax", "GlobalAverage", "AdaptiveMax",
                                                          "AdaptiveAverage")),
    *(f"{how}{n}D" for how in ("SpatialDropout", "UpSampling", "ZeroPadding", "Cropping") for n in (1, 2, 3)),
})  # fmt: skip
_WEIGHTED = frozenset({
    "Dense", "SimpleRNN", "LSTM", "GRU", *(f"Conv{n}D{how}" for n in (1, 2, 3) for how in ("", "Transpose")),
})  # fmt: skip
"""Layers with separate weights for each channel of what they are called on."""


def unordered(net: MutableGraph, number: int) -> bool:
    """Whether the order of a call's tensors does not change what the network computes or can learn."""
    step = net.steps[number]
    if step.kind in COMMUTATIVE:
        return True
    if step.kind == "Subtract":
        after = net.readers[number]
        return bool(after) and number not in net.ends and all(net.steps[user].kind in EVEN for user in after)
    if step.kind == "Dot":
        return all(len(net.shape(tensor)) == 2 for tensor in step.sources)  # of vectors
    if step.kind != "Concatenate" or step.params:
        return False
    # A change ends at layers that weigh each channel, directly or behind those that pass it on. The weights of a shared
    # layer serve all its calls, so that they cannot be permuted for one.
    waiting, seen = [number], {number}
    while waiting:
        current = waiting.pop()
        if current in net.ends or not net.readers[current]:
            return False
        for user in {*net.readers[current]} - seen:
            use = _use_of_channels(net.steps[user])
            if net.steps[user].owner in net.shared or not use:
                return False
            if use == "passed":
                seen.add(user)
                waiting.append(user)
    return True


def _use_of_channels(step: MutableCall) -> str:
    """Whether a step has weights of its own for each channel, or passes channels on as they are.

    A group of channels, or a given state, has its place.
    """
    params = dict(step.params)
    if "data_format" in params:
        return ""
    if step.kind in _WEIGHTED and len(step.sources) == 1 and "groups" not in params:
        return "weighed"
    return "passed" if step.kind in _CHANNELWISE else ""


def colour(net: MutableGraph, labels: Sequence[str], ordered: bool) -> list[str]:
    """A colour for each call; equal colours only for calls with the same role."""
    free = [unordered(net, number) for number in range(len(net.steps))]
    colours = [digest(own_part(net, number, labels, ordered)) for number in range(len(net.steps))]
    slots = list(map(_slots, net.steps, free))
    work = sum(len(step.sources) for step in net.steps)
    for _ in range(min(len(net.steps), _MOST_ROUNDS, 1 + _MOST_WORK // (1 + work))):
        shared: dict[int, list[str]] = {}
        for number, step in enumerate(net.steps):
            if step.owner is not None:
                shared.setdefault(step.owner, []).append(colours[number])
        summaries: dict[int | None, list[str]] = {owner: _short(sorted(calls)) for owner, calls in shared.items()}
        fresh = []
        for number, step in enumerate(net.steps):
            before = [(colours[t.call], t.output) for t in step.sources]
            after = sorted((colours[user], slots[user][number]) for user in net.readers[number])
            alike = summaries.get(step.owner, [])
            fresh.append(digest([colours[number], sorted(before) if free[number] else before, after, alike]))
        if len(set(fresh)) == len(set(colours)):
            return fresh
        colours = fresh
    return colours


def _short(colours: list[str]) -> list[str]:
    """Colours of the calls of one layer, each of which gets all of them; if there are very many, only a digest."""
    return colours if len(colours) <= _MOST_TOLD else [digest(colours)]


def _slots(step: MutableCall, free: bool) -> dict[int, list[int]]:
    """By source, at which places of a call a tensor of it stands; where order is free, how often."""
    places: dict[int, list[int]] = {}
    for place, tensor in enumerate(step.sources):
        places.setdefault(tensor.call, []).append(place)
    return {source: [len(slots)] for source, slots in places.items()} if free else places


def own_part(net: MutableGraph, number: int, labels: Sequence[str], ordered: bool) -> list[Any]:
    """What a call is, without regard to its neighbours."""
    step = net.steps[number]
    roles = [f"in:{labels[i]}" for i, t in enumerate(net.inputs) if t.call == number and i < len(labels)]
    roles += [f"out:{i if ordered else '*'}:{t.output}" for i, t in enumerate(net.outputs) if t.call == number]
    return [step.kind, repr(step.params), repr(_skeleton(step.args)), repr(_skeleton(step.kwargs)), step.layer.frozen,
            step.layer.untrainable and step.layer.name, sorted(roles)]  # fmt: skip


def _skeleton(part: Any) -> Any:
    """An argument with its tensors blanked out."""
    if isinstance(part, Tensor):
        return "tensor"
    return tuple(_skeleton(item) for item in part) if isinstance(part, tuple) else part


def digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def folded(form: ModelGraph, kinds: Collection[str] | None = None) -> ModelGraph:
    """A canonical form with each activation in the layer before it again, as one writes it; or of some classes."""
    after = activations_after(form)
    if kinds is not None:
        after = {first: end for first, end in after.items() if form.layer_of(first).kind in kinds}
    activations: dict[int, set[Any]] = {}
    for number, call in enumerate(form.calls):
        end = after.get(number)
        activation = form.layer_of(end).param("activation") if end is not None else None
        activations.setdefault(call.layer, set()).add(activation)
    active = {layer: values.pop() for layer, values in activations.items() if len(values) == 1 and None not in values}
    gone = {end: first for first, end in after.items() if form.calls[first].layer in active}
    for layer, activation in active.items():
        form = with_params(form, layer, activation=activation)
    read = reading(form, lambda _, tensor: Tensor(gone.get(tensor.call, tensor.call), tensor.output))
    return with_calls(read, [number for number in range(len(form.calls)) if number not in gone])


def activations_apart(graph: ModelGraph) -> dict[str, Layer]:
    """By the name of a layer that takes an activation, the layer or operation that applies one to its result."""
    form, layers = canonical(graph), {layer.name: layer for layer in graph.layers}
    pairs = [(form.layer_of(first).name, form.layer_of(end).name) for first, end in activations_after(form).items()]
    return {name: layers[apart] for name, apart in pairs if name != apart and apart in layers}


def activations_after(form: ModelGraph) -> dict[int, int]:
    """Calls of layers that take an `activation`, with the call of the activation that follows them and nothing else."""
    inputs, outputs = ({tensor.call for tensor in ends} for ends in (form.inputs, form.outputs))
    return {
        source: users[0]
        for source, users in enumerate(readers(form.calls))
        if len(users) == 1
        and source not in outputs
        and users[0] not in inputs  # as in a forged network
        and form.layer_of(users[0]).kind == "Activation"
        and "activation" in LAYERS.get(form.layer_of(source).kind, {})
        and form.layer_of(source).kind != "Activation"
    }
