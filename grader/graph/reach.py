"""Which inputs lead to which outputs, as far as the structure of a network says it."""

from __future__ import annotations

from grader.domain import Layer, ModelGraph

_PASSING = frozenset({"InputLayer", "Dense", "Activation", "Concatenate", "Dropout", "Identity", "Flatten", "Reshape"})
_HIDING = frozenset({"softmax", "log_softmax"})  # of a single unit these are constant


def reaches(graph: ModelGraph) -> tuple[tuple[bool, ...], ...]:
    """By output, whether there is a way to it from each input."""
    behind: list[set[int]] = []
    for number, call in enumerate(graph.calls):
        behind.append({number}.union(*(behind[tensor.call] for tensor in call.sources)))
    return tuple(tuple(tensor.call in behind[output.call] for tensor in graph.inputs) for output in graph.outputs)


def is_all_there_is(graph: ModelGraph) -> bool:
    """Whether a way from an input to an output is all it takes: nothing on it can hide the input's value."""
    return all(_passes_on(layer) for layer in graph.layers)


def _passes_on(layer: Layer) -> bool:
    return layer.kind in _PASSING and not layer.frozen and layer.param("activation") not in _HIDING
