"""`ModelGraph` to and from plain JSON data, exactly: what is encoded and decoded again is equal.

Every tuple becomes a list; the few values that are not plain get a one-key object (`{"tensor": [3, 0]}`), which no
plain value can be mistaken for, since layers hold no dictionaries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.domain import Array, Call, Configured, Layer, ModelGraph, Slice, Tensor


def encode_graph(graph: ModelGraph) -> dict[str, Any]:
    """A graph as JSON data."""
    return {
        "name": graph.name,
        "kind": graph.kind,
        "layers": [
            {"name": layer.name, "kind": layer.kind, "params": _pairs(layer.params), "frozen": layer.frozen,
             "untrainable": layer.untrainable, **_display(layer)}
            for layer in graph.layers
        ],
        "calls": [
            {"layer": call.layer, "args": [_encode(arg) for arg in call.args], "kwargs": _pairs(call.kwargs),
             "shapes": [list(shape) for shape in call.shapes]}
            for call in graph.calls
        ],
        "inputs": [[tensor.call, tensor.output] for tensor in graph.inputs],
        "outputs": [[tensor.call, tensor.output] for tensor in graph.outputs],
        "input_names": list(graph.input_names),
        "output_names": list(graph.output_names),
        "outputs_ordered": graph.outputs_ordered,
        "parameters": graph.parameters,
        **({} if graph.inputs_ordered else {"inputs_ordered": False}),
    }  # fmt: skip


def decode_graph(data: Mapping[str, Any]) -> ModelGraph:
    """The graph that `encode_graph` encoded."""
    return ModelGraph(
        name=data["name"],
        kind=data["kind"],
        layers=tuple(
            Layer(item["name"], item["kind"], _unpairs(item["params"]), item["frozen"], item["untrainable"],
                  item.get("weights"), tuple(item.get("path", ())))
            for item in data["layers"]
        ),
        calls=tuple(
            Call(item["layer"], tuple(_decode(arg) for arg in item["args"]), _unpairs(item["kwargs"]),
                 tuple(tuple(shape) for shape in item["shapes"]))
            for item in data["calls"]
        ),
        inputs=tuple(Tensor(*pair) for pair in data["inputs"]),
        outputs=tuple(Tensor(*pair) for pair in data["outputs"]),
        input_names=tuple(data["input_names"]),
        output_names=tuple(data["output_names"]),
        outputs_ordered=data["outputs_ordered"],
        parameters=data["parameters"],
        inputs_ordered=data.get("inputs_ordered", True),
    )  # fmt: skip


def serialise(graph: ModelGraph) -> str:
    """One text for one graph, character by character reproducible; display names are left out."""
    data = encode_graph(graph)
    for layer in data["layers"]:
        for key in ("name", "weights", "path"):
            layer.pop(key, None)
    for key in ("name", "input_names", "output_names"):
        del data[key]
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _display(layer: Layer) -> dict[str, Any]:
    """The display names, if there are any."""
    known = {"weights": layer.weights, "path": list(layer.path)}
    return {key: value for key, value in known.items() if value not in (None, [], "")}


def _pairs(pairs: tuple[tuple[str, Any], ...]) -> list[list[Any]]:
    return [[name, _encode(value)] for name, value in pairs]


def _unpairs(pairs: list[list[Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _decode(value)) for name, value in pairs)


def _encode(value: Any) -> Any:
    match value:
        case tuple():
            return [_encode(item) for item in value]
        case Tensor():
            return {"tensor": [value.call, value.output]}
        case Slice():
            return {"slice": [value.start, value.stop, value.step]}
        case Array():
            return {"array": _encode(value.values)}
        case Configured():
            return {"configured": [value.kind, _pairs(value.params)]}
        case _:
            return value


def _decode(value: Any) -> Any:
    match value:
        case list():
            return tuple(_decode(item) for item in value)
        case {"tensor": [call, output]}:
            return Tensor(call, output)
        case {"slice": [start, stop, step]}:
            return Slice(start, stop, step)
        case {"array": values}:
            return Array(_decode(values))
        case {"configured": [kind, params]}:
            return Configured(kind, _unpairs(params))
        case _:
            return value
