"""`widths`: how many units, filters or dimensions the hidden layers have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import Field

from grader.checks.evidence import MOST_NAMED, CheckOptions, Evidence, Finding, caused, joined, passed
from grader.checks.known import WideClass
from grader.checks.view import LayerView, view
from grader.domain import Difference
from grader.domain.words import counted, listed
from grader.graph import written_width
from grader.graph.reading.roles import counted_width

TITLE = "Widths of the hidden layers"


class Spec(CheckOptions):
    """The widths of all hidden layers, in any order: units, filters of convolutions, dimensions of embeddings."""

    kind: Literal["widths"]
    units: list[int] = Field(description="width of each hidden layer")
    of: list[WideClass] = Field([], description='classes that count, such as "Conv2D"; by default all with a width')
    free: int = Field(0, ge=0, description="how many more hidden layers of any width are required")
    free_range: list[int] = Field([1, 256], description="smallest and largest width of these layers")


def check(spec: Spec, evidence: Evidence) -> Finding:
    hidden = evidence.view.hidden_of(spec.of)
    expected = _expected(spec)
    actual = listed([f"{layer.width} ({evidence.names.called(layer.name)})" for layer in hidden])
    missing = Counter(spec.units) - Counter(layer.width for layer in hidden)
    extra = _extra(spec, hidden)
    low, high = spec.free_range
    strayed = [layer for layer in extra if not low <= layer.width <= high] if spec.free else []
    if not missing and len(extra) == spec.free and not strayed:
        return passed("Every hidden layer has the required width.", expected=expected, actual=actual)
    wanted = sorted(missing.elements())
    message, hint = _explain(wanted, extra, strayed, spec, evidence)
    cause = _widths(evidence, {layer.name for layer in hidden})
    if cause is None:
        cause = _number(spec, evidence, {layer.name for layer in hidden})
    share = (len(spec.units) - len(wanted)) / max(1, len(spec.units) + spec.free)
    return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)


def _expected(spec: Spec) -> str:
    """`32, 32 and 20, and 1 more layer of any width`: a number of layers next to widths must not look like a width."""
    widths = listed(sorted(spec.units, reverse=True))
    if not spec.free:
        return widths
    more = "more " if spec.units else ""
    free = f"{counted(spec.free, f'{more}layer')} of any width"
    return f"{widths}, and {free}" if spec.units else free


def _widths(evidence: Evidence, hidden: Collection[str]) -> Difference | None:
    """All wrong widths as one difference: to correct only the first of them would not be enough."""
    found = [one for one in evidence.differences if one.kind == "width" and one.layer in hidden]
    if not found or evidence.assignment.reveal == "hint":
        return evidence.blame("width", layers=hidden)
    return joined(found, " ".join(one.message for one in found), _steps(found))


def _steps(found: Sequence[Difference]) -> str:
    """The next steps of all of them, each once, and no more than can be read: the message names every layer."""
    steps = list(dict.fromkeys(one.hint for one in found))
    first, rest = steps[:MOST_NAMED], steps[MOST_NAMED:]
    more = sum(one.hint in rest for one in found)
    return " ".join([*first, *([f"And correct {counted(more, 'more layer')} named above."] if more else [])])


def _number(spec: Spec, evidence: Evidence, hidden: Collection[str]) -> Difference | None:
    """Why there are too few or too many hidden layers: a layer that is not counted here, such as a dropout, is not."""
    expected = {layer.name for layer in view(evidence.reference).hidden_of(spec.of)} if evidence.reference else set()
    return (
        evidence.blame("sharing")
        or evidence.blame("missing", expected=expected)
        or evidence.blame("extra", layers=hidden)
        or evidence.blame("class", expected=expected)
        or evidence.blame("class", layers=hidden)
        or evidence.blame("wiring", "inputs", "outputs")
    )


def _extra(spec: Spec, hidden: tuple[LayerView, ...]) -> list[LayerView]:
    """Hidden layers beyond those whose width is prescribed."""
    wanted = Counter(spec.units)
    extra = []
    for layer in hidden:
        if wanted[layer.width] > 0:
            wanted[layer.width] -= 1
        else:
            extra.append(layer)
    return extra


def _explain(
    wanted: list[int], extra: list[LayerView], strayed: list[LayerView], spec: Spec, evidence: Evidence
) -> tuple[str, str]:
    if wanted and extra:
        layer = min(extra, key=lambda found: abs(found.width - wanted[0]))
        return (
            f"Layer {evidence.at(layer.name)}: expected {counted_width(layer.kind, wanted[0])}, found {layer.width}.",
            f"Write `{written_width(layer.kind, wanted[0])}` there.",
        )
    if wanted:
        kind = _likely_kind(wanted[0], spec, evidence)
        layer_text = f"`{written_width(kind, wanted[0])}`"
        return (
            f"No hidden layer has {counted_width(kind, wanted[0])}: {layer_text} is missing.",
            f"Add the {layer_text}.",
        )
    if strayed:
        low, high = spec.free_range
        return (
            f"Layer {evidence.at(strayed[0].name)} has {strayed[0].counted}; {low} to {high} are allowed.",
            "Choose a width in that range.",
        )
    if extra:
        return (
            f"Layer {evidence.at(extra[-1].name)} with {extra[-1].counted} is an extra hidden layer.",
            f"Remove {evidence.names.name(extra[-1].name)}.",
        )
    return (
        "A hidden layer is missing: the one whose width you choose.",
        "Add a Dense layer of any width for the remaining branch.",
    )


def _likely_kind(width: int, spec: Spec, evidence: Evidence) -> str:
    """The class of a missing layer: that of the reference's layer of this width."""
    hidden = view(evidence.reference).hidden_of(spec.of) if evidence.reference else ()
    return next((layer.kind for layer in hidden if layer.width == width), spec.of[0] if spec.of else "Dense")
