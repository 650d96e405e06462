"""Single changes of a network: widths, activations, layers, wiring, sharing, inputs and outputs.

The edits at the end, each giving a new network, are what variants are made of as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Argument, Call, Configured, Layer, ModelGraph, Shape, Subject, Tensor, Value, ancestors
from grader.graph import Freedom

_RANGE: tuple[tuple[str, Value], ...] = (("maxval", 1.0), ("minval", -1.0))
OTHER_ACTIVATIONS = ("tanh", "relu", None)
OTHER_STARTS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("Keras's own initializer", {"kernel_initializer": None}),
    ("the normal initializer", {"kernel_initializer": Configured("RandomNormal")}),
    ("another range to start from", {"kernel_initializer": Configured("RandomUniform", _RANGE)}),
    ("a bias that starts at one", {"bias_initializer": Configured("Ones")}),
)
LAYER_SETTINGS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("without a bias", {"use_bias": False}),
    ("with a regularizer", {"kernel_regularizer": Configured("L2", (("l2", 0.01),))}),
)
INTRUDERS: tuple[Layer, ...] = (
    Layer("dropout", "Dropout", (("rate", 0.2),)),
    Layer("normalization", "BatchNormalization"),
)
OTHER_MERGES = ("Add", "Average", "Multiply", "Maximum", "Subtract")


@dataclass(frozen=True)
class Mutation:
    """One change: its subject and words for it, the changed network, and the kinds of checks that it may affect too."""

    subject: Subject
    name: str
    graph: ModelGraph
    touches: frozenset[str] = frozenset()


def of(graph: ModelGraph, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    """Every kind of change, wherever it applies."""
    for call, _ in enumerate(graph.calls):
        if graph.layers[graph.calls[call].layer].kind == "Dense":
            yield from _of_dense(graph, call, free)
    for call, _ in enumerate(graph.calls):
        yield from _of_merge(graph, call)
    yield from _wiring(graph)
    yield from _sharing(graph)
    yield from _inputs(graph)
    yield from _outputs(graph)


def _of_dense(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    number = graph.calls[call].layer
    layer = graph.layers[number]
    if any(other.layer == number for other in graph.calls[:call]):
        return  # a shared layer, seen at its first call
    shown, head = f"`{layer.name}` ({layer.param('units')} units)", any(tensor.call == call for tensor in graph.outputs)
    touches = _position(graph, call)
    width: Subject = "head width" if head else "width"
    activation: Subject = "head activation" if head else "activation"
    for units in _other_widths(layer, free):
        # What is joined is the same: `merge` does not check widths.
        seen = touches - {"merge"}
        yield Mutation(width, f"giving {shown} {units} units", with_params(graph, number, units=units), seen)
    for name in OTHER_ACTIVATIONS if not head else ("sigmoid", "relu"):
        said = f"activation {name}" if name else "no activation"
        yield Mutation(activation, f"giving {shown} {said}", with_params(graph, number, activation=name))
    for said, params in OTHER_STARTS:
        yield Mutation("initializer", f"giving {shown} {said}", with_params(graph, number, **params))
    for said, params in LAYER_SETTINGS:
        yield Mutation("layer setting", f"building {shown} {said}", with_params(graph, number, **params))
    yield Mutation("layer setting", f"freezing {shown}", with_layer(graph, number, replace(layer, frozen=True)))
    for intruder in INTRUDERS if not head else ():
        yield Mutation("intruder", f"a {intruder.kind} after {shown}", inserted(graph, Tensor(call), intruder))
    if not head:
        twin = replace(layer, name=f"{layer.name}_again")
        yield Mutation("depth", f"a second {shown} after it", inserted(graph, Tensor(call), twin), touches)
        if sum(other.layer == number for other in graph.calls) == 1:
            yield Mutation("depth", f"dropping {shown}", bypassed(graph, call), touches)


def _other_widths(layer: Layer, free: Mapping[str, Freedom]) -> tuple[int, ...]:
    """Wrong widths; for a free layer, those just outside its range."""
    units = layer.param("units")
    assert isinstance(units, int)
    freedom = free.get(layer.name)
    if freedom is not None and freedom.units is not None:
        return (freedom.units[1] + 1,)
    return tuple(dict.fromkeys(width for width in (units + 1, 2 * units, units // 2) if width not in (0, units)))


def _position(graph: ModelGraph, call: int) -> frozenset[str]:
    """Kinds of checks that see a layer because of its position: before a merge, before all outputs, called twice."""
    touches = set()
    if any(_is_merge(other) for other in graph.calls if call in {t.call for t in other.sources}):
        touches.add("merge")
    if len(graph.outputs) > 1:
        touches.add("trunk")
    if sum(other.layer == graph.calls[call].layer for other in graph.calls) > 1:
        touches.add("shared")
    return frozenset(touches)


def _is_merge(call: Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], tuple) and len(call.sources) > 1


def _of_merge(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    merge = graph.calls[call]
    if not _is_merge(merge):
        return
    layer = graph.layers[merge.layer]
    shown = f"`{layer.name}`"
    widths = {graph.shape(tensor) for tensor in merge.sources}
    for kind in OTHER_MERGES:
        if len(widths) == 1 and kind != layer.kind and (kind != "Subtract" or len(merge.sources) == 2):
            changed = with_layer(graph, merge.layer, Layer(kind.lower(), kind))
            yield Mutation("merge", f"{kind} in place of {shown}", changed)
    for position, tensor in enumerate(merge.sources):
        rest = (*merge.sources[:position], *merge.sources[position + 1 :])
        name = graph.layers[graph.calls[tensor.call].layer].name
        if rest:
            lost = _with_sources(graph, call, rest)
            alone = frozenset({"widths", "inputs", "shared", "heads"})
            yield Mutation("merge", f"leaving `{name}` out of {shown}", pruned(lost), alone)
            twice = _with_sources(graph, call, (*rest, rest[0]))
            said = f"joining another branch twice in place of `{name}`"
            yield Mutation("wiring", said, pruned(twice), alone | {"merge"})


def _with_sources(graph: ModelGraph, call: int, sources: tuple[Tensor, ...]) -> ModelGraph:
    changed = replace(graph.calls[call], args=(sources,))
    return replace(graph, calls=(*graph.calls[:call], changed, *graph.calls[call + 1 :]))


def _wiring(graph: ModelGraph) -> Iterator[Mutation]:
    """A layer that is called on another tensor, if its old input is still needed elsewhere."""
    for call, one in enumerate(graph.calls):
        layer = graph.layers[one.layer]
        if layer.kind != "Dense":
            continue
        (old,) = one.sources
        for number in range(call):
            new = Tensor(number)
            if new == old or graph.calls[number].layer == one.layer:
                continue
            changed = rewired(graph, call, old, new)
            if len(pruned(changed).calls) < len(graph.calls) or not _all_inputs_lead_on(changed):
                continue
            name = graph.layers[graph.calls[number].layer].name
            touches = frozenset({"trunk", "merge", "shared"})
            yield Mutation("wiring", f"calling `{layer.name}` on `{name}`", changed, touches)


def _all_inputs_lead_on(graph: ModelGraph) -> bool:
    used = {tensor for call in graph.calls for tensor in call.sources}
    return all(tensor in used for tensor in graph.inputs)


def _sharing(graph: ModelGraph) -> Iterator[Mutation]:
    for number, layer in enumerate(graph.layers):
        calls = [call for call, one in enumerate(graph.calls) if one.layer == number]
        for call in calls[1:]:
            grown = replace(graph, layers=(*graph.layers, replace(layer, name=f"{layer.name}_of_its_own")))
            own = replace(graph.calls[call], layer=len(graph.layers))
            changed = replace(grown, calls=(*graph.calls[:call], own, *graph.calls[call + 1 :]))
            name = f"a layer of its own for a call of `{layer.name}`"
            yield Mutation("sharing", name, changed, frozenset({"widths"}))
    yield from _merged_twins(graph)


def _merged_twins(graph: ModelGraph) -> Iterator[Mutation]:
    """One layer called twice in place of two equal parallel ones."""
    for first, one in enumerate(graph.calls):
        for second in range(first + 1, len(graph.calls)):
            other = graph.calls[second]
            left, right = graph.layers[one.layer], graph.layers[other.layer]
            twins = left.kind == "Dense" and one.layer != other.layer and replace(left, name=right.name) == right
            if twins and graph.shape(one.sources[0]) == graph.shape(other.sources[0]):
                shared = replace(other, layer=one.layer)
                changed = replace(graph, calls=(*graph.calls[:second], shared, *graph.calls[second + 1 :]))
                name = f"calling `{left.name}` in place of `{right.name}`"
                whole = renumbered(changed, list(range(len(changed.calls))))
                yield Mutation("sharing", name, whole, frozenset({"widths", "trunk", "heads"}))


def _inputs(graph: ModelGraph) -> Iterator[Mutation]:
    template = graph.layers[graph.calls[graph.inputs[0].call].layer]
    extra, new = appended(graph, replace(template, name="another_input"), (), graph.shape(graph.inputs[0]))
    more = replace(extra, inputs=(*extra.inputs, new), input_names=(*extra.input_names, "another_input"))
    yield Mutation("input count", "an input that nothing reads", more)
    for tensor in graph.inputs:
        number = graph.calls[tensor.call].layer
        name = graph.layers[number].name
        readers = [call.layer for call in graph.calls if tensor in call.sources]
        if all(sum(call.layer == reader for call in graph.calls) == 1 for reader in readers):
            wide = with_params(graph, number, batch_shape=(None, 2))
            yield Mutation("input shape", f"giving `{name}` shape (2,)", wide)
        others = [other for other in graph.inputs if other != tensor]
        for reader, call in enumerate(graph.calls if others else ()):
            if tensor in call.sources:
                changed = rewired(graph, reader, tensor, others[0])
                layer = graph.layers[call.layer].name
                touches = frozenset({"merge", "shared"})
                yield Mutation("input use", f"calling `{layer}` on another input than `{name}`", changed, touches)


def _outputs(graph: ModelGraph) -> Iterator[Mutation]:
    ends = graph.outputs
    touches = frozenset({"widths", "trunk", "compiled", "inputs"})
    last = graph.calls[ends[-1].call]
    layer = replace(graph.layers[last.layer], name="another_output")
    extra, new = appended(graph, layer, last.args, (None, 1))
    more = replace(extra, outputs=(*extra.outputs, new), output_names=(*extra.output_names, "another_output"))
    yield Mutation("head count", "one more output", more, touches)
    if len(ends) < 2:
        return
    for position, tensor in enumerate(ends):
        name = graph.layers[graph.calls[tensor.call].layer].name
        rest, names = list(ends), list(graph.output_names)
        del rest[position], names[position]
        fewer = pruned(replace(graph, outputs=tuple(rest), output_names=tuple(names)))
        yield Mutation("head count", f"leaving out the output `{name}`", fewer, touches)
    turned = replace(graph, outputs=ends[::-1], output_names=graph.output_names[::-1])
    yield Mutation("output order", "giving the outputs in the other order", turned)
    same = replace(graph, outputs=(ends[0],) * len(ends))
    yield Mutation("head count", "giving the first output for all", pruned(same), touches)


def with_layer(graph: ModelGraph, number: int, layer: Layer) -> ModelGraph:
    """The network with another layer in the place of one."""
    return replace(graph, layers=(*graph.layers[:number], layer, *graph.layers[number + 1 :]))


def with_params(graph: ModelGraph, number: int, **params: Any) -> ModelGraph:
    """The network with some parameters of one layer set; `None` takes one back to Keras's default."""
    layer = graph.layers[number]
    merged = {name: value for name, value in {**dict(layer.params), **params}.items() if value is not None}
    return with_layer(graph, number, replace(layer, params=tuple(sorted(merged.items()))))


