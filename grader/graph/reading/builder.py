"""A graph while it is read: its layers and calls, the bounds on them, and what a recording claims of their shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.domain import Argument, Array, Call, Layer, Shape, Slice, Tensor, tensors
from grader.domain.graph import is_dict
from grader.graph.reading.catalogue import ValueRefused, shown
from grader.graph.reading.layers import is_operation, read_layer
from grader.graph.reading.parameters import JOINS, joined_axis

Key = tuple[str, int]
LONGEST_NAME = 80
MAX_DESCRIBED = 1_500  # layers or calls of any network; the largest of keras.applications has 1,039
MAX_ENDS = 64  # inputs or outputs of any network: each output is compared with each input, and with each other one
MAX_READ = 10_000  # tensors that all its calls together are given
MAX_NESTED = 500_000  # parts of the descriptions of nested models, counted again for each call of one
_MAX_CLAIMED = 2**50


def inbound_shapes(part: Any) -> Iterator[tuple[Key, int, Any]]:
    """The tensors that a part of a config refers to, each with its claimed shape."""
    for tensor in _keras_tensors(part):
        key, index = _keras_history(tensor)
        yield key, index, tensor["config"].get("shape")


def _keras_tensors(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, dict):
        if part.get("class_name") == "__keras_tensor__":
            yield part
        else:
            for item in part.values():
                yield from _keras_tensors(item)
    elif isinstance(part, list):
        for item in part:
            yield from _keras_tensors(item)


def _keras_history(part: Mapping[str, Any]) -> tuple[Key, int]:
    config = part.get("config")
    history = config.get("keras_history") if isinstance(config, dict) else None
    match history:
        case [str(name), int(node), int(index)]:
            return (name, node), index
    raise ValueRefused("a tensor of the network has no known source")


def references(part: Any) -> Iterator[tuple[str, Key, int]]:
    """The tensors of `input_layers` or `output_layers`, with their names, in Keras's order: a dict goes by its keys."""
    match part:
        case [str(name), int(node), int(index)]:
            yield name, (name, node), index
        case dict():
            for label, item in sorted(part.items()):
                for _, key, index in references(item):
                    yield str(label), key, index
        case list():
            for item in part:
                yield from references(item)
        case _:
            raise ValueRefused("the inputs or outputs of the network cannot be read")


def read_argument(part: Any, find: Callable[[Key, int], Tensor]) -> Any:
    """An argument of a call; `find` has its tensors.

    A dict becomes pairs of a name and a value, in the order of the names, as in Keras.
    """
    match part:
        case {"class_name": "__keras_tensor__"}:
            return find(*_keras_history(part))
        case {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}:
            if not all(item is None or type(item) is int for item in (start, stop, step)):
                raise ValueRefused("a slice of a tensor needs whole numbers")
            return Slice(start, stop, step)
        case {"class_name": "__numpy__" | "__tensor__", "config": {"value": value}}:
            return Array(_numbers(value)) if isinstance(value, list) else _numbers(value)
        case {"class_name": "__ellipsis__"}:
            return "..."
        case list():
            return tuple(read_argument(item, find) for item in part)
        case dict() if "class_name" not in part and "config" not in part:
            return tuple((str(name)[:80], read_argument(item, find)) for name, item in sorted(part.items()))
        case None | bool() | int() | str():
            return part
        case float() if math.isfinite(part):
            return part
    raise ValueRefused(f"a layer is called on {shown(part)}, which is not plain data")


def fed(args: Argument, names: Sequence[str]) -> list[Tensor]:
    """The tensors for the inputs `names` of a nested model: by name where it is called on a dict, else as they come."""
    match args:
        case (tuple() as items,) if is_dict(items) and {name for name, _ in items} >= set(names):
            named = dict(items)
            return [tensor for name in names for tensor in tensors(named[name])]
    return list(tensors(args))


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_numbers(item) for item in value)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueRefused("a constant of the network is not a finite number")
    return float(value)


def is_shape(value: Any) -> bool:
    """Whether a list or tuple can be a shape: even a computed one can have too many or impossible axes."""
    return (
        isinstance(value, list | tuple)
        and len(value) <= 16
        and all(size is None or (type(size) is int and 0 <= size <= _MAX_CLAIMED) for size in value)
    )


def fitting(claimed: Any, shape: Shape) -> bool:
    """Whether the computed shape and the claimed one can be the same; the batch axis does not count."""
    if not is_shape(claimed) or not shape:
        return True
    sizes = zip(claimed[1:], shape[1:], strict=False)
    return len(claimed) == len(shape) and all(claim in (None, size) or size is None for claim, size in sizes)


