"""A model's config, as untrusted plain data, to a `ModelGraph`; without Keras, by allow-list.

Two tiers. Whatever can be read as layers and edges is *describable*: class, plain parameters, edges. A layer is
*trainable* only where the catalogue has its class and every parameter fits the schema; any other keeps a reason.
A config that is no graph at all (cycle, unknown reference, too large) is a `Rejection`, never an exception.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from grader.domain import Argument, Call, Layer, ModelGraph, Tensor, ancestors, readers, tensors
from grader.graph.edits import reading, sorted_calls, with_calls
from grader.graph.reading.builder import (
    LONGEST_NAME,
    MAX_ENDS,
    Builder,
    Key,
    count_parameters,
    fed,
    fitting,
    inbound_shapes,
    read_argument,
    references,
)
from grader.graph.reading.catalogue import AUGMENTING, ValueRefused
from grader.graph.reading.cost import bounded
from grader.graph.reading.layers import read_layer

MAX_DEPTH = 20
Named = list[tuple[str, Tensor]]
_EMBEDDINGS = frozenset({"Embedding", "ReversibleEmbedding"})
_FOLLOWING = frozenset({"ops.Any", "ops.Concatenate", "ops.ConvertToTensor", "ops.ExpandDims", "ops.LogicalOr"})
"""What Keras computes of masks, in `compute_mask` of its layers."""
_MASKS = frozenset({"mask", "query_mask", "value_mask", "key_mask"})  # arguments of calls


@dataclass(frozen=True)
class Rejection:
    """Why a config is not a network that can be checked, in words for the student."""

    reason: str


def parse(config: Mapping[str, Any]) -> ModelGraph | Rejection:
    """Read what `get_config` of a Functional or Sequential model said."""
    builder = Builder()
    try:
        inputs, outputs = _expand(builder, config, None, ())
        if not outputs:
            raise ValueRefused("the network has no output; list its outputs in `Model(inputs=…, outputs=…)`")
        for ends, noun in ((inputs, "inputs"), (outputs, "outputs")):
            if len(ends) > MAX_ENDS:
                raise ValueRefused(f"the network has {len(ends):,} {noun}; at most {MAX_ENDS} can be checked")
        graph = without_masks(_graph(config, builder, inputs, outputs))
        return bounded(replace(graph, parameters=count_parameters(graph.layers)))
    except ValueRefused as refusal:
        return Rejection(str(refusal))
    except RecursionError:
        return Rejection("the network is nested too deeply to be read")
    except Exception:  # forged parameters may break arithmetic that is safe for configs from Keras
        return Rejection("its description does not have the form that Keras writes")


def with_unused(
    graph: ModelGraph,
    entries: Iterable[Mapping[str, Any]],
    inputs: int | None = None,
    results: Mapping[str, tuple[str, int]] | None = None,
) -> ModelGraph:
    """The network with calls that lead to no output of it, from untrusted entries; a call that cannot be read is left
    out, and one of which it is not known what it reads is given nothing.

    Where the network has as many `inputs` as the task, what has no connection with it is a draft of something else. In
    place of inputs that are `results`, it has those that these are computed from.
    """
    results = results or {}
    if inputs is not None and len(graph.inputs) >= inputs:
        entries = _connected(graph, [*entries], {name for name, _ in results.values()})
    builder, numbers = Builder([*graph.layers], [*graph.calls]), dict[str, list[int]]()
    for number, call in enumerate(graph.calls):
        numbers.setdefault(graph.layers[call.layer].name, []).append(number)
    types = {"class_name": str, "name": str, "config": dict}
    waiting = [entry for entry in entries if all(isinstance(entry.get(name), kind) for name, kind in types.items())]
    while waiting:
        names = {entry["name"] for entry in waiting}
        entry = next((entry for entry in waiting if names.isdisjoint(name for name, _ in _reads(entry))), waiting[0])
        waiting.remove(entry)
        read = _reads(entry)
        sources = tuple(Tensor(numbers[name][place]) for name, place in read if 0 <= place < len(numbers.get(name, ())))
        args = () if len(sources) < len(read) else (sources,) if len(sources) > 1 else sources
        with contextlib.suppress(ValueRefused):
            if not read_layer(entry).untrainable:
                number = builder.call((entry["name"],), entry, args, (), entry.get("shapes"))
                numbers.setdefault(entry["name"], []).append(number)
    whole = replace(graph, layers=tuple(builder.layers), calls=tuple(builder.calls))
    known = {name: numbers.get(layer, [])[place:] for name, (layer, place) in results.items()}
    return _from_inputs(
        whole, {numbers[name][0]: calls[0] for name, calls in known.items() if calls and name in numbers}
    )


def _from_inputs(graph: ModelGraph, results: Mapping[int, int]) -> ModelGraph:
    """The network with results in place of some inputs, and the inputs from which these are computed."""
    behind = {clone: ancestors(graph.calls, [number]) for clone, number in results.items()}
    results = {clone: number for clone, number in results.items() if results.keys().isdisjoint(behind[clone])}
    if not results:
        return graph
    starts = [ancestors(graph.calls, [results.get(tensor.call, tensor.call)]) for tensor in graph.inputs]
    inputs = dict.fromkeys(n for calls in starts for n in calls if graph.layer_of(n).kind == "InputLayer")
    ends = replace(graph, inputs=tuple(map(Tensor, inputs)), input_names=tuple(graph.layer_of(n).name for n in inputs))
    read = reading(ends, lambda _, tensor: Tensor(results[tensor.call]) if tensor.call in results else tensor)
    names = {graph.layer_of(number).name for number in results}
    ordered = sorted_calls(read)
    return with_calls(ordered, [n for n in range(len(ordered.calls)) if ordered.layer_of(n).name not in names])


def _connected(
    graph: ModelGraph, entries: Sequence[Mapping[str, Any]], names: Collection[str]
) -> list[Mapping[str, Any]]:
    """All but an `Input`, and what reads it, without any connection with the network, or with layers of these names."""
    there, waiting = {*names, *(layer.name for layer in graph.layers)}, list(entries)

    def is_linked(entry: Mapping[str, Any]) -> bool:
        names = {str(entry.get("name")), *dict(_reads(entry))}
        return bool(names & there) or (len(names) == 1 and entry.get("class_name") != "InputLayer")

    while linked := [entry for entry in waiting if is_linked(entry)]:
        there |= {name for entry in linked for name in (str(entry.get("name")), *dict(_reads(entry)))}
        waiting = [entry for entry in waiting if entry not in linked]
    return [entry for entry in entries if entry not in waiting]


def _reads(entry: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The calls that a call reads: the name of the layer, and which of its calls."""
    calls = []
    reads = entry.get("reads")
    for read in reads if isinstance(reads, list) else ():
        match read:
            case [str(name), int(place)]:
                calls.append((name, place))
    return calls


