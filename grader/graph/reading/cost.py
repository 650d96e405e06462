"""How much work a network is, counted before anything is built; what is too much can be described, but not trained.

Counted is one pass of a batch through the network, in multiplications of a matrix product: what a layer multiplies,
what each number costs that it reads, computes and keeps, each step of its loops, and what is done to its weights. Where
it is not known how a layer uses its weights, each is used at each place. Shapes and numbers of weights are what the
recording claims, until the trainer has confirmed them; it builds networks within limits of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from grader.domain import Array, Call, Configured, Layer, ModelGraph, Shape
from grader.graph.edits import with_layer
from grader.graph.reading.catalogue import MATRIX_OPERATIONS
from grader.graph.reading.parameters import parts

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
PRODUCTS = MATRIX_OPERATIONS | {
    "Dot", *(f"ops.{name}" for name in (
        "Conv", "ConvTranspose", "Convolve", "Correlate", "DepthwiseConv", "Dot", "DotProductAttention", "Einsum",
        "Inner", "Kron", "Matmul", "Outer", "SeparableConv", "Tensordot", "Vdot")),
}  # fmt: skip
"""What sums products over an axis of what it is given."""
LOOPS = frozenset({"SimpleRNN", "LSTM", "GRU", "RNN", *(f"ConvLSTM{n}D" for n in (1, 2, 3))})
SLIDING = frozenset({
    "STFTSpectrogram", *(f"{how}Conv{n}D" for how in ("", "Depthwise", "Separable") for n in (1, 2, 3)),
})  # fmt: skip
"""Classes that use each weight once for each place that they return."""
SQUARED = frozenset({"OrthogonalRegularizer", "Orthogonal"})
"""What multiplies a weight, taken for a matrix, with itself."""


def bounded(graph: ModelGraph) -> ModelGraph:
    """The network, marked if it is too large to be trained; it can still be described."""
    if len(graph.layers) > MAX_LAYERS or len(graph.calls) > MAX_CALLS:
        return refused(graph, 0, f"the network has more than {MAX_LAYERS} layers or {MAX_CALLS} calls")
    if graph.parameters is not None and graph.parameters > MAX_PARAMETERS:
        most = f"at most {MAX_PARAMETERS:,} can be graded"
        return refused(graph, 0, f"the network has {graph.parameters:,} parameters; {most}")
    counts = operations(graph)
    if sum(counts) <= MAX_OPERATIONS:
        return graph
    number = graph.calls[counts.index(max(counts))].layer
    reason = (
        f"this network needs {sum(counts):.1e} operations for one pass of {BATCH} samples; at most "
        f"{MAX_OPERATIONS:.0e} can be graded. Layer `{graph.layers[number].name}` needs most of them"
    )
    return refused(graph, number, reason)


def refused(graph: ModelGraph, number: int, reason: str) -> ModelGraph:
    """The network with one layer marked as one that cannot be trained, if it is not already."""
    layer = graph.layers[number]
    marked = with_layer(graph, number, replace(layer, untrainable=layer.untrainable or reason))
    return replace(marked, parameters=None)


def operations(graph: ModelGraph) -> list[int]:
    """By call, the operations of one pass."""
    return [_operations(graph.layers[call.layer], [graph.shape(t) for t in call.sources], call) for call in graph.calls]


def _operations(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    if layer.untrainable:
        return 0
    weights = layer.weights or 0
    held = list(parts(layer))
    elements = sum(map(_size, (*inputs, *call.shapes))) + _constants(call) + weights  # each weight moves in each step
    elements += sum(_more_elements(part, inputs, call) for part in held)
    elements += sum(_penalty(part, weights, inputs, call) for part in held)
    own = elements * ELEMENT + sum(_steps(part, layer, inputs) for part in held)
    return min(_MOST, own + _multiplied(layer, held, weights, inputs, call))


def _constants(call: Call) -> int:
    """Numbers of constant arrays among the arguments."""

    def count(part: object) -> int:
        return sum(map(count, part)) if isinstance(part, tuple) else 1

    return sum(count(argument.values) for argument in call.args if isinstance(argument, Array))


def _size(shape: Shape) -> int:
    return math.prod(_axes(shape)) if shape else 0


def _places(shape: Shape) -> int:
    """Positions in a batch, each with as many numbers as the last axis has."""
    return math.prod(_axes(shape)[:-1]) if len(shape) > 1 else BATCH


def _axes(shape: Shape) -> list[int]:
    """Sizes, with those that only the data have; the batch has its own size here, whatever the network says."""
    return [max(BATCH, size or 0) if axis == 0 else size or BATCH for axis, size in enumerate(shape)]


def _longest(shapes: Sequence[Shape]) -> int:
    return max((size for shape in shapes for size in _axes(shape)), default=1)


def _whole(layer: Layer, name: str, default: int = 1) -> int:
    """A whole number, or the product of several."""
    value = layer.param(name)
    values = value if isinstance(value, tuple) else (value,)
    return math.prod(number for number in values if type(number) is int) if value is not None else default


def _multiplied(layer: Layer, held: Sequence[Layer], weights: int, inputs: Sequence[Shape], call: Call) -> int:
    """Multiplications of weights and of tensors."""
    kinds = {part.kind for part in held}
    total = sum(_scores(part, inputs) for part in held if part.kind in ATTENDING)
    if layer.kind in PRODUCTS:
        return _longest(inputs or call.shapes) * (sum(map(_size, call.shapes)) or max(map(_size, inputs), default=0))
    if kinds & USED_ONCE:
        return total
    places = max(map(_places, call.shapes if kinds & SLIDING else (*inputs, *call.shapes)), default=BATCH)
    return total + weights * places


def _scores(layer: Layer, inputs: Sequence[Shape]) -> int:
    """Each place of a query meets each place of a key and value, in each head."""
    widest = max((_axes(shape)[-1] for shape in inputs if shape), default=1)
    width = _depth(layer) if "key_dim" in dict(layer.params) else widest
    each = width * ELEMENT if layer.kind == "AdditiveAttention" or layer.param("score_mode") == "concat" else 2 * width
    larger, smaller = sorted(map(_places, [*inputs, *inputs[:1]]), reverse=True)[:2] if inputs else (BATCH, BATCH)
    return _heads(layer) * larger * (smaller // BATCH) * (each + ELEMENT)


def _heads(layer: Layer) -> int:
    return max(_whole(layer, "num_heads"), _whole(layer, "num_query_heads"))


def _depth(layer: Layer) -> int:
    return max(_whole(layer, name) for name in ("key_dim", "value_dim", "head_dim"))


def _more_elements(layer: Layer, inputs: Sequence[Shape], call: Call) -> int:
    """Numbers that a layer computes on the way, and numbers that it computes repeatedly."""
    entering, leaving = (sum(map(_size, shapes)) for shapes in (inputs, call.shapes))
    match layer.kind:
        case kind if kind in LOOPS or kind.endswith("Cell"):  # four gates, each before and after its function
            places = max(map(_places, inputs), default=BATCH)
            return 8 * places * max(_whole(layer, "units"), _whole(layer, "filters"))
        case "MultiHeadAttention" | "GroupQueryAttention":
            return 4 * max(map(_places, inputs), default=BATCH) * _heads(layer) * _depth(layer)
        case kind if "Pool" in kind:
            return leaving * _whole(layer, "pool_size", 8) if "lobal" not in kind else 0
        case "CategoryEncoding":
            return entering * _whole(layer, "num_tokens")
        case "RandomGaussianBlur":
            return entering * _whole(layer, "kernel_size", 3) ** 2
        case "RandAugment":
            return entering * 10 * _whole(layer, "num_ops", 2)
        case "AugMix":
            return entering * 10 * _whole(layer, "num_chains", 3) * abs(_whole(layer, "chain_depth", 3) or 1)
        case "MelSpectrogram":
            frames = max(map(_size, call.shapes), default=0) // max(1, _whole(layer, "num_mel_bins", 128))
            return frames * _whole(layer, "fft_length", 2048) * 4 + leaving * _whole(layer, "fft_length", 2048) // 32
    return 0


def _steps(part: Layer, layer: Layer, inputs: Sequence[Shape]) -> int:
    """The loops of a layer, of which one that is unrolled is compiled step by step."""
    if part.kind == "SpectralNormalization":
        return STEP * _whole(part, "power_iterations")
    if part.kind not in LOOPS or not inputs:
        return 0
    steps = math.prod(_axes(inputs[0])[1 : 3 if layer.kind == "TimeDistributed" else 2])
    steps *= 2 if layer.kind == "Bidirectional" else 1
    return steps * (MAX_OPERATIONS // LONGEST_UNROLLED if part.param("unroll") else STEP)


def _penalty(layer: Layer, weights: int, inputs: Sequence[Shape], call: Call) -> int:
    """Numbers that initializers, regularizers, constraints and norms of weights compute, over and over."""
    total = weights * _whole(layer, "power_iterations") if layer.kind == "SpectralNormalization" else 0
    longest = max([_longest((*inputs, *call.shapes)), *(value for _, value in layer.params if type(value) is int)])
    for name, value in layer.params:
        if not isinstance(value, Configured) or not name.endswith(("_regularizer", "_constraint", "_initializer")):
            continue
        numbers = sum(map(_size, call.shapes)) if name.startswith("activity") else weights
        total += numbers
        if value.kind in SQUARED:
            total += numbers * longest // ELEMENT + longest**2
    return total
