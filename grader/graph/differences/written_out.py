"""A network that no change of single lines corrects, as the code that builds the expected one."""

from __future__ import annotations

from dataclasses import replace

from grader.domain import Layer, ModelGraph
from grader.domain.words import code_below, fed, listed
from grader.graph.differences.phrases import Words
from grader.graph.source import ends_of, program, statements


def written_out(words: Words, reference: ModelGraph) -> str:
    """The whole network as one step, at the line of the student's `Model(…)` where that is known."""
    named = dict(zip((reference.calls[end.call].layer for end in reference.outputs), _names(words), strict=True))
    layers = tuple(_as_typed(words, layer, named.get(number, "")) for number, layer in enumerate(reference.layers))
    network, names = replace(reference, layers=layers), words.names
    both = words.student, words.expected
    counts = (("inputs", [len(one.inputs) for one in both]), ("targets", [len(one.outputs) for one in both]))
    for_fit = "".join(fed(needed, noun) for noun, (own, needed) in counts if own != needed)
    if names.model is None:
        return code_below(f"Write the network out, a layer a line.{for_fit}", program(network, None).splitlines())
    there = f"this code above {names.model}, and `{ends_of(network)}` in `Model(…)` there"
    code = [*statements(network, names.prefix)]
    kinds = {"Input" if one.kind == "InputLayer" else one.kind for one in layers if not one.kind.startswith("ops.")}
    lines = [] if names.prefix else [f"from keras.layers import {', '.join(sorted(kinds))}"]
    lines += ["import keras"] if any("keras." in line.replace(names.prefix or " ", "") for line in code) else []
    imports = f" It needs {listed([f'`{line}`' for line in lines])} at the top." if lines else ""
    step = f"Write the network out, a layer a line: {there}; what builds it now can go."
    return code_below(f"{step}{imports}{for_fit}", code)


def _names(words: Words) -> list[str]:
    """The names that the student gave the outputs, in the order of the task; empty for those that have none."""
    own, needed = words.student.outputs, words.expected.outputs
    alike = [end if end not in words.pairs else -1 for end in own] if len(own) == len(needed) else [-1] * len(needed)
    ends = [words.partners.get(number, other) for number, other in zip(needed, alike, strict=True)]
    names = [words.student[end].name if end >= 0 else "" for end in ends]
    return ["" if name in words.names.generated else name for name in names]


def _as_typed(words: Words, layer: Layer, name: str) -> Layer:
    params = {key: words.initializers.get(key, value) for key, value in layer.params}
    return replace(layer, params=(*params.items(), *([("name", name)] if name else [])))
