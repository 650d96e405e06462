"""What a network can draw at all, whatever its weights, and what is known of each head before it is trained.

Each tensor is followed from the inputs. Layers without an activation keep a straight line straight; an activation
on a single unit bends it, but never turns it back; where several bends come together, anything goes. The last
activation before an output bounds the values that it can give. If nothing is certain, a network counts as able
to draw everything, so that a proof really is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from grader.domain import (
    MSE,
    Calibration,
    Call,
    Configured,
    DataSpec,
    Layer,
    Metric,
    ModelGraph,
    Tensor,
    ancestors,
)
from grader.graph import canonical, has_weights, ignores_numbers
from grader.graph.reading.parameters import DROPOUTS

CONSTANT, STRAIGHT_LINE, MONOTONE, RANGE = "constant", "straight_line", "monotone", "range"
FAMILIES = {
    CONSTANT: "constant",
    "non_negative": "curve without negative numbers",
    STRAIGHT_LINE: "straight line",
    MONOTONE: "curve that only rises or only falls",
}
"""Poor models whose smallest errors are floors, in words."""
_ANYTHING = "anything"

_PASSING = frozenset({
    "Concatenate", "Average", "Identity", "Flatten", "Reshape", "RepeatVector", "Dropout", "AlphaDropout",
    "GaussianDropout", "GaussianNoise", "ActivityRegularization",
})  # fmt: skip
_AFFINE = _PASSING | {
    "Dense", "Add", "Subtract", "Rescaling", "BatchNormalization", "ops.Add", "ops.Subtract", "ops.Negative",
}  # fmt: skip
_KEEPS_RANGE = _PASSING | {"Maximum", "Minimum"}
_MONOTONE_ACTIVATIONS = frozenset({
    "sigmoid", "tanh", "relu", "relu6", "elu", "selu", "celu", "softplus", "softsign", "exponential", "hard_sigmoid",
    "hard_tanh", "log_sigmoid", "ReLU", "LeakyReLU", "ELU",
})  # fmt: skip
_EVERYTHING = (-math.inf, math.inf)
_RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax"), (0.0, 1.0)),
    **dict.fromkeys(("relu", "softplus", "squareplus", "sparse_plus", "exponential"), (0.0, math.inf)),
    **dict.fromkeys(("tanh", "hard_tanh", "softsign"), (-1.0, 1.0)),
    **dict.fromkeys(("log_sigmoid", "log_softmax"), (-math.inf, 0.0)),
    "relu6": (0.0, 6.0),
}


@dataclass(frozen=True)
class Proof:
    """A proof that no training brings a head below its threshold: `floor` is the smallest error of its `family`.

    `layer` is the one to change, if one can be named; `activation` and `bounds` are those that limit a head.
    """

    family: str
    floor: float
    layer: str = ""
    activation: str = ""
    bounds: tuple[float, float] = _EVERYTHING


def proofs(graph: ModelGraph, data: DataSpec, calibration: Calibration) -> tuple[Proof | None, ...]:
    """By head: why it cannot reach its threshold, if that is certain."""
    plain = canonical(graph, data.inputs)
    shapes = _shapes(plain, single_axis=len(set(data.inputs)) == 1)
    strongest = []
    for head, output in enumerate(plain.outputs):
        threshold, floors = calibration.thresholds[head], calibration.floors[head]
        # The floor of a range is computed here: of squares, and only where all validation points are known.
        is_exact = calibration.measures[head] == MSE and data.file is None
        targets = calibration.validation[head + 1] if calibration.validation and is_exact else ()
        candidates = [_shape_proof(plain, output, shapes, floors), _range_proof(plain, output, targets, floors)]
        proven = [proof for proof in candidates if proof is not None and proof.floor > threshold]
        strongest.append(max(proven, key=lambda proof: proof.floor, default=None))
    return tuple(strongest)


def is_line(graph: ModelGraph) -> bool:
    """Whether the graph proves that every output is a weighted sum of the inputs."""
    plain = canonical(graph)
    shapes = _shapes(plain, single_axis=False)
    return all(shapes[output.call] in (STRAIGHT_LINE, CONSTANT) for output in plain.outputs)


def _shape_proof(graph: ModelGraph, output: Tensor, shapes: Sequence[str], floors: Mapping[str, float]) -> Proof | None:
    shape = shapes[output.call]
    family = MONOTONE if shape.isdigit() else shape
    if family not in floors:
        return None
    if family == MONOTONE:
        (bent,) = graph.calls[int(shape)].sources
        activation = activation_of(graph.layer_of(output.call)) if int(shape) == output.call else ""
        return Proof(family, floors[family], graph.layer_of(bent.call).name, activation)
    layers = map(graph.layer_of, ancestors(graph.calls, [output.call]))
    dense = [layer.name for layer in layers if layer.kind == "Dense"]
    hidden, end = dense[0] if len(dense) > 1 else "", graph.layer_of(output.call)  # the last one gives the output
    return Proof(family, floors[family], end.name if family == CONSTANT else hidden, activation_of(end))


def _range_proof(
    graph: ModelGraph, output: Tensor, targets: Sequence[float], floors: Mapping[str, float]
) -> Proof | None:
    low, high = bounds = _ranges(graph)[output.call]
    if bounds == _EVERYTHING or not targets:
        return None
    floor = fmean(max(low - target, target - high, 0.0) ** 2 for target in targets)
    if low == 0.0 and high >= max(targets):
        floor = floors.get("non_negative", floor)
    end = graph.layer_of(output.call)
    return Proof(RANGE, floor, end.name, activation_of(end), bounds)


def _shapes(graph: ModelGraph, *, single_axis: bool) -> list[str]:
    """By call: `constant`, `straight_line`, `anything`, or the number of the call that bends a line.

    All numbers of a tensor that bends at call n rise and fall with what call n gives, which itself never turns back.
    """
    shapes: list[str] = []
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        before = {shapes[source.call] for source in call.sources} - {CONSTANT}
        is_zero = layer.kind == "ops.Multiply" and 0 in [value for value in call.args if isinstance(value, int | float)]
        if layer.kind == "InputLayer":
            shapes.append(STRAIGHT_LINE)
        elif layer.kind == "Activation":
            shapes.append(_activated(graph, number, before, single_axis=single_axis))
        elif is_zero or ignores_numbers(layer, call) or (not before and layer.kind in _AFFINE):
            shapes.append(CONSTANT)
        elif len(before) == 1 and _is_affine(layer, call, shapes):
            shapes.append(before.pop())
        else:
            shapes.append(_ANYTHING)
    return shapes


def _activated(graph: ModelGraph, number: int, before: set[str], *, single_axis: bool) -> str:
    call = graph.calls[number]
    if call.kwargs or len(call.sources) != 1:
        return _ANYTHING
    shape = graph.shape(call.sources[0])
    name = activation_of(graph.layers[call.layer])
    is_single = bool(shape) and math.prod(size or 0 for size in shape[1:]) == 1
    if not before or (name in ("softmax", "sparsemax") and is_single):
        return CONSTANT
    on_one_axis = single_axis or before != {STRAIGHT_LINE}
    can_bend = is_single and on_one_axis and _ANYTHING not in before and name in _MONOTONE_ACTIVATIONS
    return str(number) if can_bend else _ANYTHING


def _is_affine(layer: Layer, call: Call, shapes: Sequence[str]) -> bool:
    """Whether a call only computes a weighted sum of what it reads."""
    if call.kwargs or layer.param("axis") is not None:
        return False
    varying = sum(shapes[source.call] != CONSTANT for source in call.sources)
    if layer.kind in ("Multiply", "ops.Multiply"):
        return varying <= 1
    if layer.kind == "ops.Divide":
        return varying <= 1 and isinstance(call.args[0], Tensor) and not isinstance(call.args[1], Tensor)
    return layer.kind in _AFFINE


def _ranges(graph: ModelGraph) -> list[tuple[float, float]]:
    """By call: the bounds between which its values certainly lie."""
    ranges: list[tuple[float, float]] = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        if layer.kind == "Activation":
            ranges.append(_RANGES.get(activation_of(layer), _EVERYTHING))
        elif layer.kind in _KEEPS_RANGE and not call.kwargs and call.sources:
            lows, highs = zip(*(ranges[source.call] for source in call.sources), strict=True)
            ranges.append((min(lows), max(highs)))
        else:
            ranges.append(_EVERYTHING)
    return ranges


def activation_of(layer: Layer) -> str:
    """The name of an activation, empty if it has none."""
    value = layer.param("activation")
    return value.kind if isinstance(value, Configured) else str(value or "")


@dataclass(frozen=True)
class HeadFacts:
    """What is known about one head besides its runs; `target` are the values wanted at the validation points."""

    number: int
    name: str
    threshold: float
    floors: Mapping[str, float]
    target: tuple[float, ...] = ()
    proof: Proof | None = None
    unread: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()  # layers whose weights keep their random start
    is_open: bool = False  # the task leaves the network to the student
    may_help: tuple[str, ...] = ()  # what an open task leaves to try, the likeliest first
    metric: Metric = MSE


def heads_of(graph: ModelGraph, data: DataSpec, calibration: Calibration) -> tuple[HeadFacts, ...]:
    """Each head of a network, with what the graph and the calibration say about it."""
    points, heads = calibration.validation, []
    for number, proof in enumerate(proofs(graph, data, calibration)):
        needed = ancestors(graph.calls, [graph.outputs[number].call])
        layers = list(dict.fromkeys(map(graph.layer_of, needed)))  # on the way to the output
        head = HeadFacts(
            number,
            graph.output_names[number] if graph.output_names else str(number + 1),
            calibration.thresholds[number],
            calibration.floors[number],
            points[number + 1] if points else (),
            proof,
            _unread(graph, data, needed),
            tuple(layer.name for layer in layers if layer.frozen and has_weights(replace(layer, frozen=False))),
            calibration.reference is None,
            _left_to_try(graph, number, needed),
            calibration.measures[number],
        )
        heads.append(head)
    return tuple(heads)


def _left_to_try(graph: ModelGraph, head: int, needed: Sequence[int]) -> tuple[str, ...]:
    """Changes, in words, that a network has not made yet for a head; a last one is always left."""
    layers = [graph.layer_of(call) for call in needed]
    inexact = [layer.kind for layer in layers if layer.kind in DROPOUTS | {"GaussianNoise", "BatchNormalization"}]
    inexact += [name for layer in layers for name, value in layer.params if "regularizer" in name and value is not None]
    dense = [layer for layer in layers if layer.kind == "Dense"]
    outputs = [tensor.call for number, tensor in enumerate(graph.outputs) if number != head]
    end = graph.layer_of(graph.outputs[head].call)
    may_die = "relu" in (end.param("activation"), end.kind.lower())  # at the output, it may give 0 for ever
    shared = [call for call in ancestors(graph.calls, outputs) if call in needed and graph.layer_of(call) in dense]
    started = any(layer.param("kernel_initializer") is not None for layer in dense)
    curved = any(layer.param("activation") == "tanh" for layer in dense)
    return (
        *(f"leave out `{name}`" for name in dict.fromkeys(inexact)),
        *([f"leave out the `relu` of `{end.name}`"] if may_die else []),
        *(["leave out `kernel_initializer`"] if started else []),
        *([] if curved else ["use `tanh` in the hidden layers"]),
        *(["give each output a branch of its own"] if shared else []),
        *([f"put a second hidden Dense layer, with an activation, before `{end.name}`"] if len(dense) < 3 else []),
        "use more units",
    )


def _unread(graph: ModelGraph, data: DataSpec, needed: Sequence[int]) -> tuple[str, ...]:
    """Inputs whose data do not reach an output, neither through them nor through another input with the same data."""
    names = graph.input_names or tuple(graph.makers(graph.inputs))
    inputs = list(zip(data.inputs, graph.inputs, names, strict=True))
    reached = {label for label, tensor, _ in inputs if tensor.call in needed}
    return tuple(name for label, _, name in inputs if label not in reached)