@dataclass
class Builder:
    """Layers and calls so far; `layer_numbers` recognises a layer that is called again.

    A layer is known by its path, or by the number of its `object` if it is in several models: two layers of one name
    may be in two nested models, and so may be one layer.
    """

    layers: list[Layer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    layer_numbers: dict[tuple[str, ...] | int, int] = field(default_factory=dict)
    nested: int = 0
    read: int = 0

    def enter(self, config: Mapping[str, Any]) -> None:
        """Count one more reading of a nested model: a short description can contain an enormous number of them."""
        waiting: list[Any] = [config]
        while waiting:
            part = waiting.pop()
            waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
            self.nested += 1
            if self.nested > MAX_NESTED:
                raise ValueRefused("models inside the network are called too often to be checked; use fewer of them")

    def call(
        self,
        path: tuple[str, ...],
        entry: Mapping[str, Any],
        args: tuple[Argument, ...],
        kwargs: tuple[tuple[str, Argument], ...],
        claimed: Any = None,
    ) -> int:
        """The number of a new call; `claimed` are the shapes that it returns, by the recording, which is untrusted.

        The trainer confirms them, and the number of weights, before a check relies on one, see `described`. Where a
        layer cannot be built, the claim stands, as for a layer of their own that a student could have written, but such
        a layer makes no output.
        """
        identity = entry.get("object")
        key = identity if type(identity) is int else path
        number = self.layer_numbers.get(key)
        around = tuple(map(_displayed, path[:-1]))
        if number is None:
            number = self.layer_numbers[key] = len(self.layers)
            layer = read_layer(entry)
            weights = 0 if layer.kind == "InputLayer" or is_operation(entry) else entry.get("weights")
            weights = weights if type(weights) is int and 0 <= weights <= _MAX_CLAIMED else None
            self.layers.append(replace(layer, path=around, weights=weights))
        elif key != path:
            self._meet_again(number, read_layer(entry), around)
        if max(len(self.layers), len(self.calls)) >= MAX_DESCRIBED:
            raise ValueRefused(f"the network has more than {MAX_DESCRIBED:,} layers, too many to be checked")
        call = Call(number, args, kwargs)
        self.read += len(call.sources)
        if self.read > MAX_READ:
            raise ValueRefused(f"the layers of the network read more than {MAX_READ:,} tensors, too many to be checked")
        self._refuse_call(number, call)
        self.calls.append(replace(call, shapes=_shapes(self.layers[number], claimed)))
        return len(self.calls) - 1

    def _refuse_call(self, number: int, call: Call) -> None:
        """Mark a layer as untrainable that is called in a way which is not graded."""
        layer, reason = self.layers[number], ""
        if any(map(is_dict, call.args)):
            reason = "it is called on a dict; call it on a tensor or a list"
        elif layer.kind in JOINS and (shapes := [self.shape(tensor) for tensor in call.sources]) and shapes[0]:
            axis = joined_axis(layer.kind, layer.param("axis"))
            if not isinstance(axis, int):
                reason = "tensors are joined into one long vector over the whole batch; write `axis=-1`"
            elif axis % len(shapes[0]) == 0:
                reason = "tensors are joined along the batch axis; write `axis=-1`"
        if reason:
            self.layers[number] = replace(layer, untrainable=layer.untrainable or f"`{layer.name}`: {reason}")

    def _meet_again(self, number: int, layer: Layer, around: tuple[str, ...]) -> None:
        """A layer in another model: both descriptions must be identical, as Keras writes them."""
        earlier = self.layers[number]
        described = layer.untrainable and earlier.untrainable  # descriptions of a student's own class may differ
        alike = layer.params == earlier.params or described
        if not alike or (layer.name, layer.kind, layer.frozen) != (earlier.name, earlier.kind, earlier.frozen):
            raise ValueRefused("two different layers of the network claim to be the same layer")
        path = tuple(name for name, new in zip(earlier.path, around, strict=False) if name == new)
        self.layers[number] = replace(earlier, path=path)

    def lookup(self, results: Mapping[Key, list[Tensor]], key: Key, index: int) -> Tensor:
        """One of the results of a call; refused if the call is not known to give it."""
        outputs = results.get(key, [])
        if outputs and 0 <= index < 64:
            tensor = outputs[index] if index < len(outputs) else Tensor(outputs[0].call, index)
            shapes = self.calls[tensor.call].shapes
            if not shapes or tensor.output < len(shapes):
                return tensor
        raise ValueRefused(f"the network refers to output {index} of `{key[0][:LONGEST_NAME]}`, which it does not have")

    def shape(self, tensor: Tensor) -> Shape:
        shapes = self.calls[tensor.call].shapes
        return shapes[tensor.output] if tensor.output < len(shapes) else ()


def _displayed(part: str) -> str:
    """A nested model's name; inside a Sequential model its number comes before it."""
    return (part.partition(":")[2] if part.partition(":")[0].isdigit() else part)[:LONGEST_NAME]


def _shapes(layer: Layer, claimed: Any) -> tuple[Shape, ...]:
    """What is claimed of a call's results; an input has its shape in its parameters."""
    shape: Any = layer.param("batch_shape")
    if layer.kind == "InputLayer":
        return (shape,) if isinstance(shape, tuple) else ()
    shapes = claimed if isinstance(claimed, list) else []
    return tuple(tuple(shape) for shape in shapes[:64]) if all(map(is_shape, shapes)) else ()


def count_parameters(layers: Iterable[Layer]) -> int | None:
    """All weights; `None` if those of a layer are not known for certain."""
    counts = [None if layer.untrainable else layer.weights for layer in layers]
    return None if None in counts else sum(count for count in counts if count is not None)
