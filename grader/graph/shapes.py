"""How each layer changes shapes: what the graph predicts, and the trainer compares with what Keras builds.

Shapes have the batch axis first and `None` for what is not known before data come. A rule takes the layer, the
shapes of its inputs in order, and the call; it raises `Refused` where Keras would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from grader.domain import Call, Configured, Layer, Shape, Slice
from grader.graph.operations import ACTIVATION_OPERATIONS, BINARY, REDUCTIONS, UNARY
from grader.graph.schema import Refused

Rule = Callable[[Layer, Sequence[Shape], Call], tuple[Shape, ...]]


def output_shapes(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...] | None:
    """Shapes of the outputs of one call, or `None` where there is no rule for the layer."""
    rule = RULES.get(layer.kind)
    if rule is None or (not inputs and layer.kind != "InputLayer"):
        return None
    return rule(layer, inputs, call)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The common shape of tensors that are combined element by element."""
    rank = max(len(shape) for shape in shapes)
    axes: list[int | None] = []
    for sizes in zip(*[(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes], strict=True):
        known = {size for size in sizes if size not in (1, None)}
        if len(known) > 1:
            raise Refused(f"shapes {' and '.join(map(str, shapes))} cannot be combined element by element")
        axes.append(known.pop() if known else (None if None in sizes else 1))
    return tuple(axes)


def _same(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (inputs[0],)


def _last(name: str) -> Rule:
    return lambda layer, inputs, call: ((*inputs[0][:-1], cast(int, layer.param(name))),)


def _merge(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (broadcast(inputs),)


def _binary(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    constants = [_constant_shape(arg.values) for arg in call.args if hasattr(arg, "values")]
    return (broadcast([*inputs, *constants]),)


def _constant_shape(values: Any) -> Shape:
    return (len(values), *_constant_shape(values[0])) if isinstance(values, tuple) and values else ()


def _concatenate(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axis = cast(int, layer.param("axis", 0 if layer.kind.startswith("ops.") else -1)) % len(inputs[0])
    if any(len(shape) != len(inputs[0]) for shape in inputs):
        raise Refused(f"tensors of different rank cannot be concatenated: {', '.join(map(str, inputs))}")
    sizes = [shape[axis] for shape in inputs]
    total = None if None in sizes else sum(cast("list[int]", sizes))
    others = broadcast([(*shape[:axis], 1, *shape[axis + 1 :]) for shape in inputs])
    return ((*others[:axis], total, *others[axis + 1 :]),)


def _flatten(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = inputs[0][1:]
    return ((inputs[0][0], None if None in axes else math.prod(cast("tuple[int, ...]", axes))),)


def _reshape(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    target = cast("tuple[int, ...]", layer.param("target_shape"))
    known = math.prod(size for size in target if size != -1)
    axes = inputs[0][1:]
    if None in axes:
        return ((inputs[0][0], *(None if size == -1 else size for size in target)),)
    total = math.prod(cast("tuple[int, ...]", axes))
    if target.count(-1) > 1 or (known and total % known) or (-1 not in target and known != total):
        raise Refused(f"{total} values do not fit into shape {target}")
    return ((inputs[0][0], *(total // known if size == -1 else size for size in target)),)


def _permute(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    dims = cast("tuple[int, ...]", layer.param("dims"))
    return ((inputs[0][0], *(inputs[0][axis] for axis in dims)),)


def _repeat(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return ((inputs[0][0], cast(int, layer.param("n")), *inputs[0][1:]),)


def _dot(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = layer.param("axes")
    first, second = axes if isinstance(axes, tuple) else (axes, axes)
    left, right = inputs
    rest = [size for i, size in enumerate(left) if i not in (0, cast(int, first) % len(left))]
    rest += [size for i, size in enumerate(right) if i not in (0, cast(int, second) % len(right))]
    return ((left[0], *rest) if rest else (left[0], 1),)


def _resize(name: str, sign: int, default: Any) -> Rule:
    """Padding and cropping: every axis grows or shrinks by a pair of amounts."""

    def rule(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
        value = layer.param(name, default)
        pairs = value if isinstance(value, tuple) else (value,) * (len(inputs[0]) - 2)
        if len(inputs[0]) == 3 and not isinstance(pairs[0], tuple):
            pairs = (pairs if len(pairs) == 2 else (pairs[0], pairs[0]),)
        amounts = [sum(pair) if isinstance(pair, tuple) else 2 * cast(int, pair) for pair in pairs]
        middle = [None if size is None else size + sign * amount for size, amount in zip(inputs[0][1:-1], amounts, strict=True)]
        return ((inputs[0][0], *middle, inputs[0][-1]),)

    return rule


def _upsample(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    ndim = len(inputs[0]) - 2
    factors = layer.param("size", (2,) * ndim)
    factors = factors if isinstance(factors, tuple) else (factors,)
    middle = [None if size is None else size * cast(int, factor) for size, factor in zip(inputs[0][1:-1], factors, strict=True)]
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


def _convolve(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    filters = layer.param("filters") or cast(int, channels) * cast(int, layer.param("depth_multiplier", 1))
    return ((batch, *_windows(layer, spatial, "kernel_size", "strides"), cast(int, filters)),)


def _deconvolve(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, _ = inputs[0]
    ndim = len(spatial)
    kernel, strides, dilation = (cast("tuple[int, ...]", layer.param(name, (1,) * ndim)) for name in ("kernel_size", "strides", "dilation_rate"))
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


def _pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    return ((batch, *_windows(layer, spatial, "pool_size", None), channels),)


def _global_pool(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, *spatial, channels = inputs[0]
    return ((batch, *([1] * len(spatial) if layer.param("keepdims") else []), channels),)


def _recur(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, steps, _ = inputs[0]
    units = cast(int, layer.param("units"))
    output: Shape = (batch, steps, units) if layer.param("return_sequences") else (batch, units)
    states = (2 if layer.kind == "LSTM" else 1) if layer.param("return_state") else 0
    return (output, *(((batch, units),) * states))


def _time_distributed(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    batch, steps, *rest = inputs[0]
    shapes = output_shapes(Layer("", inner.kind, inner.params), [(batch, *rest)], call)
    if shapes is None:
        raise Refused(f"`TimeDistributed` around `{inner.kind}` cannot be graded")
    return ((batch, steps, *shapes[0][1:]),)


def _bidirectional(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    output, *states = _recur(Layer("", inner.kind, inner.params), inputs, call)
    mode = layer.param("merge_mode", "concat")
    if mode is None:
        return (output, output, *states, *states)
    return ((*output[:-1], cast(int, output[-1]) * (2 if mode == "concat" else 1)), *states, *states)


def _attend(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return ((*inputs[0][:-1], inputs[1][-1]),)


def _multi_head(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    target = layer.param("output_shape")
    last = target if isinstance(target, tuple) else (target,) if target else inputs[0][-1:]
    return ((*inputs[0][:-1], *last),)


def _reduce(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    rank = len(inputs[0])
    axis = layer.param("axis")
    chosen = range(rank) if axis is None else [cast(int, a) % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    keep = layer.param("keepdims")
    return (tuple(1 if i in chosen else size for i, size in enumerate(inputs[0]) if keep or i not in chosen),)


def _get_item(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    key = call.args[1] if len(call.args) > 1 else ()
    keys = list(key) if isinstance(key, tuple) else [key]
    axes: list[int | None] = []
    rest = list(inputs[0])
    for item in keys:
        if item is None:
            axes.append(1)
        elif isinstance(item, Slice) and rest:
            size = rest.pop(0)
            whole = item == Slice(None, None, None)
            axes.append(size if whole else None if size is None else len(range(*slice(item.start, item.stop, item.step).indices(size))))
        elif type(item) is int and rest:
            rest.pop(0)
        else:
            raise Refused("this way of slicing cannot be graded; use slices and whole numbers")
    return ((*axes, *rest),)


def _expand(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axis = layer.param("axis")
    if not isinstance(axis, int):
        raise Refused("`expand_dims` needs one axis")
    axes = list(inputs[0])
    axes.insert(axis % (len(axes) + 1), 1)
    return (tuple(axes),)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys((
        "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity", "Masking", "Rescaling", "Dropout",
        "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
        "ActivityRegularization", "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
        "UnitNormalization", "ops.Clip", "ops.Cast", "ops.Softmax", "ops.LogSoftmax", "ops.Elu", "ops.Celu",
        "ops.LeakyRelu", "ops.Gelu", "ops.Normalize", *(f"ops.{kind}" for kind in (*UNARY, *ACTIVATION_OPERATIONS)),
    ), _same),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), _merge),
    **{f"ops.{kind}": _binary for kind in BINARY},
    **{f"ops.{kind}": _reduce for kind in REDUCTIONS},
    "Dense": _last("units"), "Concatenate": _concatenate, "ops.Concatenate": _concatenate, "Dot": _dot,
    "Embedding": lambda layer, inputs, call: ((*inputs[0], cast(int, layer.param("output_dim"))),),
    "Flatten": _flatten, "Reshape": _reshape, "Permute": _permute, "RepeatVector": _repeat,
    "Cropping1D": _resize("cropping", -1, (1, 1)), "Cropping2D": _resize("cropping", -1, ((0, 0), (0, 0))),
    "Cropping3D": _resize("cropping", -1, ((1, 1),) * 3),
    **{f"ZeroPadding{n}D": _resize("padding", 1, ((1, 1),) * n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _upsample for n in (1, 2, 3)},
    **{f"Conv{n}D": _convolve for n in (1, 2, 3)}, **{f"Conv{n}DTranspose": _deconvolve for n in (1, 2, 3)},
    **{f"{how}Conv{n}D": _convolve for how in ("Depthwise", "Separable") for n in (1, 2)},
    **{f"{how}Pooling{n}D": _pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{how}Pooling{n}D": _global_pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), _recur),
    "TimeDistributed": _time_distributed, "Bidirectional": _bidirectional, "Attention": _attend,
    "AdditiveAttention": _attend, "MultiHeadAttention": _multi_head, "ops.GetItem": _get_item, "ops.ExpandDims": _expand,
}  # fmt: skip
