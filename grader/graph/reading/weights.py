"""How many weights a layer has, from its parameters and the shapes it was called with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from grader.domain import Call, Configured, Layer, Shape
from grader.graph.reading.preparation import COUNTS as PREPARATION
from grader.graph.reading.shapes import einsum, named_inputs, stacked

Count = Callable[[Layer, Sequence[Shape]], int | None]


def weight_count(layer: Layer, inputs: Sequence[Shape], call: Call | None = None) -> int | None:
    """The number of weights of a layer first called on tensors of these shapes; `None` if that is not known."""
    count = COUNTS.get(layer.kind, _none)
    if call is not None and layer.kind in ("MultiHeadAttention", "GroupQueryAttention"):
        inputs = named_inputs(call, inputs, ("query", "value", "key"))
    try:
        return count(layer, inputs)
    except (TypeError, IndexError, KeyError):  # an axis that is not known yet
        return None


def has_weights(layer: Layer) -> bool:
    """Whether training can change anything about a layer."""
    return layer.kind in COUNTS and not layer.frozen


def _none(layer: Layer, inputs: Sequence[Shape]) -> int:
    return 0


def _biased(layer: Layer, kernel: int, units: int) -> int:
    return kernel + (units if layer.param("use_bias", True) else 0)


def _dense(layer: Layer, inputs: Sequence[Shape]) -> int:
    units = cast(int, layer.param("units"))
    return _biased(layer, cast(int, inputs[0][-1]) * units, units)


def _convolution(layer: Layer, inputs: Sequence[Shape]) -> int:
    window = math.prod(cast("tuple[int, ...]", layer.param("kernel_size")))
    filters, channels = cast(int, layer.param("filters")), cast(int, inputs[0][-1])
    return _biased(layer, window * channels // cast(int, layer.param("groups", 1)) * filters, filters)


def _depthwise(layer: Layer, inputs: Sequence[Shape]) -> int:
    window = math.prod(cast("tuple[int, ...]", layer.param("kernel_size")))
    spread = cast(int, inputs[0][-1]) * cast(int, layer.param("depth_multiplier", 1))
    filters = layer.param("filters")
    if filters is None:
        return _biased(layer, window * spread, spread)
    return _biased(layer, window * spread + spread * cast(int, filters), cast(int, filters))


def _normalization(layer: Layer, inputs: Sequence[Shape]) -> int:
    axis = layer.param("axis", -1)
    axes = cast("tuple[int, ...]", axis if isinstance(axis, tuple) else (axis,))
    width = math.prod(cast(int, inputs[0][a]) for a in axes)
    if layer.kind == "RMSNormalization":
        return width
    moving = 2 * width if layer.kind == "BatchNormalization" else 0
    return moving + sum(width for name in ("center", "scale") if layer.param(name, True))


def _recurrent(layer: Layer, inputs: Sequence[Shape]) -> int:
    kind = layer.kind.removesuffix("Cell")
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[kind]
    units, width = cast(int, layer.param("units")), cast(int, inputs[0][-1])
    biases = 0 if not layer.param("use_bias", True) else 2 if kind == "GRU" and layer.param("reset_after", True) else 1
    return gates * units * (width + units + biases)


def _cells(layer: Layer, inputs: Sequence[Shape]) -> int:
    """Of an `RNN`: each of its cells reads what the one before returns."""
    total, shape = 0, inputs[0]
    for cell in stacked(layer):
        one = Layer("", cell.kind, cell.params)
        total += _recurrent(one, [shape])
        shape = (*shape[:-1], cast(int, one.param("units")))
    return total


def _recurrent_convolution(layer: Layer, inputs: Sequence[Shape]) -> int:
    window = math.prod(cast("tuple[int, ...]", layer.param("kernel_size")))
    filters, channels = cast(int, layer.param("filters")), cast(int, inputs[0][-1])
    return _biased(layer, 4 * window * filters * (channels + filters), 4 * filters)


def _spectral(layer: Layer, inputs: Sequence[Shape]) -> int | None:
    """The layer's own weights, and a vector as long as the last axis of its kernel."""
    inner = cast(Configured, layer.param("layer"))
    one = Layer("", inner.kind, inner.params)
    width = one.param("units") or one.param("filters") or one.param("output_dim")
    vector = inputs[0][-1] if inner.kind.endswith("Transpose") else width
    count = weight_count(one, inputs)
    return None if count is None else count + cast(int, vector)