def _graph(config: Mapping[str, Any], builder: Builder, inputs: Named, outputs: Named) -> ModelGraph:
    return ModelGraph(
        name=str(config.get("name", ""))[:LONGEST_NAME],
        kind="Functional" if "input_layers" in config else "Sequential",
        layers=tuple(builder.layers),
        calls=tuple(builder.calls),
        inputs=tuple(tensor for _, tensor in inputs),
        outputs=tuple(tensor for _, tensor in outputs),
        input_names=tuple(name[:LONGEST_NAME] for name, _ in inputs),
        output_names=tuple(name[:LONGEST_NAME] for name, _ in outputs),
        outputs_ordered=not isinstance(config.get("output_layers"), dict),
        inputs_ordered=not isinstance(config.get("input_layers"), dict),
    )


def _expand(
    builder: Builder, config: Mapping[str, Any], sources: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named]:
    """Add a model's calls; `sources` are the tensors that a nested model is called on. Inputs and outputs, by name."""
    if len(path) > MAX_DEPTH:
        raise ValueRefused(f"models are nested more than {MAX_DEPTH} deep; call the layers of the inner ones directly")
    if path:
        builder.enter(config)
    if not isinstance(config.get("layers"), list):
        raise ValueRefused("the model does not list its layers; only Functional and Sequential models can be read")
    if "input_layers" in config:
        return _expand_functional(builder, config, sources, path)
    return _expand_sequential(builder, config, sources, path)


