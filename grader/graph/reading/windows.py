"""How windows change shapes: convolutions and pooling of every kind, and recurrent convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from grader.domain import Call, Layer, Shape
from grader.graph.reading.parameters import Refused


def windows(layer: Layer, spatial: Sequence[int | None], window: str, stride: str | None) -> list[int | None]:
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
    return ((batch, *windows(layer, spatial, "kernel_size", "strides"), cast(int, filters)),)


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


def _pooled(layer: Layer, shape: Shape) -> Shape:
    """The shape that a pooling layer is given. Unlike a convolution, it may have no parameter that says its axes."""
    wanted = int(layer.kind[-2]) + 2  # `MaxPooling1D` takes batch, steps and channels
    if len(shape) != wanted:
        raise Refused(f"`{layer.kind}` needs tensors of {wanted} axes, and gets shape {shape}")
    return shape


def pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = _pooled(layer, inputs[0])
    return ((batch, *windows(layer, spatial, "pool_size", None), channels),)


def global_pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = _pooled(layer, inputs[0])
    return ((batch, *([1] * len(spatial) if layer.param("keepdims") else []), channels),)


def adaptive_pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *_, channels = _pooled(layer, inputs[0])
    return ((batch, *cast("tuple[int, ...]", layer.param("output_size")), channels),)


def recurrent_convolution(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """Of each step as a convolution does it; the states have the shape of one step."""
    batch, steps, *spatial, _ = inputs[0]
    filters = cast(int, layer.param("filters"))
    step: Shape = (batch, *windows(layer, spatial, "kernel_size", "strides"), filters)
    output: Shape = (batch, steps, *step[1:]) if layer.param("return_sequences") else step
    return (output, *((step, step) if layer.param("return_state") else ()))
