"""`ModelGraph` to and from plain JSON data, exactly: what is encoded and decoded again is equal.

Every tuple becomes a list; the few values that are not plain get a one-key object (`{"tensor": [3, 0]}`), which no
plain value can be mistaken for, since layers hold no dictionaries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from grader.domain import Array, Call, Configured, Layer, ModelGraph, Slice, Tensor

_VALUES = {"tensor": Tensor, "slice": Slice, "array": Array, "configured": Configured}
_DISPLAYED = ("weights", "path")  # left out where there are none


def encode_graph(graph: ModelGraph) -> dict[str, Any]:
    """A graph as JSON data."""
    return {
        "name": graph.name,
        "kind": graph.kind,
        "layers": [_encode_layer(layer) for layer in graph.layers],
        "calls": [_encoded(call, "layer", "args", "kwargs", "shapes") for call in graph.calls],
        "inputs": [[tensor.call, tensor.output] for tensor in graph.inputs],
        "outputs": [[tensor.call, tensor.output] for tensor in graph.outputs],
        **_encoded(graph, "input_names", "output_names", "outputs_ordered", "parameters"),
        **({} if graph.inputs_ordered else {"inputs_ordered": False}),
    }


def decode_graph(data: Mapping[str, Any]) -> ModelGraph:
    """The graph that `encode_graph` encoded."""
    return ModelGraph(**{
        **_decoded(data),
        "layers": tuple(Layer(**_decoded(layer)) for layer in data["layers"]),
        "calls": tuple(Call(**_decoded(call)) for call in data["calls"]),
        "inputs": tuple(Tensor(*tensor) for tensor in data["inputs"]),
        "outputs": tuple(Tensor(*tensor) for tensor in data["outputs"]),
    })  # fmt: skip


def serialise(graph: ModelGraph) -> str:
    """One text for one graph, character by character reproducible; display names are left out."""
    data = encode_graph(graph)
    for layer in data["layers"]:
        for key in ("name", *_DISPLAYED):
            layer.pop(key, None)
    for key in ("name", "input_names", "output_names"):
        del data[key]
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encode_layer(layer: Layer) -> dict[str, Any]:
    displayed = _encoded(layer, *_DISPLAYED)
    filled = {key: value for key, value in displayed.items() if value not in (None, [])}
    return _encoded(layer, "name", "kind", "params", "frozen", "untrainable") | filled


def _encoded(part: object, *fields: str) -> dict[str, Any]:
    return {field: _encode(getattr(part, field)) for field in fields}


def _decoded(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _decode(value) for key, value in data.items()}


def _encode(value: Any) -> Any:
    match value:
        case tuple():
            return [_encode(item) for item in value]
        case Array():
            return {"array": _encode(value.values)}
        case Tensor() | Slice() | Configured():
            tag = next(tag for tag, kind in _VALUES.items() if isinstance(value, kind))
            return {tag: [_encode(getattr(value, field.name)) for field in fields(value)]}
    return value


def _decode(value: Any) -> Any:
    match value:
        case list():
            return tuple(_decode(item) for item in value)
        case {"array": values}:
            return Array(_decode(values))
        case dict() if len(value) == 1:
            ((tag, parts),) = value.items()
            return _VALUES[tag](*map(_decode, parts))
    return value