def _expand_sequential(
    builder: Builder, config: Mapping[str, Any], sources: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named]:
    entries = [_entry(item) for item in config["layers"]]
    start: Named = []
    if sources is None:
        if not entries or entries[0]["class_name"] != "InputLayer":
            entries.insert(0, _implied_input(config))
        name = str(entries[0]["config"].get("name", "input"))
        sources = [Tensor(builder.call((*path, name), entries[0], (), ()))]
        start = [(name, sources[0])]
    current = sources
    fits = len(sources) == 1 and fitting(config.get("build_input_shape"), builder.shape(sources[0]))
    for number, entry in enumerate(entries):
        if entry["class_name"] != "InputLayer":
            claimed = entry.get("shapes") if fits else None
            current = _apply(builder, entry, (*path, f"{number}:{entry['name']}"), tuple(current), (), claimed)
    last = str(entries[-1]["name"]) if entries else "output"
    return start, [(last, tensor) for tensor in current]


def _implied_input(config: Mapping[str, Any]) -> dict[str, Any]:
    shape = config.get("build_input_shape")
    if not isinstance(shape, list):
        raise ValueRefused(
            "a `Sequential` was given no shape; let it begin with an `Input` for what it reads, or call it on a tensor"
        )
    inner = {"batch_shape": shape, "name": "input", "dtype": "float32"}
    return {"class_name": "InputLayer", "module": "keras.layers", "name": "input", "config": inner}


def _apply(
    builder: Builder,
    entry: Mapping[str, Any],
    path: tuple[str, ...],
    args: tuple[Argument, ...],
    kwargs: tuple[tuple[str, Argument], ...],
    claimed: Any,
) -> list[Tensor]:
    """One call of a layer or of a nested model; the tensors it returns."""
    config = entry["config"]
    if isinstance(config.get("layers"), list) and entry["class_name"] != "Pipeline":
        names = [name for name, _, _ in references(config.get("input_layers", []))]
        _, outputs = _expand(builder, config, fed(args or (dict(kwargs).get("inputs"),), names), path)
        return [tensor for _, tensor in outputs]
    number = builder.call(path, entry, args, kwargs, claimed)
    return [Tensor(number, output) for output in range(max(1, len(builder.calls[number].shapes)))]


def _expand_functional(
    builder: Builder, config: Mapping[str, Any], sources: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named]:
    entries = {entry["name"]: entry for entry in map(_entry, config["layers"])}
    if len(entries) != len(config["layers"]):
        raise ValueRefused("two layers of the network have the same name")
    results: dict[Key, list[Tensor]] = {}
    input_keys = [(name, key) for name, key, _ in references(config["input_layers"])]
    if sources is not None:
        if len(sources) != len(input_keys):
            raise ValueRefused(f"a nested model with {len(input_keys)} inputs is called on {len(sources)} tensors")
        results.update({key: [tensor] for (_, key), tensor in zip(input_keys, sources, strict=True)})
    find = partial(builder.lookup, results)
    for key, node in _sorted_nodes(entries, results):
        entry = entries[key[0]]
        args, kwargs = node.get("args", []), node.get("kwargs", {})
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise ValueRefused(f"the call of `{key[0]}` cannot be read")
        options = {name: value for name, value in kwargs.items() if not _says_nothing(entry["class_name"], name, value)}
        named = read_argument(options, find)
        inbound = inbound_shapes(node)
        fits = all(fitting(shape, builder.shape(find(source, index))) for source, index, shape in inbound)
        claimed = node.get("shapes") if fits else None
        results[key] = _apply(builder, entry, (*path, key[0]), read_argument(args, find), named, claimed)
    outputs = [
        (name, find(_counted_from_zero(key, entries), index))
        for name, key, index in references(config["output_layers"])
    ]
    return [(name, find(key, 0)) for name, key in input_keys], outputs


def _says_nothing(kind: str, name: str, value: Any) -> bool:
    """Keras fills in `training=False` by itself, and overrides it in training; augmentation has `True` by default."""
    return value is None or (name == "training" and (value is False or (value is True and kind in AUGMENTING)))


def _counted_from_zero(key: Key, entries: Mapping[str, Any]) -> Key:
    """Keras counts the calls of a nested Functional model from 1 here, and from 0 everywhere else."""
    nested = "input_layers" in entries.get(key[0], {"config": {}})["config"]
    return (key[0], key[1] - 1) if nested else key


