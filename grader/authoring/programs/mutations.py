"""Single changes of a network: widths, activations, layers, wiring, sharing, inputs and outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from grader.authoring.programs.edits import (
    appended,
    bypassed,
    inserted,
    pruned,
    renumbered,
    reshaped,
    rewired,
    with_layer,
    with_params,
)
from grader.authoring.programs.layer_mutations import of_layer
from grader.authoring.programs.mutation import (
    INTRUDERS,
    LAYER_SETTINGS,
    OTHER_ACTIVATIONS,
    OTHER_MERGES,
    OTHER_STARTS,
    Mutation,
    is_end,
    is_merge,
    position,
)
from grader.checks.view import view
from grader.domain import Layer, ModelGraph, Shape, Subject, Tensor
from grader.graph import Freedom
from grader.graph.differences.blocks import MERGES
from grader.graph.reading.roles import width_parameter


def of(graph: ModelGraph, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    """Every kind of change, wherever it applies and leaves a network that can be built."""
    for mutation in _all(graph, free):
        built = reshaped(mutation.graph)
        if built is not None:
            yield replace(mutation, graph=built, touches=mutation.touches | _outgrown(mutation, graph, built))


def _outgrown(mutation: Mutation, graph: ModelGraph, built: ModelGraph) -> frozenset[str]:
    """`heads`, where another size of a window, or the like, changes the outputs as well."""
    if not mutation.kind or mutation.kind == "Dense" or len(built.outputs) != len(graph.outputs):
        return frozenset()
    shapes = [[one.shape(tensor) for tensor in one.outputs] for one in (graph, built)]
    return frozenset({"heads"}) if shapes[0] != shapes[1] else frozenset()


def _all(graph: ModelGraph, free: Mapping[str, Freedom]) -> Iterator[Mutation]:
    for call, _ in enumerate(graph.calls):
        if graph.layers[graph.calls[call].layer].kind == "Dense":
            for mutation in _of_dense(graph, call, free):
                yield replace(mutation, kind="Dense")
    for call, _ in enumerate(graph.calls):
        if graph.layers[graph.calls[call].layer].kind != "Dense":
            yield from of_layer(graph, call, free)
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
    shown, head = f"`{layer.name}` ({layer.param('units')} units)", is_end(graph, call)
    touches = position(graph, call)
    width: Subject = "head width" if head else "width"
    activation: Subject = "head activation" if head else "activation"
    # Without an activation of its own, what follows may be a normalisation, and then the activation of the layer.
    follows = layer.param("activation") is None and not head
    unlike = frozenset({"activations"}) if follows else frozenset()
    for units in _other_widths(layer, free):
        # What is joined is the same: `merge` does not check widths.
        seen = touches - {"merge"}
        if units == 1 and layer.param("activation") == "softmax":
            seen |= {"inputs"}  # over one unit it is always 1, whatever the inputs are
        yield Mutation(width, f"giving {shown} {units} units", with_params(graph, number, units=units), seen)
    for name in OTHER_ACTIVATIONS if not head else ("sigmoid", "relu"):
        said = f"activation {name}" if name else "no activation"
        changed = with_params(graph, number, activation=name)
        yield Mutation("layer setting" if follows else activation, f"giving {shown} {said}", changed, unlike)
    for said, params in OTHER_STARTS:
        yield Mutation("initializer", f"giving {shown} {said}", with_params(graph, number, **params))
    for said, params in LAYER_SETTINGS:
        if "kernel_regularizer" in params and layer.param("kernel_regularizer") is not None:
            continue
        yield Mutation("layer setting", f"building {shown} {said}", with_params(graph, number, **params))
    if layer.param("kernel_regularizer") is not None:
        bare = with_params(graph, number, kernel_regularizer=None)
        yield Mutation("regularisation", f"giving {shown} no regularizer", bare)
    yield Mutation("layer setting", f"freezing {shown}", with_layer(graph, number, replace(layer, frozen=True)))
    for intruder in INTRUDERS if not head else ():
        yield Mutation("intruder", f"a {intruder.kind} after {shown}", inserted(graph, Tensor(call), intruder), unlike)
    if not head:
        twin = replace(layer, name=f"{layer.name}_again")
        yield Mutation("depth", f"a second {shown} after it", inserted(graph, Tensor(call), twin), touches | unlike)
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


def _of_merge(graph: ModelGraph, call: int) -> Iterator[Mutation]:
    merge = graph.calls[call]
    if not is_merge(merge) or graph.layers[merge.layer].kind not in MERGES:
        return
    layer = graph.layers[merge.layer]
    shown = f"`{layer.name}`"
    widths = {graph.shape(tensor) for tensor in merge.sources}
    for kind in OTHER_MERGES:
        if len(widths) == 1 and kind != layer.kind and (kind != "Subtract" or len(merge.sources) == 2):
            changed = with_layer(graph, merge.layer, Layer(kind.lower(), kind))
            yield Mutation("merge", f"{kind} in place of {shown}", changed)
    for place, tensor in enumerate(merge.sources):
        rest = (*merge.sources[:place], *merge.sources[place + 1 :])
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
        if not width_parameter(layer.kind) or len(one.sources) != 1:
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
    """One layer called twice in place of two equal parallel ones.

    Where the reference shares another layer already, `shared` finds that one, and the change is one of wiring.
    """
    subject: Subject = "wiring" if _shared(graph) else "sharing"
    for first, one in enumerate(graph.calls):
        for second in range(first + 1, len(graph.calls)):
            other = graph.calls[second]
            left, right = graph.layers[one.layer], graph.layers[other.layer]
            wide = bool(width_parameter(left.kind)) and one.layer != other.layer
            twins = wide and replace(left, name=right.name) == right
            if twins and len(one.sources) == 1 and graph.shape(one.sources[0]) == graph.shape(other.sources[0]):
                shared = replace(other, layer=one.layer)
                changed = replace(graph, calls=(*graph.calls[:second], shared, *graph.calls[second + 1 :]))
                name = f"calling `{left.name}` in place of `{right.name}`"
                whole = renumbered(changed, list(range(len(changed.calls))))
                yield Mutation(subject, name, whole, frozenset({"widths", "trunk", "heads"}))


def _inputs(graph: ModelGraph) -> Iterator[Mutation]:
    if len(graph.inputs) > 1:
        names = graph.input_names[::-1]
        turned = replace(graph, inputs=graph.inputs[::-1], input_names=names)
        yield Mutation("input order", "giving the inputs in the other order", turned, frozenset({"inputs"}))
    template = graph.layers[graph.calls[graph.inputs[0].call].layer]
    extra, new = appended(graph, replace(template, name="another_input"), (), graph.shape(graph.inputs[0]))
    more = replace(extra, inputs=(*extra.inputs, new), input_names=(*extra.input_names, "another_input"))
    yield Mutation("input count", "an input that nothing reads", more)
    for tensor in graph.inputs:
        number = graph.calls[tensor.call].layer
        name = graph.layers[number].name
        readers = [call.layer for call in graph.calls if tensor in call.sources]
        if all(sum(call.layer == reader for call in graph.calls) == 1 for reader in readers):
            shape = _widened(graph.shape(tensor))
            wide = with_params(graph, number, batch_shape=shape)
            yield Mutation("input shape", f"giving `{name}` shape {shape[1:]}", wide)
        if graph.layers[number].param("dtype", "float32") != "float32":
            typed = with_params(graph, number, dtype="float32")
            yield Mutation("input type", f"giving `{name}` type float32", typed)
        others = [other for other in graph.inputs if other != tensor]
        for reader, call in enumerate(graph.calls if others else ()):
            if tensor in call.sources:
                changed = rewired(graph, reader, tensor, others[0])
                layer = graph.layers[call.layer].name
                touches = frozenset({"merge", "shared"})
                yield Mutation("input use", f"calling `{layer}` on another input than `{name}`", changed, touches)


def _widened(shape: Shape) -> Shape:
    """A shape with one more in its last known axis."""
    place = max((axis for axis, size in enumerate(shape) if axis and size is not None), default=0)
    return tuple(size + 1 if axis == place and size is not None else size for axis, size in enumerate(shape))


def _gone(graph: ModelGraph, fewer: ModelGraph) -> frozenset[str]:
    """`merge`, `shared` and `activations`, where what they are about leads only to outputs that are left out."""
    merges = sum(map(is_merge, graph.calls)) - sum(map(is_merge, fewer.calls))
    shared = _shared(graph) - _shared(fewer)
    active = any(layer.activation for layer in view(fewer).hidden)
    gone = {"merge": merges > 0, "shared": shared > 0, "activations": not active}
    return frozenset(kind for kind, is_gone in gone.items() if is_gone)


def _shared(graph: ModelGraph) -> int:
    """How many layers with a width are called several times."""
    calls = Counter(call.layer for call in graph.calls if width_parameter(graph.layers[call.layer].kind))
    return sum(count > 1 for count in calls.values())


def _outputs(graph: ModelGraph) -> Iterator[Mutation]:
    ends = graph.outputs
    touches = frozenset({"widths", "trunk", "compiled", "inputs"})
    last = graph.calls[ends[-1].call]
    layer = replace(graph.layers[last.layer], name="another_output")
    extra, new = appended(graph, layer, last.args, graph.shape(ends[-1]))
    more = replace(extra, outputs=(*extra.outputs, new), output_names=(*extra.output_names, "another_output"))
    yield Mutation("head count", "one more output", more, touches)
    if len(ends) < 2:
        return
    for place, tensor in enumerate(ends):
        name = graph.layers[graph.calls[tensor.call].layer].name
        rest, names = list(ends), list(graph.output_names)
        del rest[place], names[place]
        fewer = pruned(replace(graph, outputs=tuple(rest), output_names=tuple(names)))
        yield Mutation("head count", f"leaving out the output `{name}`", fewer, touches | _gone(graph, fewer))
    turned = replace(graph, outputs=ends[::-1], output_names=graph.output_names[::-1])
    heads = [layer for layer in view(graph).layers if layer.is_head]
    unlike = len({(layer.width, layer.activation) for layer in heads}) > 1
    seen = frozenset({"heads"} if unlike else ())
    yield Mutation("output order", "giving the outputs in the other order", turned, seen)
    same = pruned(replace(graph, outputs=(ends[0],) * len(ends)))
    yield Mutation("head count", "giving the first output for all", same, touches | _gone(graph, same))
