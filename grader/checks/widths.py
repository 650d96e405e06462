"""`widths`: how many units the hidden Dense layers have."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, DenseView, Evidence, Finding, caused, passed
from grader.domain.words import counted, listed

TITLE = "Widths of the hidden layers"


class Spec(CheckOptions):
    """The units of all hidden Dense layers, in any order."""

    kind: Literal["widths"]
    units: list[int] = Field(description="units of each hidden Dense layer")
    free: int = Field(0, ge=0, description="how many more hidden layers of any width are required")
    free_range: list[int] = Field([1, 256], description="smallest and largest width of these layers")


def check(spec: Spec, evidence: Evidence) -> Finding:
    hidden = evidence.view.hidden
    free = [f"{counted(spec.free, 'layer')} of any width"] if spec.free else []
    expected = listed([*sorted(spec.units, reverse=True), *free])
    actual = listed([f"{layer.units} ({evidence.names.called(layer.name)})" for layer in hidden])
    missing = Counter(spec.units) - Counter(layer.units for layer in hidden)
    extra = _extra(spec, hidden)
    low, high = spec.free_range
    strayed = [layer for layer in extra if not low <= layer.units <= high] if spec.free else []
    if not missing and len(extra) == spec.free and not strayed:
        return passed("Every hidden layer has the required width.", expected=expected, actual=actual)
    wanted = sorted(missing.elements())
    message, hint = _explain(wanted, extra, strayed, spec, evidence)
    cause = evidence.blame("width", layers={layer.name for layer in hidden})
    if cause is None:
        cause = evidence.blame("sharing", "missing", "extra", "class", "wiring", "inputs", "outputs")
    share = (len(spec.units) - len(wanted)) / max(1, len(spec.units) + spec.free)
    return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)


def _extra(spec: Spec, hidden: tuple[DenseView, ...]) -> list[DenseView]:
    """Hidden layers beyond those whose width is prescribed."""
    wanted = Counter(spec.units)
    extra = []
    for layer in hidden:
        if wanted[layer.units] > 0:
            wanted[layer.units] -= 1
        else:
            extra.append(layer)
    return extra


def _explain(
    wanted: list[int], extra: list[DenseView], strayed: list[DenseView], spec: Spec, evidence: Evidence
) -> tuple[str, str]:
    if wanted and extra:
        layer = min(extra, key=lambda found: abs(found.units - wanted[0]))
        return (
            f"Layer {evidence.at(layer.name)}: expected {wanted[0]} units, found {layer.units}.",
            f"Write `Dense({wanted[0]}, …)` there.",
        )
    if wanted:
        return (
            f"No hidden layer has {wanted[0]} units: a `Dense({wanted[0]}, …)` is missing.",
            f"Add the `Dense({wanted[0]}, …)`.",
        )
    if strayed:
        low, high = spec.free_range
        return (
            f"Layer {evidence.at(strayed[0].name)} has {strayed[0].units} units; {low} to {high} are allowed.",
            "Choose a width in that range.",
        )
    if extra:
        return (
            f"Layer {evidence.at(extra[-1].name)} with {extra[-1].units} units is an extra hidden layer.",
            f"Remove {evidence.names.name(extra[-1].name)}.",
        )
    return (
        "A hidden layer is missing: the one whose width you choose.",
        "Add a Dense layer of any width for the remaining branch.",
    )
