"""A model's config, as untrusted plain data, to a `ModelGraph`; without Keras, by allow-list.

Two tiers. Whatever can be read as layers and edges is *describable*: class, plain parameters, edges. A layer is
*trainable* only where the catalogue has its class and every parameter fits the schema; any other keeps a reason.
A config that is no graph at all (cycle, unknown reference, too large) is a `Rejection`, never an exception.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.domain import Argument, Call, Layer, ModelGraph, Shape, Tensor
from grader.graph.layers import read_layer
from grader.graph.references import Key, history, lookup, read_argument, references, tensors
from grader.graph.schema import Refused
from grader.graph.shapes import output_shapes
from grader.graph.weights import weight_count

MAX_LAYERS = 500
MAX_CALLS = 1000
MAX_DEPTH = 8
MAX_PARAMETERS = 5_000_000
MAX_ELEMENTS = 50_000_000  # of one activation, for a batch of 32


@dataclass(frozen=True)
class Rejection:
    """Why a config is no network that can be looked at, in words for the student."""

    reason: str


@dataclass
class _Builder:
    """Layers and calls so far; `layer_numbers` keeps a nested model's layers shared over its calls."""

    layers: list[Layer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    layer_numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def call(self, path: tuple[str, ...], entry: Mapping[str, Any], args: tuple[Argument, ...], kwargs: Any) -> int:
        number = self.layer_numbers.get(path)
        if number is None:
            number = self.layer_numbers[path] = len(self.layers)
            self.layers.append(read_layer(entry))
        if len(self.layers) > MAX_LAYERS or len(self.calls) >= MAX_CALLS:
            raise Refused(f"the network has more than {MAX_LAYERS} layers or {MAX_CALLS} calls")
        self.calls.append(self._shaped(number, Call(number, args, kwargs)))
        return len(self.calls) - 1

    def _shaped(self, number: int, call: Call) -> Call:
        layer = self.layers[number]
        if layer.kind == "InputLayer":
            return Call(number, shapes=(_plain_shape(layer.param("batch_shape")),))
        inputs = [self.shape(tensor) for tensor in tensors((call.args, tuple(value for _, value in call.kwargs)))]
        shapes = None
        if not layer.untrainable and all(inputs):
            try:
                shapes = output_shapes(layer, inputs, call)
            except (Refused, TypeError, IndexError, ValueError) as refusal:
                reason = (
                    f"`{layer.name}`: {refusal}"
                    if isinstance(refusal, Refused)
                    else f"`{layer.name}`: its shapes do not fit"
                )
                self.layers[number] = Layer(layer.name, layer.kind, layer.params, layer.frozen, reason)
        return Call(number, call.args, call.kwargs, shapes or ())

    def shape(self, tensor: Tensor) -> Shape:
        shapes = self.calls[tensor.call].shapes
        return shapes[tensor.output] if tensor.output < len(shapes) else ()


def parse(config: Mapping[str, Any]) -> ModelGraph | Rejection:
    """Read what `get_config` of a Functional or Sequential model said."""
    builder = _Builder()
    try:
        inputs, outputs, ordered = _expand(builder, config, None, ())
        _check_sizes(builder)
    except Refused as refusal:
        return Rejection(str(refusal))
    except (KeyError, TypeError, ValueError, IndexError):
        return Rejection("its description is not one that Keras writes")
    except RecursionError:
        return Rejection("the network is nested too deeply to be read")
    return ModelGraph(
        name=str(config.get("name", ""))[:80],
        kind="Functional" if "input_layers" in config else "Sequential",
        layers=tuple(builder.layers),
        calls=tuple(builder.calls),
        inputs=tuple(tensor for _, tensor in inputs),
        outputs=tuple(tensor for _, tensor in outputs),
        input_names=tuple(name for name, _ in inputs),
        output_names=tuple(name for name, _ in outputs),
        outputs_ordered=ordered,
        parameters=_count_parameters(builder),
    )


Named = list[tuple[str, Tensor]]


def _expand(
    builder: _Builder, config: Mapping[str, Any], given: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named, bool]:
    """Add a model's calls; `given` are the tensors that a nested model is called on. Inputs, outputs, ordered."""
    if len(path) > MAX_DEPTH:
        raise Refused(f"models are nested more than {MAX_DEPTH} deep")
    if not isinstance(config.get("layers"), list):
        raise Refused("the model does not say which layers it has; only Functional and Sequential models can be read")
    if "input_layers" in config:
        return _expand_functional(builder, config, given, path)
    return _expand_sequential(builder, config, given, path)


def _expand_sequential(
    builder: _Builder, config: Mapping[str, Any], given: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named, bool]:
    entries = [_entry(item) for item in config["layers"]]
    start: Named = []
    if given is None:
        if not entries or entries[0]["class_name"] != "InputLayer":
            entries.insert(0, _implied_input(config))
        name = str(entries[0]["config"].get("name", "input"))
        given = [Tensor(builder.call((*path, name), entries[0], (), ()))]
        start = [(name, given[0])]
    current = given
    for number, entry in enumerate(entries):
        if entry["class_name"] != "InputLayer":
            current = _apply(builder, entry, (*path, f"{number}:{entry['name']}"), tuple(current), ())
    last = str(entries[-1]["name"]) if entries else "output"
    return start, [(last, tensor) for tensor in current], True


def _implied_input(config: Mapping[str, Any]) -> dict[str, Any]:
    shape = config.get("build_input_shape")
    if not isinstance(shape, list):
        raise Refused("the Sequential model was never given an input shape: begin it with `Input(shape=(1,))`")
    inner = {"batch_shape": shape, "name": "input", "dtype": "float32"}
    return {"class_name": "InputLayer", "module": "keras.layers", "name": "input", "config": inner}


def _apply(
    builder: _Builder, entry: Mapping[str, Any], path: tuple[str, ...], args: tuple[Argument, ...], kwargs: Any
) -> list[Tensor]:
    """One call of a layer or of a nested model; the tensors it returns."""
    config = entry["config"]
    if isinstance(config.get("layers"), list) and entry["class_name"] != "Pipeline":
        _, outputs, _ = _expand(builder, config, list(tensors(args)), path)
        return [tensor for _, tensor in outputs]
    number = builder.call(path, entry, args, kwargs)
    return [Tensor(number, output) for output in range(max(1, len(builder.calls[number].shapes)))]


def _expand_functional(
    builder: _Builder, config: Mapping[str, Any], given: list[Tensor] | None, path: tuple[str, ...]
) -> tuple[Named, Named, bool]:
    entries = {entry["name"]: entry for entry in map(_entry, config["layers"])}
    if len(entries) != len(config["layers"]):
        raise Refused("two layers of the network have the same name")
    results: dict[Key, list[Tensor]] = {}
    input_keys = [(name, key) for name, key, _ in references(config["input_layers"])]
    if given is not None:
        if len(given) != len(input_keys):
            raise Refused(f"a nested model with {len(input_keys)} inputs is called on {len(given)} tensors")
        results.update({key: [tensor] for (_, key), tensor in zip(input_keys, given, strict=True)})
    for key, node in _sorted_nodes(entries, results):
        entry = entries[key[0]]
        args, kwargs = (read_argument(part, results) for part in (node.get("args", []), node.get("kwargs", {})))
        if not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise Refused(f"the call of `{key[0]}` cannot be read")
        named = tuple(sorted((k, v) for k, v in kwargs.items() if not _says_nothing(k, v)))
        results[key] = _apply(builder, entry, (*path, key[0]), args, named)
    outputs = [
        (name, lookup(results, _counted_from_zero(key, entries), index))
        for name, key, index in references(config["output_layers"])
    ]
    inputs = [(name, lookup(results, key, 0)) for name, key in input_keys]
    return inputs, outputs, not isinstance(config["output_layers"], dict)


def _says_nothing(name: str, value: Any) -> bool:
    """Keras fills in `training=False` by itself, and overrides it in training."""
    return value is None or (name == "training" and value is False)


def _counted_from_zero(key: Key, entries: Mapping[str, Any]) -> Key:
    """Keras counts the calls of a nested Functional model from 1 here, and from 0 everywhere else."""
    nested = "input_layers" in entries.get(key[0], {"config": {}})["config"]
    return (key[0], key[1] - 1) if nested else key


def _entry(item: Any) -> dict[str, Any]:
    """A layer's entry with name, class and config made sure of."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise Refused("a layer of the network cannot be read")
    config = item.get("config")
    config = config if isinstance(config, dict) else {}
    name = item.get("name", config.get("name"))
    return {**item, "config": config, "name": name if isinstance(name, str) else item["class_name"]}


def _sorted_nodes(entries: Mapping[str, Any], done: Mapping[Key, Any]) -> list[tuple[Key, Mapping[str, Any]]]:
    """Every call not yet done, each after those it depends on (Kahn), otherwise in the order of the config."""
    waiting: dict[Key, Mapping[str, Any]] = {}
    for name, entry in entries.items():
        nodes = entry.get("inbound_nodes") or ([{}] if entry["class_name"] == "InputLayer" else [])
        if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
            raise Refused(f"the calls of `{name}` cannot be read")
        waiting.update({(name, i): node for i, node in enumerate(nodes) if (name, i) not in done})
    needs = {key: set(history(node)) - set(done) for key, node in waiting.items()}
    users: dict[Key, list[Key]] = {}
    for key, needed in needs.items():
        for other in needed:
            users.setdefault(other, []).append(key)
    order = [key for key in waiting if not needs[key]]
    for key in order:
        for user in users.get(key, ()):
            needs[user].discard(key)
            if not needs[user]:
                order.append(user)
    if len(order) != len(waiting):
        raise Refused("the layers of the network form a circle, or refer to a call that is not there")
    return [(key, waiting[key]) for key in order]


def _plain_shape(value: Any) -> Shape:
    return tuple(value) if isinstance(value, tuple) else ()


def _count_parameters(builder: _Builder) -> int | None:
    """All weights, each layer counted at its first call; `None` where one cannot be counted."""
    total = 0
    seen: set[int] = set()
    for call in builder.calls:
        if call.layer in seen:
            continue
        seen.add(call.layer)
        layer = builder.layers[call.layer]
        inputs = [builder.shape(tensor) for tensor in tensors((call.args, tuple(v for _, v in call.kwargs)))]
        count = None if layer.untrainable else weight_count(layer, inputs)
        if count is None:
            return None
        total += count
    return total


def _check_sizes(builder: _Builder) -> None:
    total = _count_parameters(builder)
    if total is not None and total > MAX_PARAMETERS:
        raise Refused(f"the network has {total:,} parameters; at most {MAX_PARAMETERS:,} can be graded")
    for call in builder.calls:
        for shape in call.shapes:
            if math.prod(size or 32 for size in shape) > MAX_ELEMENTS:
                raise Refused(
                    f"layer `{builder.layers[call.layer].name}` makes tensors of shape {shape}: too large to be graded"
                )
