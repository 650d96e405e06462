"""What the network as it is expected needs of the data that `fit` is given."""

from __future__ import annotations

from collections.abc import Sequence

from grader.domain import FitCall, Shape
from grader.domain.words import counted, in_location, listed
from grader.graph.differences.blocks import Blocks
from grader.graph.differences.words import Words

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
            names = (
                f", {listed([f'`{name}`' for name in words.targets])}" if noun == "targets" and words.targets else ""
            )
            steps.append(
                f"In {_data(fit)}, the {noun} must be in the order of the task{names}: if they are, leave them."
            )
        if not is_new and noun == "targets" and own != needed > 1:
            steps.append(lists(needed))
    is_reshaped = len(student.inputs) == len(expected.inputs) and len(_shapes(words)) > 1
    return list(filter(None, [*steps, in_columns(words) if is_reshaped else ""]))


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
    """The step for data with other columns than inputs that are one number for each sample; empty where none are."""
    fit = words.names.fit
    if fit is None or not _are_columns(words.expected):
        return ""
    pairs = zip((*fit.inputs, *fit.targets), fit.columns, strict=False)
    changes = [f"`{new}` in place of `{old}`" for old, new in dict(pairs).items() if old != new]
    return f"Write {listed(changes)} in {_data(fit, _LIKEWISE)}." if changes else ""


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