def _entry(item: Any) -> dict[str, Any]:
    """A layer's entry, after checking name, class and config."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise ValueRefused("a layer of the network cannot be read")
    config = item.get("config")
    config = config if isinstance(config, dict) else {}
    name = item.get("name", config.get("name"))
    return {**item, "config": config, "name": name if isinstance(name, str) else item["class_name"]}


def _sorted_nodes(entries: Mapping[str, Any], done: Mapping[Key, Any]) -> list[tuple[Key, Mapping[str, Any]]]:
    """Every call not yet done, each after what it depends on and the earlier ones of its layer."""
    waiting: dict[Key, Mapping[str, Any]] = {}
    for name, entry in entries.items():
        nodes = entry.get("inbound_nodes") or ([{}] if entry["class_name"] == "InputLayer" else [])
        if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
            raise ValueRefused(f"the calls of `{name}` cannot be read")
        waiting.update({(name, i): node for i, node in enumerate(nodes) if (name, i) not in done})
    sorter: TopologicalSorter[Key] = TopologicalSorter(dict.fromkeys(waiting, ()))
    for (name, number), node in waiting.items():
        earlier = {(name, number - 1)} & waiting.keys()
        sorter.add((name, number), *earlier, *({source for source, _, _ in inbound_shapes(node)} - set(done)))
    with contextlib.suppress(CycleError, KeyError):
        return [(key, waiting[key]) for key in sorter.static_order()]
    raise ValueRefused("the layers of the network form a cycle, or refer to a call that does not exist")


def without_masks(graph: ModelGraph) -> ModelGraph:
    """The network without the masks that Keras adds by itself, which are nothing that anybody wrote.

    After `Embedding(mask_zero=True)` or `Masking()`, a config has `not_equal(inputs, 0)` as an operation of its own,
    more operations where branches are joined, and `mask=` in each call that takes one. They follow from the layers: a
    network that is built from these layers has them again. A class that is not Keras's may mask too, in a way of its
    own. A mask that a student computes otherwise stays.
    """
    masks = _automatic(graph.layers, graph.calls)
    if not masks:
        return graph
    calls = [
        replace(call, kwargs=tuple(kwarg for kwarg in call.kwargs if not _gives(kwarg, masks))) for call in graph.calls
    ]
    ends = [tensor.call for tensor in (*graph.inputs, *graph.outputs)]
    ends += [number for number, after in enumerate(readers(calls)) if not after and number not in masks]
    return with_calls(replace(graph, calls=tuple(calls)), ancestors(calls, ends))


def _automatic(layers: Sequence[Layer], calls: Sequence[Call]) -> set[int]:
    """The calls that compute a mask as Keras does for a layer that masks the same tensor."""
    masking = [(call.args[0], layers[call.layer]) for call in calls if call.args]
    hidden = {(read, _masked_value(layer)) for read, layer in masking}
    own = {read for read, layer in masking if layer.opaque}
    opaque = any(layer.opaque for layer in layers)  # whose masks are anything, and whose network is only shown
    masks: set[int] = set()
    for number, call in enumerate(calls):
        kind = layers[call.layer].kind
        if kind == "ops.NotEqual":
            match call.args:
                case (Tensor() as read, int() | float() as value) if (read, float(value)) in hidden or read in own:
                    masks.add(number)
            continue
        follows = kind in _FOLLOWING or (opaque and kind.startswith("ops."))
        if follows and any(tensor.call in masks for tensor in call.sources):
            masks.add(number)
    return masks


def _masked_value(layer: Layer) -> float | None:
    """What a layer hides of the tensor that it reads; `None` if it hides nothing."""
    if layer.kind == "Masking":
        value = layer.param("mask_value", 0.0)
        return value if isinstance(value, float) else None
    return 0.0 if layer.kind in _EMBEDDINGS and layer.param("mask_zero") is True else None


def _gives(kwarg: tuple[str, Any], masks: Collection[int]) -> bool:
    """Whether an argument of a call is such a mask, or a list of such."""
    sources = list(tensors(kwarg[1]))
    return kwarg[0] in _MASKS and bool(sources) and all(tensor.call in masks for tensor in sources)
