"""How each layer changes shapes: what the graph predicts, and the trainer compares with what Keras builds.

Shapes have the batch axis first and `None` for sizes that depend on the data. A rule takes the layer, the
shapes of its inputs in order, and the call; it raises `Refused` if Keras would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from grader.domain import Call, Configured, Layer, Shape
from grader.graph.reading.layers import ACTIVATION_OPERATIONS, BINARY, LIKE, REDUCTIONS, UNARY
from grader.graph.reading.parameters import Refused
from grader.graph.reading.shape_rules import (  # fmt: skip
    Rule,
    attend,
    binary,
    concatenate,
    convolve,
    deconvolve,
    dot,
    dot_op,
    einsum_dense,
    expand,
    flatten,
    get_item,
    global_pool,
    last,
    matmul,
    merge,
    multi_head,
    permute,
    pool,
    recur,
    reduce,
    repeat,
    repeat_op,
    reshape,
    reshape_op,
    resize,
    same,
    squeeze,
    stack,
    swap,
    transpose,
    upsample,
)  # fmt: skip


def output_shapes(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...] | None:
    """Shapes of the outputs of one call, or `None` if there is no rule for the layer."""
    rule = RULES.get(layer.kind)
    if rule is None or (not inputs and layer.kind != "InputLayer"):
        return None
    return rule(layer, inputs, call)


def time_distributed(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    batch, steps, *rest = inputs[0]
    shapes = output_shapes(Layer("", inner.kind, inner.params), [(batch, *rest)], call)
    if shapes is None:
        raise Refused(f"`TimeDistributed` around `{inner.kind}` cannot be graded")
    return ((batch, steps, *shapes[0][1:]),)


def bidirectional(layer: Layer, inputs: Sequence[Shape], call: Call) -> tuple[Shape, ...]:
    inner = cast(Configured, layer.param("layer"))
    output, *states = recur(Layer("", inner.kind, inner.params), inputs, call)
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
    **{f"UpSampling{n}D": upsample for n in (1, 2, 3)},
    **{f"Conv{n}D": convolve for n in (1, 2, 3)}, **{f"Conv{n}DTranspose": deconvolve for n in (1, 2, 3)},
    **{f"{how}Conv{n}D": convolve for how in ("Depthwise", "Separable") for n in (1, 2)},
    **{f"{how}Pooling{n}D": pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{how}Pooling{n}D": global_pool for how in ("Max", "Average") for n in (1, 2, 3)},
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), recur),
    "TimeDistributed": time_distributed, "Bidirectional": bidirectional, "Attention": attend,
    "AdditiveAttention": attend, "MultiHeadAttention": multi_head, "ops.GetItem": get_item, "ops.ExpandDims": expand,
    "ops.Reshape": reshape_op, "ops.Stack": stack, "ops.Transpose": transpose, "ops.Squeeze": squeeze,
    "ops.Matmul": matmul, "ops.Dot": dot_op, "ops.Swapaxes": swap, "ops.Repeat": repeat_op,
    "EinsumDense": einsum_dense,
}  # fmt: skip
