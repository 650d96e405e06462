"""How each layer changes shapes: what the graph predicts, and the trainer compares with what Keras builds.

Shapes have the batch axis first and `None` for sizes that depend on the data. A rule takes the layer, the
shapes of its inputs in order, and the call; it raises `Refused` if Keras would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from grader.domain import Array, Call, Configured, Layer, Shape, Slice, Value, tensors
from grader.graph.reading.layers import ACTIVATION_OPERATIONS, BINARY, LIKE, REDUCTIONS, UNARY
from grader.graph.reading.parameters import Refused
from grader.graph.reading.preparation import SHAPES
from grader.graph.reading.windows import (
    adaptive_pool,
    convolve,
    deconvolve,
    global_pool,
    pool,
    recurrent_convolution,
)

Rule = Callable[[Layer, Sequence[Shape], Call], tuple[Shape, ...]]


def output_shapes(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...] | None:
    """Shapes of the outputs of one call, or `None` if there is no rule for the layer."""
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


def same(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (inputs[0],)


def last(name: str) -> Rule:
    return lambda layer, inputs, call: ((*inputs[0][:-1], cast(int, layer.param(name))),)


def merge(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (broadcast(inputs),)


def binary(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (broadcast(operands(inputs, call)),)


def operands(inputs: Sequence[Shape], call: Call) -> list[Shape]:
    """The shapes of what a call works on in the order of its arguments, constant arrays among them."""
    waiting = iter(inputs)
    shapes = [_constant_shape(arg.values) if isinstance(arg, Array) else next(waiting, None) for arg in call.args]
    return [shape for shape in shapes if shape is not None]


def _constant_shape(values: Any) -> Shape:
    return (len(values), *_constant_shape(values[0])) if isinstance(values, tuple) and values else ()


def joined_axis(kind: str, given: Value) -> Value:
    """The axis along which `Concatenate` and the joins in `keras.ops` work, given or by default; `None` flattens."""
    return given if given is not None else {"Concatenate": -1, "ops.Concatenate": 0, "ops.Hstack": 1}.get(kind)


def concatenate(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axis = joined_axis(layer.kind, layer.param("axis"))
    if not isinstance(axis, int):
        raise Refused("tensors are joined into one long vector over the whole batch; write `axis=-1`")
    axis %= len(inputs[0])
    if any(len(shape) != len(inputs[0]) for shape in inputs):
        raise Refused(f"tensors of different rank cannot be concatenated: {', '.join(map(str, inputs))}")
    if axis == 0:
        raise Refused("tensors are joined along the batch axis; write `axis=-1`")
    sizes = [shape[axis] for shape in inputs]
    total = None if None in sizes else sum(cast("list[int]", sizes))
    others = broadcast([(*shape[:axis], 1, *shape[axis + 1 :]) for shape in inputs])
    return ((*others[:axis], total, *others[axis + 1 :]),)


def flatten(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = inputs[0][1:]
    return ((inputs[0][0], None if None in axes else math.prod(cast("tuple[int, ...]", axes))),)


def reshape(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    target = cast("tuple[int, ...]", layer.param("target_shape"))
    known = math.prod(size for size in target if size != -1)
    axes = inputs[0][1:]
    if None in axes:
        return ((inputs[0][0], *(None if size == -1 else size for size in target)),)
    total = math.prod(cast("tuple[int, ...]", axes))
    fits = (known and not total % known) if -1 in target else known == total
    if target.count(-1) > 1 or not fits:
        raise Refused(f"{total} values do not fit into shape {target}")
    return ((inputs[0][0], *(total // known if size == -1 else size for size in target)),)


def permute(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    dims = cast("tuple[int, ...]", layer.param("dims"))
    return ((inputs[0][0], *(inputs[0][axis] for axis in dims)),)


def repeat(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return ((inputs[0][0], cast(int, layer.param("n")), *inputs[0][1:]),)


def dot(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = layer.param("axes")
    first, second = axes if isinstance(axes, tuple) else (axes, axes)
    left, right = inputs
    rest = [size for i, size in enumerate(left) if i not in (0, cast(int, first) % len(left))]
    rest += [size for i, size in enumerate(right) if i not in (0, cast(int, second) % len(right))]
    return ((left[0], *rest) if rest else (left[0], 1),)


def reduce(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    rank = len(inputs[0])
    axis = layer.param("axis")
    chosen = (
        range(rank) if axis is None else [cast(int, a) % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    )
    keep = layer.param("keepdims")
    return (tuple(1 if i in chosen else size for i, size in enumerate(inputs[0]) if keep or i not in chosen),)


def get_item(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
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
            axes.append(
                size
                if whole
                else None
                if size is None
                else len(range(*slice(item.start, item.stop, item.step).indices(size)))
            )
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


def _reshape_op(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """`keras.ops.reshape`, whose new shape has the batch axis in it."""
    target = layer.param("newshape")
    sizes = cast("tuple[int | None, ...]", target if isinstance(target, tuple) else (target,))
    known = math.prod(size for size in sizes if size not in (-1, None))
    rest = None if None in inputs[0] or not known else math.prod(cast("tuple[int, ...]", inputs[0])) // known
    return (tuple(rest if size == -1 else size for size in sizes),)


def stack(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = list(broadcast(inputs))
    axes.insert(cast(int, layer.param("axis", 0)) % (len(axes) + 1), len(inputs))
    return (tuple(axes),)


def transpose(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = layer.param("axes")
    order = axes if isinstance(axes, tuple) else tuple(reversed(range(len(inputs[0]))))
    return (tuple(inputs[0][cast(int, axis)] for axis in order),)


def squeeze(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axis = layer.param("axis")
    rank = len(inputs[0])
    chosen = (
        [i for i, size in enumerate(inputs[0]) if size == 1]
        if axis is None
        else [cast(int, a) % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    )
    return (tuple(size for i, size in enumerate(inputs[0]) if i not in chosen),)


def swap(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    axes = list(inputs[0])
    one, other = (cast(int, layer.param(name)) for name in ("axis1", "axis2"))
    axes[one], axes[other] = axes[other], axes[one]
    return (tuple(axes),)


def _repeat_op(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """`keras.ops.repeat`: repeats every value equally often, or each by its own count."""
    repeats, axis = layer.param("repeats"), layer.param("axis")
    times = cast("tuple[int, ...]", repeats if isinstance(repeats, tuple) else (repeats,))
    if axis is None:
        raise Refused("`repeat` without an axis mixes the samples of a batch; give the axis")
    axes = list(inputs[0])
    size = axes[cast(int, axis)]
    if size is not None:
        axes[cast(int, axis)] = size * times[0] if len(times) == 1 else sum(times)
    return (tuple(axes),)


def matmul(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    left, right = operands(inputs, call)
    if len(left) < 2 or len(right) < 2:
        raise Refused("only matrices can be multiplied here")
    return ((*broadcast([left[:-2], right[:-2]]), left[-2], right[-1]),)


def _dot_op(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """`keras.ops.dot`: the last axis of one with the last but one of the other."""
    left, right = operands(inputs, call)
    if len(left) < 2 or len(right) < 2:
        raise Refused("only matrices can be multiplied here")
    return ((*left[:-1], *right[:-2], right[-1]),)


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


def _upsample(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    ndim = len(inputs[0]) - 2
    factors = layer.param("size", (2,) * ndim)
    factors = factors if isinstance(factors, tuple) else (factors,)
    middle = [
        None if size is None else size * cast(int, factor)
        for size, factor in zip(inputs[0][1:-1], factors, strict=True)
    ]
    return ((inputs[0][0], *middle, inputs[0][-1]),)


def _recur(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    batch, steps, _ = inputs[0]
    units = cast(int, layer.param("units"))
    output: Shape = (batch, steps, units) if layer.param("return_sequences") else (batch, units)
    states = (2 if layer.kind == "LSTM" else 1) if layer.param("return_state") else 0
    return (output, *(((batch, units),) * states))


def _recur_cells(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """`RNN` around a cell, or around several, of which each reads what the one before returns."""
    batch, steps, _ = inputs[0]
    cells = stacked(layer)
    units = cast(int, dict(cells[-1].params)["units"])
    output: Shape = (batch, steps, units) if layer.param("return_sequences") else (batch, units)
    states = [
        (batch, cast(int, dict(cell.params)["units"])) for cell in cells for _ in range(1 + (cell.kind == "LSTMCell"))
    ]
    return (output, *(states if layer.param("return_state") else ()))


def stacked(layer: Layer) -> list[Configured]:
    """The cells of an `RNN`, those of a `StackedRNNCells` one by one."""
    cell = cast(Configured, layer.param("cell"))
    if cell.kind != "StackedRNNCells":
        return [cell]
    cells = cast("tuple[Configured, ...]", dict(cell.params).get("cells", ()))
    if not cells:
        raise Refused("a stack of cells needs at least one")
    return list(cells)


def _single_step(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    raise Refused(f"`{layer.kind}` computes a single step; put it into `RNN(…)`")


def spectral(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    found = output_shapes(Layer("", inner.kind, inner.params), inputs, call)
    if found is None or inner.kind not in NORMALIZED:
        raise Refused(f"`SpectralNormalization` around `{inner.kind}` cannot be graded")
    return found


NORMALIZED = frozenset({"Dense", "Embedding", *(f"Conv{n}D{how}" for n in (1, 2, 3) for how in ("", "Transpose"))})
"""Classes whose one kernel `SpectralNormalization` can divide by its norm."""


def _embed_or_project(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    """A `ReversibleEmbedding`: words to vectors, or with `reverse=True` vectors to a score for each word."""
    if dict(call.kwargs).get("reverse") is True:
        return ((*inputs[0][:-1], cast(int, layer.param("input_dim"))),)
    return ((*inputs[0], cast(int, layer.param("output_dim"))),)


def named_inputs(call: Call, inputs: Sequence[Shape], names: Sequence[str]) -> list[Shape]:
    """The shapes of a call's first arguments in the order of their names, however they were passed."""
    waiting = iter(inputs)
    shapes = [[next(waiting) for _ in tensors(argument)] for argument in (*call.args, *(v for _, v in call.kwargs))]
    passed = dict(zip([*names[: len(call.args)], *(name for name, _ in call.kwargs)], shapes, strict=False))
    return [passed[name][0] for name in names if passed.get(name)]


