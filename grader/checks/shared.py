"""`shared`: one and the same layer is called several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, caused, passed
from grader.domain import ModelGraph, Value, ancestors
from grader.domain.words import counted, times

TITLE = "A shared layer"


class Spec(CheckOptions):
    """One Dense layer, of `units` units where these are given, is called `calls` times."""

    kind: Literal["shared"]
    units: int | None = Field(None, ge=1, description="units of the shared layer; omit it if they are free")
    calls: int = Field(2, ge=2, description="how often it is called")
    inputs: Literal["any", "different"] = Field("any", description="whether its calls must come from different inputs")


@dataclass(frozen=True)
class _Called:
    """A hidden Dense layer with its calls, also those whose result is not used: another check reports that."""

    name: str
    units: Value
    calls: tuple[int, ...]


def check(spec: Spec, evidence: Evidence) -> Finding:
    hidden = _hidden(evidence.graph)
    shared = [layer for layer in hidden if len(layer.calls) > 1]
    if spec.inputs == "different":
        return _different(spec, shared or hidden, evidence)
    of_units = f" of {spec.units} units" if spec.units else ""
    expected = f"one Dense layer{of_units}, called {times(spec.calls)}"
    fitting = [layer for layer in shared if layer.units == (spec.units or layer.units)]
    fitting = [layer for layer in fitting if len(layer.calls) == spec.calls]
    if fitting:
        name = evidence.names.called(fitting[0].name)
        return passed(f"{name} is called {times(spec.calls)}.", expected=expected, actual=name)
    cause = evidence.blame("sharing", "missing")
    hint = (
        "Create the layer once, `shared = Dense(…)`, and call that one object on each tensor: `shared(a)`, `shared(b)`."
    )
    if shared:
        layer = shared[0]
        return caused(
            evidence.blame("width", layers={layer.name}) or cause,
            f"{evidence.at(layer.name)} is shared: it has {layer.units} units and is called {times(len(layer.calls))}.",
            expected=expected,
            actual=f"{layer.units} units, {counted(len(layer.calls), 'call')}",
            hint=hint,
        )
    twins = [layer for layer in hidden if layer.units == (spec.units or layer.units)]
    if len(twins) > 1:
        names = f"{evidence.at(twins[0].name)} and {evidence.names.name(twins[1].name)}"
        return caused(
            cause,
            f"{names} are two separate layers; the exercise asks for one layer, called {times(spec.calls)}.",
            expected=expected,
            actual="no layer is called more than once",
            hint=hint,
        )
    message = "No layer of the model is called more than once."
    return caused(cause, message, expected=expected, actual="no shared layer", hint=hint)


def _hidden(graph: ModelGraph) -> list[_Called]:
    ends = {tensor.call for tensor in graph.outputs}
    found = []
    for number, layer in enumerate(graph.layers):
        calls = tuple(location for location, call in enumerate(graph.calls) if call.layer == number)
        if layer.kind == "Dense" and not ends & set(calls):
            found.append(_Called(layer.name, layer.param("units"), calls))
    return found


def _different(spec: Spec, layers: Sequence[_Called], evidence: Evidence) -> Finding:
    """Where the shared layer is called, or the separate layers, if another check reports these."""
    graph = evidence.graph
    expected = "each call of the shared layer on a tensor from a different input"
    inputs = {tensor.call for tensor in graph.inputs}
    calls = [call for layer in layers if layer.units == (spec.units or layer.units) for call in layer.calls]
    origins = [frozenset(inputs.intersection(ancestors(graph.calls, [call]))) for call in calls]
    branches = [origin for origin in origins if len(origin) == 1]
    if len(branches) >= spec.calls and len(set(branches)) == len(branches):
        return passed("The shared layer is called once on each input.", expected=expected, actual="different inputs")
    return caused(
        evidence.blame("wiring", "sharing", "missing", "inputs"),
        "The shared layer is not called once on each input.",
        expected=expected,
        actual=f"{counted(len(branches), 'call')} on {counted(len(set(branches)), 'input')}",
        hint="Call the shared layer once on each input: `shared(a)`, `shared(b)`.",
    )