def appended(
    graph: ModelGraph, layer: Layer, args: tuple[Argument, ...], shape: Shape = ()
) -> tuple[ModelGraph, Tensor]:
    """The network with one more layer called on `args`, and the tensor that the call returns; nothing reads it yet."""
    call = Call(len(graph.layers), args, (), (shape,) if shape else ())
    grown = replace(graph, layers=(*graph.layers, layer), calls=(*graph.calls, call))
    return grown, Tensor(len(graph.calls))


def inserted(graph: ModelGraph, tensor: Tensor, layer: Layer, shape: Shape | None = None) -> ModelGraph:
    """The network with a layer between a tensor and all that read it, outputs among them."""
    grown, new = appended(graph, layer, (tensor,), graph.shape(tensor) if shape is None else shape)
    return sorted_calls(_reading(grown, lambda call, t: new if t == tensor and call != new.call else t))


def rewired(graph: ModelGraph, call: int, old: Tensor, new: Tensor, *, slot: int | None = None) -> ModelGraph:
    """The network in which one call reads `new` where it read `old`; only in argument `slot`, if one is given."""
    seen = -1

    def change(reader: int, tensor: Tensor) -> Tensor:
        nonlocal seen
        if reader != call:
            return tensor
        seen += 1
        return new if tensor == old and slot in (None, seen) else tensor

    return sorted_calls(_reading(graph, change, outputs=False))


