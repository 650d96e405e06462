"""`trunk`: the heads share their first layers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed, skipped
from grader.checks.network_view import LayerView
from grader.checks.spec_values import WideClass
from grader.domain import ancestors
from grader.domain.words import counted, listed

TITLE = "Layers that the outputs share"


class Spec(CheckOptions):
    """All outputs share these hidden layers."""

    kind: Literal["trunk"]
    units: list[int] = Field(description="widths of the shared layers, starting at the input")
    of: list[WideClass] = Field([], description='classes that count, such as "Conv2D"; by default all with a width')


def check(spec: Spec, evidence: Evidence) -> Finding:
    seen = evidence.view
    if len(seen.graph.outputs) < 2:
        return skipped("A model with one output has nothing to share. Add the second output first.")
    if len(set(seen.graph.outputs)) < 2:
        return skipped("Both outputs are the same tensor. Give the second output its own branch first.")
    calls, outputs = seen.graph.calls, seen.graph.outputs
    common = set.intersection(*(set(ancestors(calls, [tensor.call])) for tensor in outputs))
    hidden = seen.hidden_of(spec.of)
    shared = sorted((layer for layer in hidden if set(layer.calls) & common), key=lambda layer: layer.calls[0])
    noun = _noun(shared)
    expected = f"{counted(len(spec.units), 'layer')} of {listed(spec.units)} {noun} before the branches split"
    actual = listed([f"{layer.width} ({evidence.names.short(layer.name)})" for layer in shared])
    if [layer.width for layer in shared] == spec.units:
        return passed("The outputs share their first layers as required.", expected=expected, actual=actual)
    few = "no hidden layer" if not shared else counted(len(shared), "hidden layer")
    message = f"The outputs share {few}; the exercise asks for {len(spec.units)}."
    hint = f"Build the layers of {listed(spec.units)} {noun} once, and start each branch from the last of them."
    cause = evidence.root(("width", "depth", "sharing"), {layer.name for layer in shared})
    if not shared and evidence.assignment.reveal != "hint":
        cause = None  # a difference is about one branch
    elif len(shared) == len(spec.units):
        message = f"The layers that the outputs share have {listed([layer.width for layer in shared])} {noun}."
    return caused(cause, message, expected=expected, actual=actual, hint=hint)


def _noun(shared: list[LayerView]) -> str:
    """What the widths count, if they all count the same."""
    nouns = {layer.counted.partition(" ")[2] for layer in shared if layer.width != 1}
    return nouns.pop() if len(nouns) == 1 else "units"
