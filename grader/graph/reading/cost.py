"""How much work a network is, counted before anything is built; what is too much can be described, but not trained.

Counted is one pass of a batch through the network, in multiplications of a matrix product: what a layer multiplies,
what each number costs that it reads, computes and keeps, each step of its loops, and what is done to its weights. Where
it is not known how a layer uses its weights, each is used at each place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from grader.domain import Call, Configured, Layer, ModelGraph, Shape
from grader.graph.reading.builder import Builder, count_parameters
from grader.graph.reading.parameters import Refused
from grader.graph.reading.shapes import einsum, operands
from grader.graph.reading.weights import weight_count

MAX_LAYERS = 500  # of a network that is trained
MAX_CALLS = 1000
MAX_PARAMETERS = 5_000_000
MAX_OPERATIONS = 10**10  # of one pass: a second for each step of training, on a core of 2023
LONGEST_UNROLLED = 200
BATCH = 32  # samples of a pass, and the size of an axis whose size only the data have
ELEMENT = 100  # for each number: a function of it takes some 30, and those that are kept fill the memory
STEP = 100_000  # for each step of a loop, whatever is done in it
_MOST = 10**18  # of one call: enough to be refused, and a number that can be written down

USED_ONCE = frozenset({
    "Embedding", "PReLU", "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
    "Attention", "AdditiveAttention",
})  # fmt: skip
"""Classes that do not multiply all their weights with what they read."""
ATTENDING = frozenset({"Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"})
PRODUCTS = frozenset({"Dot", "ops.Dot", "ops.Matmul"})
LOOPS = frozenset({"SimpleRNN", "LSTM", "GRU", "RNN", *(f"ConvLSTM{n}D" for n in (1, 2, 3))})
SLIDING = frozenset({
    "STFTSpectrogram", *(f"{how}Conv{n}D" for how in ("", "Depthwise", "Separable") for n in (1, 2, 3)),
})  # fmt: skip
"""Classes that use each weight once for each place that they return."""
SQUARED = frozenset({"OrthogonalRegularizer", "Orthogonal"})
"""What multiplies a weight, taken for a matrix, with itself."""


def check_sizes(builder: Builder) -> None:
    """Mark what is too large to be trained; it can still be described."""
    if len(builder.layers) > MAX_LAYERS or len(builder.calls) > MAX_CALLS:
        _refuse(builder, 0, f"the network has more than {MAX_LAYERS} layers or {MAX_CALLS} calls")
        return
    parameters = count_parameters(builder)
    if parameters is not None and parameters > MAX_PARAMETERS:
        _refuse(builder, 0, f"the network has {parameters:,} parameters; at most {MAX_PARAMETERS:,} can be graded")
    counts = operations(builder)
    if sum(counts) > MAX_OPERATIONS:
        most = counts.index(max(counts))
        number = builder.calls[most].layer
        _refuse(
            builder,
            number,
            f"this network needs {sum(counts):.1e} operations for one pass of {BATCH} samples; at most "
            f"{MAX_OPERATIONS:.0e} can be graded. Layer `{builder.layers[number].name}` needs most of them",
        )


def _refuse(builder: Builder, number: int, reason: str) -> None:
    builder.layers[number] = replace(layer := builder.layers[number], untrainable=layer.untrainable or reason)


def operations(network: Builder | ModelGraph) -> list[int]:
    """By call, the operations of one pass."""
    layers, shape = network.layers, network.shape
    return [_bounded(layers[call.layer], [shape(tensor) for tensor in call.sources], call) for call in network.calls]


def _bounded(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    if layer.untrainable:
        return 0
    try:
        return min(_MOST, _operations(layer, inputs, call))
    except (TypeError, ValueError, IndexError, KeyError, Refused):  # its shapes are not known
        return _MOST


def _operations(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    shapes = [*inputs, *call.shapes]
    weights = layer.weights if layer.weights is not None else weight_count(layer, inputs, call) or 0
    parts = list(_parts(layer))
    elements = sum(map(_size, shapes)) + weights  # each weight is moved in each step
    elements += sum(_more_elements(part, inputs, call) for part in parts)
    elements += sum(_penalty(part, weights, inputs, call) for part in parts)
    own = elements * ELEMENT + sum(_steps(part, layer, inputs) for part in parts)
    return own + _multiplied(layer, parts, weights, inputs, call)


def _parts(layer: Layer) -> Iterator[Layer]:
    """A layer, and those that it holds."""
    yield layer
    for _, value in layer.params:
        for held in value if isinstance(value, tuple) else (value,):
            if isinstance(held, Configured):
                yield from _parts(Layer("", held.kind, held.params))


def _size(shape: Shape) -> int:
    return math.prod(_axes(shape)) if shape else 0


def _places(shape: Shape) -> int:
    """Positions in a batch, each with as many numbers as the last axis has."""
    return math.prod(_axes(shape)[:-1]) if len(shape) > 1 else BATCH


def _axes(shape: Shape) -> list[int]:
    """Sizes, with those that only the data have; the batch has its own size here, whatever the network says."""
    return [max(BATCH, size or 0) if axis == 0 else size or BATCH for axis, size in enumerate(shape)]


def _whole(layer: Layer, name: str, default: int = 1) -> int:
    """A whole number, or the product of several."""
    value = layer.param(name)
    values = value if isinstance(value, tuple) else (value,)
    return math.prod(one for one in values if type(one) is int) if value is not None else default


def _multiplied(layer: Layer, parts: Sequence[Layer], weights: int, inputs: Sequence[Shape], call: Call) -> int:
    """Multiplications of weights and of tensors."""
    kinds = {part.kind for part in parts}
    total = sum(_scores(part, inputs) for part in parts if part.kind in ATTENDING)
    if layer.kind in PRODUCTS:
        return _contracted(layer, inputs, call) * sum(map(_size, call.shapes))
    if layer.kind == "EinsumDense":
        return weights * _size(inputs[0]) // _shared(layer, inputs[0])
    if kinds & USED_ONCE:
        return total
    places = max(map(_places, call.shapes if kinds & SLIDING else (*inputs, *call.shapes)), default=BATCH)
    return total + weights * places


def _contracted(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    """The length of the axis that a product of tensors sums over."""
    left, *_ = operands(inputs, call)
    axes = layer.param("axes", -1)
    first = cast(int, axes[0] if isinstance(axes, tuple) else axes)
    return _axes(left)[first]


def _shared(layer: Layer, shape: Shape) -> int:
    """Of an `EinsumDense`, how many numbers each of its sums takes from what it reads."""
    source, kernel = str(layer.param("equation")).partition("->")[0].split(",")
    sizes = einsum(layer, shape).sizes
    return math.prod(sizes[letter] or 1 for letter in set(source) & set(kernel) if letter.isalpha()) or 1


def _scores(layer: Layer, inputs: Sequence[Shape]) -> int:
    """Each place of a query meets each place of a key and value, in each head."""
    width = _depth(layer) if "key_dim" in dict(layer.params) else max(_axes(shape)[-1] for shape in inputs)
    each = width * ELEMENT if layer.kind == "AdditiveAttention" or layer.param("score_mode") == "concat" else 2 * width
    one, other = sorted(map(_places, [*inputs, inputs[0]]), reverse=True)[:2]
    return _heads(layer) * one * (other // BATCH) * (each + ELEMENT)


def _heads(layer: Layer) -> int:
    return max(_whole(layer, "num_heads"), _whole(layer, "num_query_heads"))


def _depth(layer: Layer) -> int:
    return max(_whole(layer, name) for name in ("key_dim", "value_dim", "head_dim"))


def _more_elements(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    """Numbers that a layer computes on the way, and numbers that it computes repeatedly."""
    entering, leaving = (sum(map(_size, shapes)) for shapes in (inputs, call.shapes))
    match layer.kind:
        case kind if kind in LOOPS or kind.endswith("Cell"):  # four gates, each before and after its function
            return 8 * _places(inputs[0]) * max(_whole(layer, "units"), _whole(layer, "filters"))
        case "MultiHeadAttention" | "GroupQueryAttention":
            return 4 * max(map(_places, inputs)) * _heads(layer) * _depth(layer)
        case kind if "Pooling" in kind:
            return leaving * _whole(layer, "pool_size", 2 ** int(kind[-2])) if "lobal" not in kind else 0
        case "CategoryEncoding":
            return entering * _whole(layer, "num_tokens")
        case "RandomGaussianBlur":
            return entering * _whole(layer, "kernel_size", 3) ** 2
        case "RandAugment":
            return entering * 10 * _whole(layer, "num_ops", 2)
        case "AugMix":
            return entering * 10 * _whole(layer, "num_chains", 3) * abs(_whole(layer, "chain_depth", 3) or 1)
        case "MelSpectrogram":
            frames = max(map(_size, call.shapes), default=0) // _whole(layer, "num_mel_bins", 128)
            return frames * _whole(layer, "fft_length", 2048) * 4 + leaving * _whole(layer, "fft_length", 2048) // 32
    return 0


def _steps(part: Layer, layer: Layer, inputs: Sequence[Shape]) -> int:
    """The loops of a layer, of which one that is unrolled is compiled step by step."""
    if part.kind == "SpectralNormalization":
        return STEP * _whole(part, "power_iterations")
    if part.kind not in LOOPS:
        return 0
    steps = math.prod(_axes(inputs[0])[1 : 3 if layer.kind == "TimeDistributed" else 2])
    steps *= 2 if layer.kind == "Bidirectional" else 1
    return steps * (MAX_OPERATIONS // LONGEST_UNROLLED if part.param("unroll") else STEP)


def _penalty(layer: Layer, weights: int, inputs: Sequence[Shape], call: Call) -> int:
    """Numbers that initializers, regularizers, constraints and norms of weights compute, over and over."""
    total = weights * _whole(layer, "power_iterations") if layer.kind == "SpectralNormalization" else 0
    axes = [size for shape in (*inputs, *call.shapes) for size in _axes(shape)]
    axes += [value for _, value in layer.params if type(value) is int]
    for name, value in layer.params:
        if not isinstance(value, Configured) or not name.endswith(("_regularizer", "_constraint", "_initializer")):
            continue
        numbers = sum(map(_size, call.shapes)) if name.startswith("activity") else weights
        total += numbers
        if value.kind in SQUARED:
            total += numbers * max(axes) // ELEMENT + max(axes) ** 2
    return total
