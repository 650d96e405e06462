"""A graph while it is being read: layers and calls so far, their shapes and weights, and the sizes that are allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.domain import Argument, Call, Layer, Shape, Tensor
from grader.graph.layers import read_layer
from grader.graph.schema import Refused
from grader.graph.shapes import output_shapes
from grader.graph.weights import weight_count

MAX_LAYERS = 500
MAX_CALLS = 1000
MAX_PARAMETERS = 5_000_000
MAX_ELEMENTS = 50_000_000  # of one activation, for a batch of 32


@dataclass
class Builder:
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
        inputs = [self.shape(tensor) for tensor in call.sources]
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


def _plain_shape(value: Any) -> Shape:
    return tuple(value) if isinstance(value, tuple) else ()


def count_parameters(builder: Builder) -> int | None:
    """All weights, each layer counted at its first call; `None` where one cannot be counted."""
    total = 0
    seen: set[int] = set()
    for call in builder.calls:
        if call.layer in seen:
            continue
        seen.add(call.layer)
        layer = builder.layers[call.layer]
        inputs = [builder.shape(tensor) for tensor in call.sources]
        count = None if layer.untrainable else weight_count(layer, inputs)
        if count is None:
            return None
        total += count
    return total


def check_sizes(builder: Builder) -> None:
    """Mark what is too large to be trained; it can be described all the same."""
    total = count_parameters(builder)
    if total is not None and total > MAX_PARAMETERS:
        reason = f"the network has {total:,} parameters; at most {MAX_PARAMETERS:,} can be graded"
        builder.layers[0] = replace(builder.layers[0], untrainable=reason)
    for call in builder.calls:
        layer = builder.layers[call.layer]
        for shape in call.shapes:
            if math.prod(size or 32 for size in shape) > MAX_ELEMENTS:
                reason = f"layer `{layer.name}` makes tensors of shape {shape}: too large to be graded"
                builder.layers[call.layer] = replace(layer, untrainable=reason)
