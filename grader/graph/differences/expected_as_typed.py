"""The expected network as the student would type it, and what it needs besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.domain import FitCall, Layer, ModelGraph, Shape
from grader.domain.words import counted, in_location, listed
from grader.graph.differences.blocks import Blocks
from grader.graph.differences.names import is_result
from grader.graph.differences.words import Words
from grader.graph.reading.parameters import width_name

_LIKEWISE = ", and likewise in its"


def for_data(words: Words) -> list[str]:
    """What the data need where inputs or outputs are others than before, or where `fit` is given as many as before.

    Of a program that is written anew only the latter is certain: its network is not that of the `fit`.
    """
    fit, student, expected, is_new = words.names.fit, words.student, words.expected, words.names.rewritten
    ends = {
        "inputs": (len(student.inputs), len(expected.inputs), fit.inputs if fit else ()),
        "targets": (len(student.outputs), len(expected.outputs), fit.targets if fit else ()),
    }
    steps = []
    for noun, (own, needed, given) in ends.items():
        if (len(given) or (needed if is_new else own)) != needed:
            new = _from_one(words, given, noun, needed)
            steps.append(instead(new, given, noun, fit) if new else arrays(needed, noun, fit))
        elif not is_new and _is_moved(words, noun):
            steps.append(f"In {_data(fit)}, the {noun} must be in the order of the task: if they are, leave them.")
        if not is_new and noun == "targets" and own != needed > 1:
            steps.append(lists(needed))
    is_reshaped = len(student.inputs) == len(expected.inputs) and len(_shapes(words)) > 1
    return [*steps, *filter(None, [in_columns(words).strip() if is_reshaped else ""])]


def _shapes(words: Words) -> set[Shape]:
    """Of the inputs of both networks."""
    return {side[n].shape for side in (words.student, words.expected) for n in side.inputs}


def _from_one(words: Words, given: Sequence[str], noun: str, needed: int) -> list[str]:
    """So many arrays made of the one that `fit` is given: for inputs that are all fed alike that array again, for
    outputs its columns; none where it is not known what fits."""
    columns = words.names.fit.columns if words.names.fit and _are_columns(words.expected) else ()
    if noun == "targets":
        is_table = len(given) == 1 and columns[-1:] == (f"{given[0]}[:, :1]",)
        return [f"{given[0]}[:, {place}]" for place in range(needed)] if is_table else []
    labels = {words.expected[b].label for b in words.expected.inputs} - {""}
    is_one = len(labels) == len({*given}) == 1 and given[0] != ""
    return [[*columns, *given][0]] * needed if is_one and (columns or len(_shapes(words)) == 1) else []


def _are_columns(expected: Blocks) -> bool:
    """Whether each input is one number for each sample."""
    return {expected[b].shape[1:] for b in expected.inputs} == {(1,)}


def _data(fit: FitCall | None, and_its: str = " and its") -> str:
    """What data are given to; those for validation are others."""
    place, more = in_location(fit.location) if fit else "", f"{and_its} `validation_data`"
    return f"`fit`{place}{more * (fit is None or fit.validated)}"


def arrays(needed: int, noun: str, fit: FitCall | None = None) -> str:
    """The step that gives `fit` as many arrays of inputs or of targets as the network takes."""
    number = counted(needed, f"array of {noun}", f"arrays of {noun}")
    shapes = ", each with the shape of its `Input`" if noun == "inputs" and needed > 1 else ""
    return f"Give {_data(fit)} {number}{shapes}."


def instead(arrays: Sequence[str], given: Sequence[str], noun: str, fit: FitCall | None) -> str:
    """The step for inputs that are all fed with one array, and for targets that are the columns of one."""
    new, old = (f"[{', '.join(texts)}]" if len(texts) > 1 else texts[0] for texts in (arrays, given))
    ends = noun.replace("targets", "outputs")[:-1]
    return f"A model takes an array for each {ends}: write `{new}` in place of `{old}` in {_data(fit, _LIKEWISE)}."


def in_columns(words: Words) -> str:
    """The step for data with other columns than inputs that are one number for each sample."""
    fit = words.names.fit
    if fit is None or not _are_columns(words.expected):
        return ""
    pairs = zip((*fit.inputs, *fit.targets), fit.columns, strict=False)
    changes = [f"`{new}` in place of `{old}`" for old, new in dict(pairs).items() if old != new]
    return f" Write {listed(changes)} in {_data(fit, _LIKEWISE)}." if changes else ""


def lists(needed: int) -> str:
    """What several outputs mean for metrics and results."""
    metrics = ", ".join(["['mse']"] * needed)
    return (
        f"If `compile` has metrics, give it a list for each output, `metrics=[{metrics}]`. `predict` gives a list, too."
    )


def _is_moved(words: Words, noun: str) -> bool:
    """Whether the inputs or outputs are those of the task, in another order."""
    parameter = {"inputs": "input order", "targets": "output order"}[noun]
    orders = [change for change in words.changes if change.parameter == parameter]
    return any(sorted(words.there(change.expected)) == sorted(change.student) for change in orders)


def as_typed(words: Words, reference: ModelGraph) -> ModelGraph:
    """The network with initializers as one types them, and with the student's names of its ends and chosen widths."""
    inputs, outputs = (words.student.inputs, words.expected.inputs), (words.student.outputs, words.expected.outputs)
    layers = [words.expected[b].name for b in inputs[1]]  # those that are fed alike may stand in another order
    ends = [reference.layer_of(end.call).name for end in reference.outputs]
    names = dict(zip([*layers, *ends], [*_names(words, *inputs), *_names(words, *outputs)], strict=True))
    shared = {
        name for name in names if sum(reference.layer_of(n).name == name for n in range(len(reference.calls))) > 1
    }

    pairs = [(words.student[a], words.expected[b]) for a, b in words.pairs.items()]
    chosen = {needed.name: block.units for block, needed in pairs if needed.freedom.holds(block.units)}

    def typed(layer: Layer) -> Layer:
        params = dict(layer.params)
        params |= {width_name(layer.kind): chosen[layer.name]} if layer.name in chosen else {}
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
