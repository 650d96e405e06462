"""Single changes of a network, the usual mistakes, each with its subject."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from grader.checks.network_view import NORMALIZATIONS
from grader.domain import SUBJECT_OF, CompileCall, Configured, Layer, ModelGraph, Shape, Subject, Tensor, Value, readers
from grader.graph import Freedom, edits, has_weights
from grader.graph.differences.blocks import MERGES
from grader.graph.reading import parameters
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, LAYERS
from grader.graph.reading.parameters import DROPOUTS, WRAPPED, counted_width, inner, width_parameter

ChangedParameters: TypeAlias = tuple[str, Mapping[str, Value]]
"""Other parameters of a layer, which the words call `{}`; `None` for the default of Keras."""

SETTINGS: tuple[ChangedParameters, ...] = (
    ("giving {} the default initializer of Keras", {"kernel_initializer": None}),
    ("giving {} the normal initializer", {"kernel_initializer": Configured("RandomNormal")}),
    ("giving {} another range to start from",
     {"kernel_initializer": Configured("RandomUniform", (("maxval", 1.0), ("minval", -1.0)))}),
    ("giving {} a bias that starts at one", {"bias_initializer": Configured("Ones")}),
    ("building {} without a bias", {"use_bias": False}),
    ("building {} with epsilon=0.1", {"epsilon": 0.1}),
    ("building {} to read its steps backwards", {"go_backwards": True}),
    ("building {} with rate=0.1", {"rate": 0.1}),
    ("building {} with rate=0.6", {"rate": 0.6}),
    ("giving {} no regularizer", {"kernel_regularizer": None}),
    ("giving {} the regularizer L1(0.3)", {"kernel_regularizer": Configured("L1", (("l1", 0.3),))}),
)  # fmt: skip
"""For layers of all classes with other values of these; `domain.SUBJECT_OF` says what each is about."""
COUNTS = ("kernel_size", "pool_size", "input_dim", "num_heads", "groups")
INTRUDERS = (Layer("dropout", "Dropout", (("rate", 0.2),)), Layer("normalization", "BatchNormalization"))
OTHER_MERGES = ("Add", "Average", "Multiply", "Maximum", "Subtract")
OTHER_CLASSES: Mapping[str, str] = {
    "LSTM": "GRU", "GRU": "LSTM", "SimpleRNN": "GRU", "BatchNormalization": "LayerNormalization",
    "LayerNormalization": "BatchNormalization",
    **{f"{kind}Pooling{n}D": f"{other}Pooling{n}D" for n in (1, 2, 3)
       for kind, other in (("Max", "Average"), ("Average", "Max"), ("GlobalMax", "GlobalAverage"),
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
    calls = range(len(graph.calls))
    changes = [mutant for call in calls for mutant in (*_of_layer(graph, call, free), *_of_merge(graph, call))]
    changes += [mutant for change in (_wiring, _sharing, _inputs, _outputs) for mutant in change(graph)]
    for mutant in changes:
        if not (built := describe(edits.unshaped(mutant.graph))).untrainable:
            yield replace(mutant, graph=built)


def is_end(graph: ModelGraph, call: int) -> bool:
    """Whether a call is an output, whatever activation follows it."""
    ends = {tensor.call for tensor in graph.outputs}
    after = readers(graph.calls)[call]
    return call in ends or any(reader in ends and graph.layer_of(reader).kind == "Activation" for reader in after)


def _name(graph: ModelGraph, tensor: Tensor) -> str:
    """The name of the layer that returns a tensor."""
    return graph.layer_of(tensor.call).name


def _of_layer(graph: ModelGraph, call: int, free: Mapping[str, Freedom]) -> Iterator[Mutant]:
    """The changes of the layer of one call, seen at its first call."""
    number, layer = graph.calls[call].layer, graph.layer_of(call)
    skipped = layer.kind in ("InputLayer", *MERGES) or layer.kind.startswith("ops.")
    if skipped or any(earlier.layer == number for earlier in graph.calls[:call]):
        return
    end = is_end(graph, call)
    settings = (
        (SUBJECT_OF.get(next(iter(params)), "layer setting"), words, params) for words, params in _settings(layer)
    )
    for subject, words, params in (*_widths(layer, end, free), *_activations(layer, end), *settings):
        yield Mutant(subject, words.format(_shown(layer)), edits.with_params(graph, number, **params))
    if has_weights(layer) and layer.kind not in WRAPPED:
        frozen = edits.with_layer(graph, number, replace(layer, frozen=True))
        yield Mutant("layer setting", f"freezing {_shown(layer)}", frozen)
    for subject, words, replacement in _in_its_place(layer, Tensor(call) in graph.outputs):
        yield Mutant(subject, f"{words} in place of {_shown(layer)}", edits.with_layer(graph, number, replacement))
    for change in (_additions, _dropped, _moved):
        yield from change(graph, call)


def _is_activation(layer: Layer) -> bool:
    return layer.kind == "Activation" or layer.kind in ACTIVATION_LAYERS


def _shown(layer: Layer) -> str:
    """`dense` (32 units), or `conv` (Conv2D, 8 filters)."""
    name = width_parameter(layer.kind)
    width = counted_width(layer.kind, layer.param(name)) if name and layer.kind not in WRAPPED else ""
    return f"`{layer.name}` ({', '.join(filter(None, ('' if layer.kind == 'Dense' else layer.kind, width)))})"


def _widths(layer: Layer, end: bool, free: Mapping[str, Freedom]) -> Iterator[tuple[Subject, *ChangedParameters]]:
    """Other widths of a layer, or of the one that it wraps."""
    kind, params = inner(layer)
    name, freedom = width_parameter(kind), free.get(layer.name)
    width = params.get(name)
    if not isinstance(width, int):
        return
    if layer.kind in WRAPPED:
        held = {key: value for key, value in layer.params if isinstance(value, Configured) and value.kind == kind}
        wider = {key: tuple(sorted({**dict(value.params), name: width + 1}.items())) for key, value in held.items()}
        words = f"giving the {kind} in {{}} {counted_width(kind, width + 1)}"
        yield "width", words, {key: Configured(kind, items) for key, items in wider.items()}
        return
    widths = (freedom.units[1] + 1,) if freedom and freedom.units else (width + 1, 2 * width, width // 2)
    for new_width in sorted({*widths} - {0, width}):
        yield "head width" if end else "width", f"giving {{}} {counted_width(layer.kind, new_width)}", {name: new_width}


def _activations(layer: Layer, end: bool) -> Iterator[tuple[Subject, *ChangedParameters]]:
    if _is_activation(layer) or not parameters.takes_activation(layer.kind):
        return
    recurrent = layer.kind in parameters.RECURRENT  # `activations` looks at these only if its spec names them
    bare = layer.param("activation") is None and not end
    subject: Subject = "layer setting" if recurrent or bare else "head activation" if end else "activation"
    for name in ("relu", "sigmoid") if recurrent or end else ("tanh", "relu", None):
        yield subject, f"giving {{}} {f'activation {name}' if name else 'no activation'}", {"activation": name}


def _settings(layer: Layer) -> Iterator[ChangedParameters]:
    """Initializers, and other values of settings that the class of a layer has."""
    if layer.kind == "Bidirectional":
        mode = "sum" if layer.param("merge_mode", "concat") != "sum" else "concat"
        yield f"building {{}} with merge_mode={mode}", {"merge_mode": mode}
    if layer.kind in WRAPPED:
        return
    fields = LAYERS.get(layer.kind, {})
    for words, params in SETTINGS:
        if params.keys() <= fields.keys() and any(layer.param(name) != value for name, value in params.items()):
            yield words, params
    changes: list[tuple[str, Value]] = []
    for name in COUNTS:
        value = layer.param(name)
        more = [size + 1 for size in (value if isinstance(value, tuple) else (value,)) if isinstance(size, int)]
        if more:
            changes.append((name, tuple(more) if isinstance(value, tuple) else more[0]))
    if "padding" in fields and "kernel_size" in fields:
        changes.append(("padding", "same" if layer.param("padding", "valid") == "valid" else "valid"))
    for name, new in changes:
        yield f"building {{}} with {name}={new}", {name: new}


def _in_its_place(layer: Layer, is_output: bool) -> Iterator[tuple[Subject, str, Layer]]:
    """Another activation, or a class that is easily taken for that of a layer."""
    for name in ("tanh", "sigmoid") if _is_activation(layer) else ():
        activation = Layer(layer.name, "Activation", (("activation", name),))
        yield "head activation" if is_output else "activation", name, activation
    kind = OTHER_CLASSES.get(layer.kind)
    if kind is not None and {name for name, _ in layer.params} <= LAYERS[kind].keys():
        params = dict(layer.params)
        if layer.kind in NORMALIZATIONS:
            params.pop("axis", None)  # one axis or several, by the class; the last one by default
        if kind.startswith("AveragePooling"):  # only `MaxPooling` has a size by default
            params.setdefault("pool_size", (2,) * int(kind[-2]))
        yield "layer class", kind, replace(layer, kind=kind, params=tuple(sorted(params.items())))


def _additions(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """The network with one more layer after a hidden one: its twin, or one that changes something."""
    layer = graph.layer_of(call)
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
    number, layer = graph.calls[call].layer, graph.layer_of(call)
    needed = is_end(graph, call) and width_parameter(layer.kind)
    if len(graph.calls_of(number)) > 1 or len(set(graph.calls[call].sources)) != 1 or needed:
        return
    head = any(tensor.call == call for tensor in graph.outputs)
    subject: Subject = (
        "dropout" if layer.kind in DROPOUTS
        else ("head activation" if head else "activation") if _is_activation(layer)
        else "depth" if width_parameter(inner(layer)[0])
        else "layer count"
    )  # fmt: skip
    yield Mutant(subject, f"dropping {_shown(layer)}", edits.bypassed(graph, call))


def _moved(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    """The normalisation after the activation in place of before it."""
    layer, after = graph.layer_of(call), readers(graph.calls)[call]
    if layer.kind in NORMALIZATIONS and len(after) == 1 and _is_activation(follower := graph.layer_of(after[0])):
        words = f"calling {_shown(layer)} after `{follower.name}`"
        yield Mutant("layer order", words, edits.swapped(graph, call, after[0]))


def _of_merge(graph: ModelGraph, call: int) -> Iterator[Mutant]:
    merge, layer = graph.calls[call], graph.layer_of(call)
    joins = len(merge.args) == 1 and isinstance(merge.args[0], tuple) and layer.kind in MERGES
    if not joins or len(merge.sources) < 2:
        return
    if len({graph.shape(tensor) for tensor in merge.sources}) == 1:
        for kind in OTHER_MERGES:
            if kind != layer.kind and (kind != "Subtract" or len(merge.sources) == 2):
                changed = edits.with_layer(graph, merge.layer, Layer(kind.lower(), kind))
                yield Mutant("merge", f"{kind} in place of `{layer.name}`", changed)
    for place, tensor in enumerate(merge.sources):
        rest = (*merge.sources[:place], *merge.sources[place + 1 :])
        joined = [edits.with_call(graph, call, replace(merge, args=(tensors,))) for tensors in (rest, (*rest, rest[0]))]
        lost, twice = map(edits.pruned, joined)
        yield Mutant("merge", f"leaving `{_name(graph, tensor)}` out of `{layer.name}`", lost)
        yield Mutant("wiring", f"joining another branch twice in place of `{_name(graph, tensor)}`", twice)


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
            read = {tensor for reader in changed.calls for tensor in reader.sources}
            if len(edits.pruned(changed).calls) == len(graph.calls) and read.issuperset(changed.inputs):
                yield Mutant("wiring", f"calling `{layer.name}` on `{_name(graph, new)}`", changed)


def _sharing(graph: ModelGraph) -> Iterator[Mutant]:
    for number, layer in enumerate(graph.layers):
        for call in graph.calls_of(number)[1:]:
            grown = replace(graph, layers=(*graph.layers, replace(layer, name=f"{layer.name}_of_its_own")))
            changed = edits.with_call(grown, call, replace(graph.calls[call], layer=len(graph.layers)))
            yield Mutant("sharing", f"a layer of its own for a call of `{layer.name}`", changed)
    # One layer called twice in place of two equal ones. Where another is shared, `shared` finds that: it is wiring.
    wide = [number for number, call in enumerate(graph.calls) if width_parameter(graph.layers[call.layer].kind)]
    is_shared = any(len(graph.calls_of(graph.calls[number].layer)) > 1 for number in wide)
    for first, second in itertools.combinations(wide, 2):
        (early, common), (late, twin) = ((graph.calls[number], graph.layer_of(number)) for number in (first, second))
        shapes = [[graph.shape(tensor) for tensor in call.sources] for call in (early, late)]
        if early.layer != late.layer and replace(common, name=twin.name) == twin and shapes[0] == shapes[1]:
            changed = edits.with_call(graph, second, replace(late, layer=early.layer))
            whole = edits.with_calls(changed, list(range(len(changed.calls))))
            yield Mutant(
                "wiring" if is_shared else "sharing", f"calling `{common.name}` in place of `{twin.name}`", whole
            )


def _inputs(graph: ModelGraph) -> Iterator[Mutant]:
    if len(graph.inputs) > 1:
        turned = replace(graph, inputs=graph.inputs[::-1], input_names=graph.input_names[::-1])
        yield Mutant("input order", "giving the inputs in the other order", turned)
    another = replace(graph.layer_of(graph.inputs[0].call), name="another_input")
    extra, new = edits.appended(graph, another, (), graph.shape(graph.inputs[0]))
    more = replace(extra, inputs=(*extra.inputs, new), input_names=(*extra.input_names, "another_input"))
    yield Mutant("input count", "an input that nothing reads", more)
    for tensor in graph.inputs:
        number, name = graph.calls[tensor.call].layer, _name(graph, tensor)
        reading = [call.layer for call in graph.calls if tensor in call.sources]
        if all(len(graph.calls_of(reader)) == 1 for reader in reading):
            shape = _widened(graph.shape(tensor))
            wider = edits.with_params(graph, number, batch_shape=shape)
            yield Mutant("input shape", f"giving `{name}` shape {shape[1:]}", wider)
        if graph.layers[number].param("dtype", "float32") != "float32":
            typed = edits.with_params(graph, number, dtype="float32")
            yield Mutant("input type", f"giving `{name}` type float32", typed)
        other_inputs = [other for other in graph.inputs if other != tensor]
        for reader, call in enumerate(graph.calls if other_inputs else ()):
            if tensor in call.sources:
                changed = edits.rewired(graph, reader, tensor, other_inputs[0])
                reader_name = graph.layers[call.layer].name
                yield Mutant("input use", f"calling `{reader_name}` on another input than `{name}`", changed)


def _widened(shape: Shape) -> Shape:
    """A shape with one more in its last known axis."""
    place = max((axis for axis, size in enumerate(shape) if axis and size is not None), default=0)
    return tuple(size + 1 if axis == place and size is not None else size for axis, size in enumerate(shape))


def _outputs(graph: ModelGraph) -> Iterator[Mutant]:
    ends = graph.outputs
    another = replace(graph.layer_of(ends[-1].call), name="another_output")
    extra, new = edits.appended(graph, another, graph.calls[ends[-1].call].args, graph.shape(ends[-1]))
    more = replace(extra, outputs=(*extra.outputs, new), output_names=(*extra.output_names, "another_output"))
    yield Mutant("head count", "one more output", more)
    if len(ends) < 2:
        return
    for place, tensor in enumerate(ends):
        rest, names = list(ends), list(graph.output_names)
        del rest[place], names[place]
        fewer = edits.pruned(replace(graph, outputs=tuple(rest), output_names=tuple(names)))
        yield Mutant("head count", f"leaving out the output `{_name(graph, tensor)}`", fewer)
    turned = replace(graph, outputs=ends[::-1], output_names=graph.output_names[::-1])
    yield Mutant("output order", "giving the outputs in the other order", turned)
    repeated = edits.pruned(replace(graph, outputs=(ends[0],) * len(ends)))
    yield Mutant("head count", "giving the first output for all", repeated)