def bypassed(graph: ModelGraph, call: int) -> ModelGraph:
    """The network without one call: what read its result reads its source."""
    source = graph.calls[call].sources[0]
    return pruned(_reading(graph, lambda _, tensor: source if tensor.call == call else tensor))


def pruned(graph: ModelGraph) -> ModelGraph:
    """The network without the calls that no output needs; inputs stay."""
    return renumbered(graph, ancestors(graph.calls, (tensor.call for tensor in (*graph.inputs, *graph.outputs))))


def sorted_calls(graph: ModelGraph) -> ModelGraph:
    """The network with its calls in an order in which each follows what it reads, else as they were."""
    order: list[int] = []
    waiting = list(range(len(graph.calls)))
    while waiting:
        ready = next(n for n in waiting if all(t.call in order for t in graph.calls[n].sources))
        order.append(ready)
        waiting.remove(ready)
    return renumbered(graph, order)


def renumbered(graph: ModelGraph, order: list[int]) -> ModelGraph:
    """The network with just these calls, in this order, and just the layers that they call."""
    place = {number: position for position, number in enumerate(order)}
    used = sorted({graph.calls[number].layer for number in order})
    layer_place = {number: position for position, number in enumerate(used)}
    calls = [_moved_call(graph.calls[number], place, layer_place) for number in order]
    return replace(
        graph,
        layers=tuple(graph.layers[number] for number in used),
        calls=tuple(calls),
        inputs=tuple(Tensor(place[t.call], t.output) for t in graph.inputs),
        outputs=tuple(Tensor(place[t.call], t.output) for t in graph.outputs),
    )


def _moved_call(call: Call, place: Mapping[int, int], layers: Mapping[int, int]) -> Call:
    def moved(part: Any) -> Any:
        return mapped(part, lambda tensor: Tensor(place[tensor.call], tensor.output))

    return replace(call, layer=layers[call.layer], args=moved(call.args), kwargs=moved(call.kwargs))


def _reading(graph: ModelGraph, change: Callable[[int, Tensor], Tensor], *, outputs: bool = True) -> ModelGraph:
    """The network with the tensors that calls and outputs read replaced; `change` gets the reader's number, or -1."""
    calls = []
    for number, call in enumerate(graph.calls):
        args, kwargs = (mapped(part, lambda t, n=number: change(n, t)) for part in (call.args, call.kwargs))  # type: ignore[misc]
        calls.append(replace(call, args=args, kwargs=kwargs))
    ends = tuple(change(-1, tensor) for tensor in graph.outputs) if outputs else graph.outputs
    return replace(graph, calls=tuple(calls), outputs=ends)


def mapped(part: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """An argument with each of its tensors replaced."""
    if isinstance(part, Tensor):
        return change(part)
    return tuple(mapped(item, change) for item in part) if isinstance(part, tuple) else part
