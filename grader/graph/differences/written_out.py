"""A network that no change of single lines corrects, as the code that builds the expected one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import Layer, ModelGraph
from grader.domain.words import code_below, fed, line_in_cell, listed
from grader.graph.differences.names import is_result
from grader.graph.differences.phrases import Words
from grader.graph.reading.parameters import width_name
from grader.graph.source import ends_of, program, statements

STEM = "net"  # of variables that hide nothing of a program, such as its data


def written_out(words: Words, reference: ModelGraph) -> str:
    """The whole network as one step, at the line of the student's `Model(…)` where that is known."""
    network, place = _as_typed(words, reference), words.names.model
    sides = words.student, words.expected
    counts = (("inputs", [len(side.inputs) for side in sides]), ("targets", [len(side.outputs) for side in sides]))
    for_fit = "".join(fed(needed, noun) for noun, (own, needed) in counts if own != needed)
    if place is None:
        return code_below(f"Write the network out, a layer a line.{for_fit}", program(network, None).splitlines())
    where = line_in_cell(place.line, place.cell) if place.cell else str(place)
    brackets = f"write `{ends_of(network, STEM)}` into the brackets of `Model(…)` there, in place of what is in them"
    there = f"put this code above {where}, indented like it, and {brackets}"
    step = f"Write the network out, a layer a line: {there}. What has built it so far is not needed any more."
    lines = listed([f"`{line}`" for line in _imports(network, words.names.prefix)], "")
    needs = f" It needs {lines} at the top, if that is not there." if lines else ""
    return code_below(f"{step}{needs}{for_fit}", statements(network, words.names.prefix, STEM))


def _imports(network: ModelGraph, prefix: str) -> list[str]:
    """What the code needs beside what the program has: it may have imported other classes."""
    kinds = [layer.kind for layer in network.layers if not layer.kind.startswith("ops.")]
    names = ", ".join(sorted({"Input" if kind == "InputLayer" else kind for kind in kinds}))
    of_keras = any("keras." in line for line in statements(network, ""))
    return [*([] if prefix else [f"from keras.layers import {names}"]), *(["import keras"] if of_keras else [])]


def _as_typed(words: Words, reference: ModelGraph) -> ModelGraph:
    """The network with initializers as one types them, and with the student's names of its ends and chosen widths."""
    sides = ((reference.inputs, words.student.inputs, words.expected.inputs),
             (reference.outputs, words.student.outputs, words.expected.outputs))  # fmt: skip
    names: dict[int, str] = {}
    for ends, own, needed in sides:
        names |= dict(zip((reference.calls[end.call].layer for end in ends), _names(words, own, needed), strict=True))
    once = [number for number in names if sum(call.layer == number for call in reference.calls) == 1]

    pairs = [(words.student[a], words.expected[b]) for a, b in words.pairs.items()]
    chosen = {needed.name: block.units for block, needed in pairs if needed.freedom.holds(block.units)}

    def typed(number: int, layer: Layer) -> Layer:
        params = {key: words.initializers.get(key, value) for key, value in layer.params}
        params |= {width_name(layer.kind): chosen[layer.name]} if layer.name in chosen else {}
        name = names[number] if number in once and not layer.kind.startswith("ops.") else ""
        return replace(layer, params=tuple((params | ({"name": name} if name else {})).items()))

    return replace(reference, layers=tuple(typed(*entry) for entry in enumerate(reference.layers)))


def _names(words: Words, own: Sequence[int], needed: Sequence[int]) -> list[str]:
    """The names that the student gave the ends, in the order of the task; empty for those that have none."""
    rest = [end if end not in words.pairs else -1 for end in own] if len(own) == len(needed) else [-1] * len(needed)
    ends = [words.partners.get(number, end) for number, end in zip(needed, rest, strict=True)]
    names = [words.student[end].name if end >= 0 else "" for end in ends]
    return ["" if name in words.names.generated or is_result(name) else name for name in names]
