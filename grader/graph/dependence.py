"""What the outputs of a network depend on: which inputs, and by which paths, as far as the structure shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.domain import Call, Layer, ModelGraph, Tensor, ancestors
from grader.graph.reading.layers import operation_name
from grader.graph.reading.parameters import has_weights

_PASSING = frozenset({"InputLayer", "Dense", "Activation", "Concatenate", "Dropout", "Identity", "Flatten", "Reshape"})
_HIDING = frozenset({"softmax", "log_softmax", "sparsemax"})  # of a single unit these are constant
_HIDING_KINDS = {"Softmax": "softmax", "ops.Softmax": "softmax", "ops.LogSoftmax": "log_softmax"}
# The same for all numbers of one shape; the last three as long as these are finite.
_SAME = frozenset({
    f"ops.{kind}" for kind in ("ZerosLike", "OnesLike", "FullLike", "EmptyLike", "Isnan", "Isinf", "Isfinite")
})  # fmt: skip
_FORMULAS = frozenset({f"ops.{kind}" for kind in (
    "Power", "Mod", "Sqrt", "Log", "Log1p", "Log2", "Log10", "Expm1", "Exp2", "Sin", "Cos", "Tan", "Sinh", "Cosh",
    "Sinc", "Arcsin", "Arccos", "Arctan", "Arcsinh", "Arccosh", "Arctanh", "Reciprocal", "Erf", "Erfinv", "Rsqrt",
)})  # fmt: skip


def formula_of(graph: ModelGraph, output: Tensor) -> Layer | None:
    """A function such as the sine on the way to an output, applied to values that no weights influence."""
    layers = [graph.layers[call.layer] for call in graph.calls]
    weighted = sum(1 << number for number, layer in enumerate(layers) if has_weights(layer))
    formulas = (number for number in ancestors(graph.calls, [output.call]) if _is_formula(layers[number]))
    return next((layers[number] for number in formulas if not graph.ancestry[number] & weighted), None)


def _is_formula(layer: Layer) -> bool:
    return layer.kind in _FORMULAS or (layer.kind == "Activation" and layer.param("activation") == "exponential")


def ignores_numbers(layer: Layer, call: Call) -> bool:
    """Whether a call looks only at the shape of what it is given: the second argument of `full_like` counts."""
    return layer.kind in _SAME and len(call.sources) == 1


@dataclass(frozen=True)
class Silencer:
    """A layer that gives the same result for every input: why, and by its name what helps."""

    layer: str
    reason: str
    step: Callable[[str], str]


def silencer(graph: ModelGraph, starts: Sequence[Tensor], end: Tensor | None = None) -> Silencer | None:
    """The first layer that silences its input, after one of these tensors and on the way to another."""
    after = {start.call for start in starts}
    before = range(len(graph.calls)) if end is None else ancestors(graph.calls, [end.call])
    for number in before:
        call = graph.calls[number]
        is_end = end is not None and number == end.call
        culprit = _silences(graph.layers[call.layer], call, is_end=is_end) if call.sources else None
        if culprit and any(graph.depends(number, start) for start in after):
            return culprit
    return None


def _silences(layer: Layer, call: Call, *, is_end: bool) -> Silencer | None:
    if ignores_numbers(layer, call):
        reason = f"a `keras.ops.{operation_name(layer.kind)}`, gives the same result for every input"
        return Silencer(layer.name, reason, "Remove {}, so that the result depends on the input.".format)
    if layer.opaque:
        return None
    name = _HIDING_KINDS.get(layer.kind, layer.param("activation"))
    if name not in _HIDING or not call.shapes or math.prod(size or 0 for size in call.shapes[0][1:]) != 1:
        return None
    value = "0" if name == "log_softmax" else "1"
    step = "Give {} another activation, such as `sigmoid`, or more units."
    if is_end:
        step = "Remove {}." if layer.kind in _HIDING_KINDS else "Leave out the activation of {}."
    return Silencer(layer.name, f"`{name}` over a single unit, is always {value}", step.format)


def reaches(graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
    """By output, whether there is a path to it from each input on which its values are not certainly lost."""
    closed = {number for number, call in enumerate(graph.calls) if ignores_numbers(graph.layers[call.layer], call)}
    behind = [ancestors(graph.calls, [output.call], closed) for output in graph.outputs]
    return tuple(tuple(tensor.call in calls for tensor in graph.inputs) for calls in behind)


def is_all_there_is(graph: ModelGraph) -> bool:
    """Whether a path from an input to an output is enough: nothing on it can hide the input's value."""
    return all(_passes_on(layer) for layer in graph.layers)


def _passes_on(layer: Layer) -> bool:
    bounded = any(name.endswith("_constraint") for name, value in layer.params if value is not None)
    return not bounded and layer.kind in _PASSING and not layer.frozen and layer.param("activation") not in _HIDING
