"""How one part of a config refers to another: tensors by (layer, call, output), slices, constants; all plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.domain import Argument, Array, Slice, Tensor, tensors
from grader.graph.schema import Refused, shown

Key = tuple[str, int]


def history(part: Any) -> Iterator[Key]:
    """The calls that a part of a config refers to."""
    return (_keras_history(tensor)[0] for tensor in _keras_tensors(part))


def inbound_shapes(part: Any) -> Iterator[tuple[Key, int, Any]]:
    """The tensors that a part of a config refers to, each with the shape that it says they have."""
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
    raise Refused("a tensor of the network does not say where it comes from")


def lookup(results: Mapping[Key, list[Tensor]], key: Key, index: int) -> Tensor:
    found = results.get(key, [])
    if not found or not 0 <= index < 64:
        raise Refused(f"the network refers to output {index} of `{shown(key[0])}`, which it does not have")
    return found[index] if index < len(found) else Tensor(found[0].call, index)


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
            raise Refused("the inputs or outputs of the network cannot be read")


def read_argument(part: Any, results: Mapping[Key, list[Tensor]]) -> Any:
    """An argument of a call. A dict becomes pairs of a name and a value, in the order of the names, as in Keras."""
    match part:
        case {"class_name": "__keras_tensor__"}:
            return lookup(results, *_keras_history(part))
        case {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}:
            if not all(item is None or type(item) is int for item in (start, stop, step)):
                raise Refused("a slice of a tensor needs whole numbers")
            return Slice(start, stop, step)
        case {"class_name": "__numpy__" | "__tensor__", "config": {"value": value}}:
            return Array(_numbers(value)) if isinstance(value, list) else _numbers(value)
        case {"class_name": "__ellipsis__"}:
            return "..."
        case list():
            return tuple(read_argument(item, results) for item in part)
        case dict() if "class_name" not in part and "config" not in part:
            return tuple((str(name)[:80], read_argument(item, results)) for name, item in sorted(part.items()))
        case None | bool() | int() | str():
            return part
        case float() if math.isfinite(part):
            return part
    raise Refused(f"a layer is called on {shown(part)}, which is not plain data")


def fed(args: Argument, names: Sequence[str]) -> list[Tensor]:
    """The tensors for the inputs `names` of a nested model: by name where it is called on a dict, else as they come."""
    match args:
        case (tuple() as pairs,) if dict_like(pairs) and {name for name, _ in pairs} >= set(names):
            named = dict(pairs)
            return [tensor for name in names for tensor in tensors(named[name])]
    return list(tensors(args))


def dict_like(value: Any) -> bool:
    """Whether an argument was a dict: pairs of a name and something else."""
    items = value if isinstance(value, tuple) else ()
    return bool(items) and all(isinstance(item, tuple) and len(item) == 2 and type(item[0]) is str for item in items)


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_numbers(item) for item in value)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise Refused("a constant of the network is not a finite number")
    return float(value)
