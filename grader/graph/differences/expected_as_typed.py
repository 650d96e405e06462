"""The expected network as the student would type it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.domain import Layer, ModelGraph
from grader.graph.differences.names import is_result
from grader.graph.differences.words import Words
from grader.graph.reading.parameters import width_name


def as_typed(words: Words, reference: ModelGraph) -> ModelGraph:
    """The network with initializers as one types them, and with the student's names of its ends and choices."""
    inputs, outputs = (words.student.inputs, words.expected.inputs), (words.student.outputs, words.expected.outputs)
    layers = [words.expected[b].name for b in inputs[1]]  # those that are fed alike may stand in another order
    ends = reference.makers(reference.outputs)
    names = dict(zip([*layers, *ends], [*_names(words, *inputs), *_names(words, *outputs)], strict=True))
    shared = {
        name for name in names if sum(reference.layer_of(n).name == name for n in range(len(reference.calls))) > 1
    }

    pairs = [(words.student[a], words.expected[b]) for a, b in words.pairs.items()]
    units = {needed.name: block.units for block, needed in pairs if needed.freedom.holds(block.units)}
    activations = {needed.name: block.activation for block, needed in pairs if needed.freedom.activation}

    def typed(layer: Layer) -> Layer:
        params = dict(layer.params)
        params |= {width_name(layer.kind): units[layer.name]} if layer.name in units else {}
        params |= {"activation": activations[layer.name]} if layer.name in activations else {}
        params = {key: value for key, value in params.items() if (key, value) != ("activation", "linear")}
        name = "" if layer.name in shared or layer.kind.startswith("ops.") else names.get(layer.name, "")
        return replace(layer, params=tuple((params | ({"name": name} if name else {})).items()))

    return with_initializers(replace(reference, layers=tuple(map(typed, reference.layers))), words.initializers)


def with_initializers(network: ModelGraph, initializers: Mapping[str, str]) -> ModelGraph:
    """The network with these initializers, by parameter, in each layer that has such a parameter."""

    def typed(layer: Layer) -> Layer:
        params = ((key, initializers.get(key, value)) for key, value in layer.params)
        return replace(layer, params=tuple(params))

    return replace(network, layers=tuple(map(typed, network.layers)))


def _names(words: Words, own: Sequence[int], needed: Sequence[int]) -> list[str]:
    """The names that the student gave the ends, in the order of the task; empty for those that have none."""
    rest = [end if end not in words.pairs else -1 for end in own] if len(own) == len(needed) else [-1] * len(needed)
    ends = [words.partners.get(number, end) for number, end in zip(needed, rest, strict=True)]
    alone = [end >= 0 and len(words.student.calls[words.student[end].layer]) == 1 for end in ends]
    names = [words.student[end].name if is_alone else "" for end, is_alone in zip(ends, alone, strict=True)]
    return ["" if name in words.names.generated or is_result(name) else name for name in names]
