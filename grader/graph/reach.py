"""What leads to the outputs of a network: which inputs, and by what way, as far as its structure says it."""

from __future__ import annotations

from grader.domain import Layer, ModelGraph, Tensor
from grader.graph.operations import UNARY
from grader.graph.weights import has_weights

_PASSING = frozenset({"InputLayer", "Dense", "Activation", "Concatenate", "Dropout", "Identity", "Flatten", "Reshape"})
_HIDING = frozenset({"softmax", "log_softmax"})  # of a single unit these are constant

_ARITHMETIC = frozenset({"Abs", "Absolute", "Negative", "Square", "Sign", "Copy", "StopGradient", "Floor", "Ceil"})
_FORMULAS = frozenset({"ops.Power", "ops.Mod", *(f"ops.{kind}" for kind in UNARY if kind not in _ARITHMETIC)})


def formula_of(graph: ModelGraph, output: Tensor) -> Layer | None:
    """A function such as the sine on the way to an output, of numbers that no weights have a part in."""
    behind = _behind(graph)
    trained = [has_weights(graph.layers[call.layer]) for call in graph.calls]
    for number in sorted(behind[output.call]):
        layer = graph.layers[graph.calls[number].layer]
        if _is_formula(layer) and not any(trained[before] for before in behind[number]):
            return layer
    return None


def _is_formula(layer: Layer) -> bool:
    return layer.kind in _FORMULAS or (layer.kind == "Activation" and layer.param("activation") == "exponential")


def _behind(graph: ModelGraph) -> list[set[int]]:
    """By call, the calls that it depends on, itself among them."""
    behind: list[set[int]] = []
    for number, call in enumerate(graph.calls):
        behind.append({number}.union(*(behind[tensor.call] for tensor in call.sources)))
    return behind


def reaches(graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
    """By output, whether there is a way to it from each input."""
    behind = _behind(graph)
    return tuple(tuple(tensor.call in behind[output.call] for tensor in graph.inputs) for output in graph.outputs)


def is_all_there_is(graph: ModelGraph) -> bool:
    """Whether a way from an input to an output is all it takes: nothing on it can hide the input's value."""
    return all(_passes_on(layer) for layer in graph.layers)


def _passes_on(layer: Layer) -> bool:
    return layer.kind in _PASSING and not layer.frozen and layer.param("activation") not in _HIDING