def _wrapped(layer: Layer, inputs: Sequence[Shape]) -> int | None:
    inner = cast(Configured, layer.param("layer"))
    shape = inputs[0] if layer.kind == "Bidirectional" else (inputs[0][0], *inputs[0][2:])
    count = weight_count(Layer("", inner.kind, inner.params), [shape])
    return None if count is None else count * (2 if layer.kind == "Bidirectional" else 1)


def _prelu(layer: Layer, inputs: Sequence[Shape]) -> int | None:
    shared = layer.param("shared_axes") or ()
    axes = shared if isinstance(shared, tuple) else (shared,)
    return math.prod(cast(int, size) for axis, size in enumerate(inputs[0]) if axis and axis not in axes)


def _embedding(layer: Layer, inputs: Sequence[Shape]) -> int:
    return cast(int, layer.param("input_dim")) * cast(int, layer.param("output_dim"))


def _attention(layer: Layer, inputs: Sequence[Shape]) -> int:
    """One number for each way to score: none for a plain product of query and key."""
    return int(layer.param("use_scale") is True) + int(layer.param("score_mode") == "concat")


def _additive_attention(layer: Layer, inputs: Sequence[Shape]) -> int:
    return cast(int, inputs[0][-1]) if layer.param("use_scale", True) else 0


def _multi_head(layer: Layer, inputs: Sequence[Shape]) -> int:
    """Projections of query, key and value to all heads, and back."""
    query, value = cast(int, inputs[0][-1]), cast(int, inputs[1][-1])
    key = cast(int, inputs[2][-1]) if len(inputs) > 2 else value
    heads, depth = cast(int, layer.param("num_heads")), cast(int, layer.param("key_dim"))
    spread = cast(int, layer.param("value_dim") or depth)
    target = layer.param("output_shape") or query
    units = math.prod(cast("tuple[int, ...]", target if isinstance(target, tuple) else (target,)))
    projections = ((query, heads * depth), (key, heads * depth), (value, heads * spread), (heads * spread, units))
    return sum(_biased(layer, width * units, units) for width, units in projections)


def _grouped_query(layer: Layer, inputs: Sequence[Shape]) -> int:
    """As of several heads, of which several share their keys and values."""
    query, value = cast(int, inputs[0][-1]), cast(int, inputs[1][-1])
    key = cast(int, inputs[2][-1]) if len(inputs) > 2 else value
    depth = cast(int, layer.param("head_dim"))
    heads, shared = (cast(int, layer.param(name)) * depth for name in ("num_query_heads", "num_key_value_heads"))
    projections = ((query, heads), (key, shared), (value, shared), (heads, query))
    return sum(_biased(layer, width * units, units) for width, units in projections)


def _reversible(layer: Layer, inputs: Sequence[Shape]) -> int:
    return _embedding(layer, inputs) * (1 if layer.param("tie_weights", True) else 2)


def _einsum_dense(layer: Layer, inputs: Sequence[Shape]) -> int:
    equation, bias = einsum(layer, inputs[0]), layer.param("bias_axes")
    biases = math.prod(cast(int, equation.sizes[axis]) for axis in bias) if isinstance(bias, str) else 0
    return math.prod(cast("tuple[int, ...]", equation.kernel)) + biases


COUNTS: Mapping[str, Count] = {
    "Dense": _dense,
    "Embedding": _embedding,
    "PReLU": _prelu,
    **{f"Conv{n}D{how}": _convolution for n in (1, 2, 3) for how in ("", "Transpose")},
    **{f"{how}Conv{n}D": _depthwise for how in ("Depthwise", "Separable") for n in (1, 2)},
    **dict.fromkeys(
        ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"), _normalization
    ),
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), _recurrent),
    **dict.fromkeys(("TimeDistributed", "Bidirectional"), _wrapped),
    "Attention": _attention,
    "AdditiveAttention": _additive_attention,
    "MultiHeadAttention": _multi_head,
    "EinsumDense": _einsum_dense,
    "RNN": _cells,
    **{f"ConvLSTM{n}D": _recurrent_convolution for n in (1, 2, 3)},
    "SpectralNormalization": _spectral,
    "GroupQueryAttention": _grouped_query,
    "ReversibleEmbedding": _reversible,
    **PREPARATION,
}
