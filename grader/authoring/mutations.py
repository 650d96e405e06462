"""Single changes of a network, the usual mistakes, each with its subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, TypeAlias

from grader.domain import Call, CompileCall, Configured, Layer, ModelGraph, Shape, Subject, Tensor, Value, readers
from grader.graph import Freedom, edits, has_weights
from grader.graph.differences.blocks import MERGES as JOINS
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, LAYERS, MERGES
from grader.graph.reading.roles import (
    DROPOUTS,
    RECURRENT,
    WRAPPED,
    counted_width,
    inner,
    takes_activation,
    width_parameter,
)  # fmt: skip

_WIDER = Configured("RandomUniform", (("maxval", 1.0), ("minval", -1.0)))
OTHER_ACTIVATIONS = ("tanh", "relu", None)
LAYER_SETTINGS: tuple[tuple[Subject, str, dict[str, Value]], ...] = (
    ("initializer", "giving {} the default initializer of Keras", {"kernel_initializer": None}),
    ("initializer", "giving {} the normal initializer", {"kernel_initializer": Configured("RandomNormal")}),
    ("initializer", "giving {} another range to start from", {"kernel_initializer": _WIDER}),
    ("initializer", "giving {} a bias that starts at one", {"bias_initializer": Configured("Ones")}),
    ("layer setting", "building {} without a bias", {"use_bias": False}),
    ("layer setting", "building {} with a regularizer", {"kernel_regularizer": Configured("L2", (("l2", 0.01),))}),
)
INTRUDERS = (Layer("dropout", "Dropout", (("rate", 0.2),)), Layer("normalization", "BatchNormalization"))
OTHER_MERGES = ("Add", "Average", "Multiply", "Maximum", "Subtract")
NORMALIZATIONS = frozenset({"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"})
OTHER_CLASSES: Mapping[str, str] = {
    "LSTM": "GRU", "GRU": "LSTM", "SimpleRNN": "GRU", "BatchNormalization": "LayerNormalization",
    "LayerNormalization": "BatchNormalization",
    **{f"{one}Pooling{n}D": f"{other}Pooling{n}D" for n in (1, 2, 3)
       for one, other in (("Max", "Average"), ("Average", "Max"), ("GlobalMax", "GlobalAverage"),
                          ("GlobalAverage", "GlobalMax"))},
}  # fmt: skip
"""Classes that are easily taken for each other, and have the parameters in common that a reference gives."""


@dataclass(frozen=True)
class Mutant:
    """A reference with one mistake: its subject and words for it, the network, and its compile settings.

    Without a subject nothing is wrong: the rubric allows it. `flaw` is a mistake that is none of the network: "fails"
    if an error ends the program, "sequential" if it is no functional model.
    """

    subject: Subject | Literal[""]
    words: str
    graph: ModelGraph
    compiled: CompileCall | None = None
    flaw: str = ""


def mutations(graph: ModelGraph, free: Mapping[str, Freedom], describe: edits.Describe) -> Iterator[Mutant]:
    """Every kind of change, wherever it applies and leaves a network that can be built."""
    changes = list(_all(graph, free))
    for mutant, built in zip(changes, describe([edits.unshaped(one.graph) for one in changes]), strict=True):
        if not built.untrainable:
            yield replace(mutant, graph=built)


def _all(graph: ModelGraph, free: Mapping[str, Freedom]) -> Iterator[Mutant]:
    for call, _ in enumerate(graph.calls):
        yield from _of_layer(graph, call, free)
        yield from _of_merge(graph, call)
    yield from _wiring(graph)
    yield from _sharing(graph)
    yield from _merged_twins(graph)
    yield from _inputs(graph)
    yield from _outputs(graph)


def is_end(graph: ModelGraph, call: int) -> bool:
    """Whether a call is an output, whatever activation follows it."""
    ends = {tensor.call for tensor in graph.outputs}
    after = readers(graph.calls)[call]
    return call in ends or any(one in ends and _called(graph, one)[1].kind == "Activation" for one in after)


def is_merge(call: Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], tuple) and len(call.sources) > 1


def _calls_of(graph: ModelGraph, number: int) -> int:
    return sum(call.layer == number for call in graph.calls)


def _called(graph: ModelGraph, call: int) -> tuple[int, Layer]:
    """The layer of a call, with its number."""
    number = graph.calls[call].layer
    return number, graph.layers[number]


def _of_layer(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutant]:
    """The changes of the layer of one call, seen at its first call."""
    number, layer = _called(graph, call)
    skipped = layer.kind in ("InputLayer", "Concatenate", "Dot", *MERGES) or layer.kind.startswith("ops.")
    if skipped or any(other.layer == number for other in graph.calls[:call]):
        return
    end = is_end(graph, call)
    changes = [_widths(layer, end, free), _activations(layer, end)]
    changes += [_inside(layer)] if layer.kind in WRAPPED else [_starts(layer), _settings(layer)]
    for subject, words, params in chain(*changes):
        yield Mutant(subject, words.format(_shown(layer)), edits.with_params(graph, number, **params))
    if has_weights(layer) and layer.kind not in WRAPPED:
        frozen = edits.with_layer(graph, number, replace(layer, frozen=True))
        yield Mutant("layer setting", f"freezing {_shown(layer)}", frozen)
    for change in (_other_activation, _other_class, _additions, _dropped, _moved):
        yield from change(graph, call)


def _is_activation(layer: Layer) -> bool:
    return layer.kind == "Activation" or layer.kind in ACTIVATION_LAYERS


def _shown(layer: Layer) -> str:
    """`dense` (32 units), or `conv` (Conv2D, 8 filters)."""
    name = width_parameter(layer.kind)
    width = counted_width(layer.kind, layer.param(name)) if name and layer.kind not in WRAPPED else ""
    return f"`{layer.name}` ({', '.join(filter(None, ('' if layer.kind == 'Dense' else layer.kind, width)))})"


Change: TypeAlias = tuple[Subject, str, Mapping[str, Value]]
"""Other parameters of a layer, which the words call `{}`; `None` for the default of Keras."""


def _widths(layer: Layer, end: bool, free: Mapping[str, Freedom]) -> Iterator[Change]:
    name, freedom = width_parameter(layer.kind), free.get(layer.name)
    width = layer.param(name) if name else None
    if isinstance(width, int):
        others = (freedom.units[1] + 1,) if freedom and freedom.units else (width + 1, 2 * width, width // 2)
        for other in sorted({*others} - {0, width}):
            words = f"giving {{}} {counted_width(layer.kind, other)}"
            yield "head width" if end else "width", words, {name: other}


def _inside(layer: Layer) -> Iterator[Change]:
    """Changes of a layer that another one wraps, and of how the wrapper joins its results."""
    kind, params = inner(layer)
    name = width_parameter(kind)
    width = params.get(name)
    if isinstance(layer.param(WRAPPED[layer.kind]), Configured) and isinstance(width, int):
        both = {key: one for key, one in layer.params if isinstance(one, Configured) and one.kind == kind}
        wider = {key: replace(one, params=tuple(sorted({**dict(one.params), name: width + 1}.items())))
                 for key, one in both.items()}  # fmt: skip
        yield "width", f"giving the {kind} in {{}} {counted_width(kind, width + 1)}", wider
    if layer.kind == "Bidirectional":
        mode = "sum" if layer.param("merge_mode", "concat") != "sum" else "concat"
        yield "layer setting", f"building {{}} with merge_mode={mode}", {"merge_mode": mode}


def _activations(layer: Layer, end: bool) -> Iterator[Change]:
    if _is_activation(layer) or not takes_activation(layer.kind):
        return
    recurrent = layer.kind in RECURRENT  # `activations` looks at these only if its spec names them
    bare = layer.param("activation") is None and not end
    subject: Subject = "layer setting" if recurrent or bare else "head activation" if end else "activation"
    for name in ("relu", "sigmoid") if recurrent or end else OTHER_ACTIVATIONS:
        yield subject, f"giving {{}} {f'activation {name}' if name else 'no activation'}", {"activation": name}


def _starts(layer: Layer) -> Iterator[Change]:
    """Initializers, and settings that many classes have."""
    fields = LAYERS.get(layer.kind, {})
    regularized = layer.param("kernel_regularizer") is not None
    for change in LAYER_SETTINGS:
        if change[2].keys() <= fields.keys() and not (regularized and "kernel_regularizer" in change[2]):
            yield change
    for what, other in (("no", None), ("another", Configured("L1", (("l1", 0.3),)))) if regularized else ():
        yield "regularisation", f"giving {{}} {what} regularizer", {"kernel_regularizer": other}


def _settings(layer: Layer) -> Iterator[Change]:
    """Another value of a parameter that is special to the class."""
    fields = LAYERS.get(layer.kind, {})
    found: list[tuple[str, Value]] = [("rate", rate) for rate in (0.1, 0.6) if layer.kind in DROPOUTS]
    for name in ("kernel_size", "pool_size"):
        sizes = layer.param(name)
        if isinstance(sizes, tuple) and sizes:
            found.append((name, tuple(size + 1 for size in sizes if isinstance(size, int))))
    if "padding" in fields and "kernel_size" in fields:
        found.append(("padding", "same" if layer.param("padding", "valid") == "valid" else "valid"))
    for name in ("input_dim", "num_heads", "groups"):
        number = layer.param(name)
        if isinstance(number, int):
            found.append((name, number + 1))
    found += [(name, value) for name, value in (("epsilon", 0.1), ("go_backwards", True)) if name in fields]
    for name, value in found:
        subject: Subject = "dropout" if layer.kind in DROPOUTS else "layer setting"
        yield subject, f"building {{}} with {name}={value}", {name: value}


def _other_activation(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """In the place of a layer that only activates."""
    number, layer = _called(graph, call)
    subject: Subject = "head activation" if Tensor(call) in graph.outputs else "activation"
    for name in ("tanh", "sigmoid") if _is_activation(layer) else ():
        other = Layer(layer.name, "Activation", (("activation", name),))
        yield Mutant(subject, f"{name} in place of {_shown(layer)}", edits.with_layer(graph, number, other))


def _other_class(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    number, layer = _called(graph, call)
    other = OTHER_CLASSES.get(layer.kind)
    if other is not None and {name for name, _ in layer.params} <= LAYERS[other].keys():
        params = dict(layer.params)
        if layer.kind in NORMALIZATIONS:
            params.pop("axis", None)  # one axis or several, by the class; the last one by default
        if other.startswith("AveragePooling"):  # only `MaxPooling` has a size by default
            params.setdefault("pool_size", (2,) * int(other[-2]))
        changed = edits.with_layer(graph, number, replace(layer, kind=other, params=tuple(sorted(params.items()))))
        yield Mutant("layer class", f"{other} in place of {_shown(layer)}", changed)


def _additions(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """The network with one more layer after a hidden one: its twin, or one that changes something."""
    layer = graph.layers[graph.calls[call].layer]
    if not width_parameter(layer.kind) or is_end(graph, call):
        return
    for intruder in INTRUDERS:
        changed = edits.inserted(graph, Tensor(call), intruder)
        yield Mutant("intruder", f"a {intruder.kind} after {_shown(layer)}", changed)
    # No second Embedding: what it returns are no numbers of words, and what follows has too many axes.
    if len(graph.calls[call].sources) == 1 and layer.kind != "Embedding":
        changed = edits.inserted(graph, Tensor(call), replace(layer, name=f"{layer.name}_again"))
        yield Mutant("depth", f"a second {_shown(layer)} after it", changed)


def _dropped(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """The network without the layer, if it is called once."""
    number, layer = _called(graph, call)
    needed = is_end(graph, call) and width_parameter(layer.kind)
    if _calls_of(graph, number) > 1 or len(set(graph.calls[call].sources)) != 1 or needed:
        return
    head = any(tensor.call == call for tensor in graph.outputs)
    subject: Subject = (
        "dropout" if layer.kind in DROPOUTS
        else "head activation" if _is_activation(layer) and head
        else "activation" if _is_activation(layer)
        else "depth" if width_parameter(inner(layer)[0])
        else "layer count"
    )  # fmt: skip
    yield Mutant(subject, f"dropping {_shown(layer)}", edits.bypassed(graph, call))


def _moved(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """The normalisation after the activation in place of before it."""
    layer = graph.layers[graph.calls[call].layer]
    after = readers(graph.calls)[call]
    if layer.kind not in NORMALIZATIONS or len(after) != 1:
        return
    follower = graph.layers[graph.calls[after[0]].layer]
    if _is_activation(follower):
        words = f"calling {_shown(layer)} after `{follower.name}`"
        yield Mutant("layer order", words, edits.swapped(graph, call, after[0]))


def _name(graph: ModelGraph, tensor: Tensor) -> str:
    """The name of the layer that returns a tensor."""
    return graph.layers[graph.calls[tensor.call].layer].name


def _of_merge(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    merge, (_, layer) = graph.calls[call], _called(graph, call)
    if not is_merge(merge) or layer.kind not in JOINS:
        return
    if len({graph.shape(tensor) for tensor in merge.sources}) == 1:
        for kind in OTHER_MERGES:
            if kind != layer.kind and (kind != "Subtract" or len(merge.sources) == 2):
                changed = edits.with_layer(graph, merge.layer, Layer(kind.lower(), kind))
                yield Mutant("merge", f"{kind} in place of `{layer.name}`", changed)
    for place, tensor in enumerate(merge.sources):
        rest = (*merge.sources[:place], *merge.sources[place + 1 :])
        joined = [edits.with_call(graph, call, replace(merge, args=(some,))) for some in (rest, (*rest, rest[0]))]
        lost, twice = map(edits.pruned, joined)
        yield Mutant("merge", f"leaving `{_name(graph, tensor)}` out of `{layer.name}`", lost)
        words = f"joining another branch twice in place of `{_name(graph, tensor)}`"
        yield Mutant("wiring", words, twice)


def _wiring(graph: ModelGraph) -> Iterator[Mutant]:
    """A layer that is called on another tensor, if its old input is still needed elsewhere."""
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        if not width_parameter(layer.kind) or len(call.sources) != 1:
            continue
        (old,) = call.sources
        for new in map(Tensor, range(number)):
            if new == old or graph.calls[new.call].layer == call.layer:
                continue
            changed = edits.rewired(graph, number, old, new)
            read = {tensor for one in changed.calls for tensor in one.sources}
            if len(edits.pruned(changed).calls) == len(graph.calls) and read.issuperset(changed.inputs):
                words = f"calling `{layer.name}` on `{_name(graph, new)}`"
                yield Mutant("wiring", words, changed)


def _sharing(graph: ModelGraph) -> Iterator[Mutant]:
    for number, layer in enumerate(graph.layers):
        calls = [call for call, one in enumerate(graph.calls) if one.layer == number]
        for call in calls[1:]:
            grown = replace(graph, layers=(*graph.layers, replace(layer, name=f"{layer.name}_of_its_own")))
            changed = edits.with_call(grown, call, replace(graph.calls[call], layer=len(graph.layers)))
            words = f"a layer of its own for a call of `{layer.name}`"
            yield Mutant("sharing", words, changed)


def _merged_twins(graph: ModelGraph) -> Iterator[Mutant]:
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
                changed = edits.with_call(graph, second, replace(other, layer=one.layer))
                whole = edits.renumbered(changed, list(range(len(changed.calls))))
                words = f"calling `{left.name}` in place of `{right.name}`"
                yield Mutant(subject, words, whole)


def _inputs(graph: ModelGraph) -> Iterator[Mutant]:
    if len(graph.inputs) > 1:
        turned = replace(graph, inputs=graph.inputs[::-1], input_names=graph.input_names[::-1])
        yield Mutant("input order", "giving the inputs in the other order", turned)
    template = graph.layers[graph.calls[graph.inputs[0].call].layer]
    extra, new = edits.appended(graph, replace(template, name="another_input"), (), graph.shape(graph.inputs[0]))
    more = replace(extra, inputs=(*extra.inputs, new), input_names=(*extra.input_names, "another_input"))
    yield Mutant("input count", "an input that nothing reads", more)
    for tensor in graph.inputs:
        number, name = graph.calls[tensor.call].layer, _name(graph, tensor)
        reading = [call.layer for call in graph.calls if tensor in call.sources]
        if all(_calls_of(graph, reader) == 1 for reader in reading):
            shape = _widened(graph.shape(tensor))
            wide = edits.with_params(graph, number, batch_shape=shape)
            yield Mutant("input shape", f"giving `{name}` shape {shape[1:]}", wide)
        if graph.layers[number].param("dtype", "float32") != "float32":
            typed = edits.with_params(graph, number, dtype="float32")
            yield Mutant("input type", f"giving `{name}` type float32", typed)
        others = [other for other in graph.inputs if other != tensor]
        for reader, call in enumerate(graph.calls if others else ()):
            if tensor in call.sources:
                changed = edits.rewired(graph, reader, tensor, others[0])
                words = f"calling `{graph.layers[call.layer].name}` on another input than `{name}`"
                yield Mutant("input use", words, changed)


def _widened(shape: Shape) -> Shape:
    """A shape with one more in its last known axis."""
    place = max((axis for axis, size in enumerate(shape) if axis and size is not None), default=0)
    return tuple(size + 1 if axis == place and size is not None else size for axis, size in enumerate(shape))


def _shared(graph: ModelGraph) -> int:
    """How many layers with a width are called several times."""
    return sum(bool(width_parameter(layer.kind)) and _calls_of(graph, n) > 1 for n, layer in enumerate(graph.layers))


def _outputs(graph: ModelGraph) -> Iterator[Mutant]:
    ends = graph.outputs
    last = graph.calls[ends[-1].call]
    layer = replace(graph.layers[last.layer], name="another_output")
    extra, new = edits.appended(graph, layer, last.args, graph.shape(ends[-1]))
    more = replace(extra, outputs=(*extra.outputs, new), output_names=(*extra.output_names, "another_output"))
    yield Mutant("head count", "one more output", more)
    if len(ends) < 2:
        return
    for place, tensor in enumerate(ends):
        rest, names = list(ends), list(graph.output_names)
        del rest[place], names[place]
        fewer = edits.pruned(replace(graph, outputs=tuple(rest), output_names=tuple(names)))
        words = f"leaving out the output `{_name(graph, tensor)}`"
        yield Mutant("head count", words, fewer)
    turned = replace(graph, outputs=ends[::-1], output_names=graph.output_names[::-1])
    yield Mutant("output order", "giving the outputs in the other order", turned)
    same = edits.pruned(replace(graph, outputs=(ends[0],) * len(ends)))
    yield Mutant("head count", "giving the first output for all", same)
