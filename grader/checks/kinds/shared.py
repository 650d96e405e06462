"""`shared`: one and the same layer is called several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed
from grader.checks.network_view import LayerView, unactivated
from grader.checks.spec_values import WideClass
from grader.domain import Subject
from grader.domain.words import counted, listed, times
from grader.graph.reading.parameters import counted_width

TITLE = "A shared layer"
SUBJECTS: tuple[Subject, ...] = ("sharing",)


class Spec(CheckOptions):
    """One layer is called `calls` times; if `units` is given, it has that many units or filters."""

    kind: Literal["shared"]
    units: int | None = Field(None, ge=1, description="width of the shared layer; omit it if it is free")
    of: list[WideClass] = Field([], description='classes that count, such as "LSTM"; by default all with a width')
    calls: int = Field(2, ge=2, description="how many times it is called")
    inputs: Literal["any", "different"] = Field("any", description="whether its calls must come from different inputs")


def check(spec: Spec, evidence: Evidence) -> Finding:
    seen = evidence.view
    ends = {unactivated(seen.graph, tensor).call for tensor in seen.graph.outputs}
    # Two codes that are only compared are heads in the view, but no outputs.
    hidden = [layer for layer in seen.layers if ends.isdisjoint(layer.calls)]
    hidden = [layer for layer in hidden if not spec.of or layer.kind in spec.of]
    shared = [layer for layer in hidden if len(layer.calls) > 1]
    if spec.inputs == "different":
        return _different(spec, shared or hidden, evidence)
    kind = _kind(spec, shared or hidden)
    of_units = f" of {counted_width(kind, spec.units)}" if spec.units else ""
    expected = f"one {kind} layer{of_units}, called {times(spec.calls)}"
    fitting = [layer for layer in shared if layer.width == (spec.units or layer.width)]
    fitting = [layer for layer in fitting if len(layer.calls) == spec.calls]
    if fitting:
        name = evidence.names.called(fitting[0].name)
        return passed(f"{name} is called {times(spec.calls)}.", expected=expected, actual=name)
    texts = [f"{evidence.names.short(layer.name)} {times(len(layer.calls))}" for layer in shared]
    names = {layer.name for layer in shared}
    only_width = any(len(layer.calls) == spec.calls for layer in shared)  # is wrong: it is called as often as it must
    width: tuple[Subject, ...] = ("width",)
    cause = evidence.cause(width, names) if only_width else None
    return caused(
        cause or evidence.root(SUBJECTS, names),
        f"The exercise asks for {expected}; found: {listed(texts, 'no layer that is called more than once')}.",
        expected=expected,
        actual=listed(texts, "no shared layer"),
        hint=f"Create the layer once, `common = {kind}(…)`, and call `common` on each tensor, one after the other.",
    )


def _kind(spec: Spec, layers: Sequence[LayerView]) -> str:
    """The class to speak of: that of the layers in question, if they have one in common."""
    fitting = {layer.kind for layer in layers if layer.width == (spec.units or layer.width)}
    return fitting.pop() if len(fitting) == 1 else spec.of[0] if spec.of else "Dense"


def _different(spec: Spec, layers: Sequence[LayerView], evidence: Evidence) -> Finding:
    """Where the shared layer is called, or the separate layers, if another check reports these."""
    graph = evidence.view.graph
    expected = "each call of the shared layer on a tensor from a different input"
    calls = [call for layer in layers if layer.width == (spec.units or layer.width) for call in layer.calls]
    origins = [frozenset(tensor.call for tensor in graph.inputs if graph.depends(call, tensor.call)) for call in calls]
    branches = [origin for origin in origins if len(origin) == 1]
    if len(branches) >= spec.calls and len(set(branches)) == len(branches):
        return passed("The shared layer is called once on each input.", expected=expected, actual="different inputs")
    apart = f" on {counted(len(set(branches)), 'input')}"
    if len(branches) < len(calls):
        apart = f", {len(branches) or 'none'} of them on a tensor from one input alone"
    return caused(
        evidence.root(SUBJECTS, {layer.name for layer in layers}),
        "The shared layer must be called exactly once on each input.",
        expected=expected,
        actual=f"{counted(len(calls), 'call')}{apart}",
        hint="Call the shared layer once on each input, one after the other.",
    )
