"""What the checks of single layers have in common: they choose layers, and each of these, or enough, must be right.

What is wrong is explained by a difference from the reference, if there is one; an open task has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from grader.checks.evidence import MOST_NAMED, SUBJECTS_OF_LAYERS, Evidence, with_others
from grader.checks.findings import Finding, caused, passed
from grader.domain import Layer, ModelGraph, Step, Subject, readers
from grader.domain.told_edits import step_of
from grader.domain.words import counted, listed
from grader.graph import Setting, WrongValues


@dataclass(frozen=True)
class Chosen:
    """A layer that a check is about: what it must have, in words that can be written, and what it has."""

    name: str
    wanted: str
    found: str
    is_right: bool
    setting: tuple[str, str] | None = None  # a parameter, and its value as code


@dataclass(frozen=True)
class Demand:
    """How many right layers there must be, and whether each one that is chosen must be right.

    `noun` is what one is, such as "`Dropout` layer after `Dense`"; `missing` and `correct` are next steps, for too few
    layers and for a wrong one; `classes` are those chosen from, and `subjects` those of differences that explain a
    wrong layer.
    """

    noun: str
    expected: str
    missing: str
    subjects: Sequence[Subject]
    classes: Sequence[str] = ()
    low: int = 1
    high: int | None = None
    each: bool = True
    correct: str = ""


def decide(evidence: Evidence, demand: Demand, chosen: Sequence[Chosen]) -> Finding:
    """Whether the chosen layers are as demanded; otherwise the nearest mistake, a wrong layer before a missing one."""
    right = [layer for layer in chosen if layer.is_right]
    wrong = [layer for layer in chosen if not layer.is_right]
    if not demand.each:
        wrong = wrong[: max(0, demand.low - len(right))]
    actual = listed(list(dict.fromkeys(layer.found for layer in wrong or chosen)))
    number = counted(len(right) or "no", demand.noun, demand.noun.replace("layer", "layers", 1))
    if wrong:
        return _wrong(evidence, demand, wrong, actual, len(right) / max(demand.low, len(right) + len(wrong)))
    if len(right) < demand.low:
        message = f"The model has {number}; the exercise asks for {bounds(demand.low, demand.high)}."
        cause, share = evidence.cause(SUBJECTS_OF_LAYERS, classes=demand.classes), len(right) / demand.low
        return caused(cause, message, expected=demand.expected, actual=actual, hint=demand.missing, share=share)
    if demand.high is not None and len(right) > demand.high:
        names = listed([evidence.names.name(layer.name) for layer in right])
        message = f"The model has {number}; the exercise allows {bounds(demand.low, demand.high)}: found {names}."
        hint = f"Remove {counted(len(right) - demand.high, 'of them', 'of them')}."
        cause = evidence.cause(SUBJECTS_OF_LAYERS, [layer.name for layer in right])
        return caused(cause, message, expected=demand.expected, actual=actual, hint=hint)
    return passed(f"The model has {demand.expected}.", expected=demand.expected, actual=actual)


def _wrong(evidence: Evidence, demand: Demand, wrong: Sequence[Chosen], actual: str, share: float) -> Finding:
    """The first wrong layer, with the others that the same step corrects; and the steps for all of their settings.

    One to be removed needs no other advice, nor does one with which the comparison finds nothing wrong.
    """
    needed = [layer for layer in wrong if layer.name not in evidence.superfluous]
    first = (needed or wrong)[0]
    alike = list(dict.fromkeys(layer.name for layer in needed or wrong if layer.wanted == first.wanted))
    names = [evidence.names.name(name) for name in alike]
    sentence = f"{evidence.names.titled(first.name)}: expected {first.wanted}, found {first.found}."
    message = with_others(sentence, names[1:])
    own = [layer for layer in needed or wrong if layer.name in alike]
    code = listed([*dict.fromkeys(layer.wanted for layer in own)])
    where = listed(names) if len(names) <= MOST_NAMED else "all layers named above"
    hint = Step(demand.correct or f"Write {code} in {where}.")
    if first.setting:
        settings = {(layer.name, layer.setting[0]): layer.setting[1] for layer in own if layer.setting}
        hint = _correction(evidence, settings, replace(hint, edits=evidence.edits))
    cause = evidence.cause(demand.subjects, alike) if needed else None
    if cause is None and not (needed and first.setting):  # at settings of initializers, the comparison does not look
        cause = evidence.root((), alike)
    return caused(cause, message, expected=demand.expected, actual=actual, hint=hint, share=share)


def _correction(evidence: Evidence, wrong: Mapping[Setting, str], otherwise: Step) -> Step:
    """The step that gives settings their values."""
    kinds = {layer.name: layer.kind for layer in evidence.built.layers}
    steps = [WrongValues(evidence.names, wrong).step(setting, kinds[setting[0]]) for setting in wrong]
    edits = [step.edits if step else () for step in steps]
    return step_of([*chain.from_iterable(edits)]) if all(edits) else otherwise


def beside(graph: ModelGraph, call: int, *, before: bool, through: Callable[[Layer], bool]) -> list[Layer]:
    """The layers directly before or after a call, and those that come next through some of these."""
    near = [[tensor.call for tensor in reader.sources] for reader in graph.calls] if before else readers(graph.calls)
    numbers = list(dict.fromkeys(near[call]))
    for number in numbers:
        if through(graph.layer_of(number)):
            numbers += [further for further in dict.fromkeys(near[number]) if further not in numbers]
    return [graph.layer_of(neighbour) for neighbour in numbers]


def named(kind: str) -> str:
    """A class in a sentence; `Activation` stands for every one."""
    return "an activation" if kind == "Activation" else f"`{kind}`"


def bounds(low: int, high: int | None) -> str:
    """`at least 2 and at most 3`, `2`, `no`."""
    if low == high:
        return str(low or "no")
    return listed([*([f"at least {low}"] if low else []), *([f"at most {high}"] if high is not None else [])])
