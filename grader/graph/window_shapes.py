"""How convolutions, pooling, padding and recurrence change shapes; see `shapes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from grader.domain import Call, Layer, Shape
from grader.graph.schema import Refused
from grader.graph.shape_rules import Rule


def resize(name: str, sign: int, default: Any) -> Rule:
    """Padding and cropping: every axis grows or shrinks by a pair of amounts."""

    def rule(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
        value = layer.param(name, default)
        pairs = value if isinstance(value, tuple) else (value,) * (len(inputs[0]) - 2)
        if len(inputs[0]) == 3 and not isinstance(pairs[0], tuple):
            pairs = (pairs if len(pairs) == 2 else (pairs[0], pairs[0]),)
        amounts = [
            sum(cast("tuple[int, ...]", pair)) if isinstance(pair, tuple) else 2 * cast(int, pair) for pair in pairs
        ]
        middle = [
            None if size is None else size + sign * amount
            for size, amount in zip(inputs[0][1:-1], amounts, strict=True)
        ]
        return ((inputs[0][0], *middle, inputs[0][-1]),)

    return rule


def upsample(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    ndim = len(inputs[0]) - 2
    factors = layer.param("size", (2,) * ndim)
    factors = factors if isinstance(factors, tuple) else (factors,)
    middle = [
        None if size is None else size * cast(int, factor)
        for size, factor in zip(inputs[0][1:-1], factors, strict=True)
    ]
    return ((inputs[0][0], *middle, inputs[0][-1]),)


def _windows(layer: Layer, spatial: Sequence[int | None], window: str, stride: str | None) -> list[int | None]:
    """Output sizes of a sliding window, for convolutions and pooling alike."""
    ndim = len(spatial)
    sizes = cast("tuple[int, ...]", layer.param(window, (2,) * ndim))
    strides = cast("tuple[int, ...]", layer.param("strides") or (sizes if stride is None else (1,) * ndim))
    dilation = cast("tuple[int, ...]", layer.param("dilation_rate", (1,) * ndim))
    found: list[int | None] = []
    for length, size, step, spread in zip(spatial, sizes, strides, dilation, strict=True):
        if length is None:
            found.append(None)
            continue
        reach = 0 if layer.param("padding", "valid") != "valid" else (size - 1) * spread
        if length <= reach:
            raise Refused(f"a window of {size} does not fit into {length} values")
        found.append(-(-(length - reach) // step))
    return found


def convolve(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    filters = layer.param("filters") or cast(int, channels) * cast(int, layer.param("depth_multiplier", 1))
    return ((batch, *_windows(layer, spatial, "kernel_size", "strides"), cast(int, filters)),)


def deconvolve(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, _ = inputs[0]
    ndim = len(spatial)
    kernel, strides, dilation = (
        cast("tuple[int, ...]", layer.param(name, (1,) * ndim)) for name in ("kernel_size", "strides", "dilation_rate")
    )
    extra = cast("tuple[int, ...] | None", layer.param("output_padding"))
    same = layer.param("padding", "valid") == "same"
    found: list[int | None] = []
    for axis, length in enumerate(spatial):
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        if length is None:
            found.append(None)
        elif extra is not None:
            pad = reach // 2 if same else 0
            found.append((length - 1) * strides[axis] + reach - 2 * pad + extra[axis])
        else:
            found.append(length * strides[axis] + (0 if same else max(reach - strides[axis], 0)))
    return ((batch, *found, cast(int, layer.param("filters"))),)


def pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    return ((batch, *_windows(layer, spatial, "pool_size", None), channels),)


def global_pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    return ((batch, *([1] * len(spatial) if layer.param("keepdims") else []), channels),)


def recur(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, steps, _ = inputs[0]
    units = cast(int, layer.param("units"))
    output: Shape = (batch, steps, units) if layer.param("return_sequences") else (batch, units)
    states = (2 if layer.kind == "LSTM" else 1) if layer.param("return_state") else 0
    return (output, *(((batch, units),) * states))