def _scored(call: Call, output: Shape, scores: Shape) -> tuple[Shape, ...]:
    return (output, scores) if dict(call.kwargs).get("return_attention_scores") is True else (output,)


def attend(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    query, value = inputs[:2]
    return _scored(call, (*query[:-1], value[-1]), (*query[:-1], value[-2]))


def _multi_head(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    query, *_ = named_inputs(call, inputs, ("query", "value", "key"))
    target = layer.param("output_shape")
    last = target if isinstance(target, tuple) else (target,) if target else query[-1:]
    scores = (query[0], layer.param("num_heads"), query[1], query[1])  # the rule in Keras for self-attention
    return _scored(call, (*query[:-1], *cast(Shape, last)), cast(Shape, scores))


@dataclass(frozen=True)
class Einsum:
    """An equation such as `abc,cd->abd` with sizes: the output's shape, the kernel's, and the size of each letter."""

    output: Shape
    kernel: Shape
    sizes: dict[str, int | None]


def einsum(layer: Layer, shape: Shape) -> Einsum:
    """The equation of an `EinsumDense` layer, applied to a tensor of that shape."""
    source, _, rest = str(layer.param("equation")).replace(" ", "").partition(",")
    kernel, _, target = rest.partition("->")
    letters, free = source.replace("...", ""), target.replace("...", "")
    elided = len(shape) - len(letters)
    if elided < 0 or not kernel or not free:
        raise Refused(f"the equation `{layer.param('equation')}` does not fit shape {shape}")
    wanted = layer.param("output_shape")
    chosen = cast(Shape, wanted if isinstance(wanted, tuple) else (wanted,))
    left = elided if source.startswith("...") else 0
    between = reversed(shape[1:left])  # the rule in Keras, although it computes them in order
    output = (shape[0], *between, *chosen, *shape[len(letters) + left :])
    sizes = dict(zip(letters, shape[left:], strict=False)) | dict(zip(free, output[left:], strict=False))
    return Einsum(output, tuple(sizes[letter] for letter in kernel), sizes)


def _grouped_query(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    query, value, *_ = named_inputs(call, inputs, ("query", "value", "key"))
    if query[-1] != value[-1]:
        raise Refused(f"query and value need one last axis, found {query} and {value}")
    scores = (query[0], layer.param("num_query_heads"), query[1], value[1])
    return _scored(call, query, cast(Shape, scores))


def _einsum_dense(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    return (einsum(layer, inputs[0]).output,)


def _time_distributed(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    batch, steps, *rest = inputs[0]
    shapes = output_shapes(Layer("", inner.kind, inner.params), [(batch, *rest)], call)
    if shapes is None:
        raise Refused(f"`TimeDistributed` around `{inner.kind}` cannot be graded")
    return ((batch, steps, *shapes[0][1:]),)


def bidirectional(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    output, *states = _recur(Layer("", inner.kind, inner.params), inputs, call)
    mode = layer.param("merge_mode", "concat")
    if mode is None:
        return (output, output, *states, *states)
    return ((*output[:-1], cast(int, output[-1]) * (2 if mode == "concat" else 1)), *states, *states)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys((
        "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity", "Masking", "Rescaling", "Dropout",
        "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
        "ActivityRegularization", "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
        "UnitNormalization", "ops.Clip", "ops.Cast", "ops.Softmax", "ops.LogSoftmax", "ops.Elu", "ops.Celu",
        "ops.LeakyRelu", "ops.Gelu", "ops.Normalize",
        *(f"ops.{kind}" for kind in (*UNARY, *LIKE, *ACTIVATION_OPERATIONS)),
    ), same),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), merge),
    **{f"ops.{kind}": binary for kind in BINARY},
    **{f"ops.{kind}": reduce for kind in REDUCTIONS},
    "Dense": last("units"), "Concatenate": concatenate, "ops.Concatenate": concatenate, "Dot": dot,
    "ops.Hstack": concatenate, "ops.Append": concatenate,
    "Embedding": lambda layer, inputs, call: ((*inputs[0], cast(int, layer.param("output_dim"))),),
    "Flatten": flatten, "Reshape": reshape, "Permute": permute, "RepeatVector": repeat,
    "Cropping1D": resize("cropping", -1, (1, 1)), "Cropping2D": resize("cropping", -1, ((0, 0), (0, 0))),
    "Cropping3D": resize("cropping", -1, ((1, 1),) * 3),
    **{f"ZeroPadding{n}D": resize("padding", 1, ((1, 1),) * n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _upsample for n in (1, 2, 3)},
    **{f"Conv{n}D": convolve for n in (1, 2, 3)}, **{f"Conv{n}DTranspose": deconvolve for n in (1, 2, 3)},
    **{f"{how}Conv{n}D": convolve for how in ("Depthwise", "Separable") for n in (1, 2)},
    **{f"{how}Pooling{n}D": pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{how}Pooling{n}D": global_pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), _recur),
    "TimeDistributed": _time_distributed, "Bidirectional": bidirectional, "Attention": attend,
    "AdditiveAttention": attend, "MultiHeadAttention": _multi_head, "ops.GetItem": get_item, "ops.ExpandDims": _expand,
    "ops.Reshape": _reshape_op, "ops.Stack": stack, "ops.Transpose": transpose, "ops.Squeeze": squeeze,
    "ops.Matmul": matmul, "ops.Dot": _dot_op, "ops.Swapaxes": swap, "ops.Repeat": _repeat_op,
    "EinsumDense": _einsum_dense, "GroupQueryAttention": _grouped_query, "ReversibleEmbedding": _embed_or_project,
    "RNN": _recur_cells, "SpectralNormalization": spectral,
    **dict.fromkeys(("SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"), _single_step),
    **{f"ConvLSTM{n}D": recurrent_convolution for n in (1, 2, 3)},
    **{f"Adaptive{how}Pooling{n}D": adaptive_pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **SHAPES,
}  # fmt: skip
