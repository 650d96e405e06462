"""A network that no change of single lines corrects, as the code that builds the expected one."""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Layer, ModelGraph
from grader.domain.words import code_below, fed
from grader.graph.differences.phrases import Words
from grader.graph.source import program


def written_out(words: Words, reference: ModelGraph) -> str:
    """The whole network as one step, at the line of the student's `Model(…)` where that is known."""
    named = dict(zip((reference.calls[end.call].layer for end in reference.outputs), _names(words), strict=True))
    layers = tuple(_as_typed(words, layer, named.get(number, "")) for number, layer in enumerate(reference.layers))
    lines = program(replace(reference, layers=layers), None).splitlines()
    step = "Write the network out, a layer a line."
    if place := words.names.model:
        call = lines.pop().partition(" = ")[2]
        there = f"this code above {place}, and `{call}` in place of `Model(…)` there"
        step = f"Write the network out, a layer a line: {there}; what builds it now can go."
    both = words.student, words.expected
    for noun, (own, needed) in (("inputs", [one.inputs for one in both]), ("targets", [one.outputs for one in both])):
        step += fed(len(needed), noun) if len(own) != len(needed) else ""
    return code_below(step, lines)


def _names(words: Words) -> list[str]:
    """The names that the student gave the outputs, in the order of the task; empty for those that have none."""
    own, needed = words.student.outputs, words.expected.outputs
    alike = own if len(own) == len(needed) else [-1] * len(needed)
    ends = [words.partners.get(number, other) for number, other in zip(needed, alike, strict=True)]
    names = [words.student[end].name if end in own else "" for end in ends]
    return ["" if name in words.names.generated else name for name in names]


def _as_typed(words: Words, layer: Layer, name: str) -> Layer:
    params = {key: words.initializers.get(key, value) for key, value in layer.params}
    return replace(layer, params=(*params.items(), *([("name", name)] if name else [])))
