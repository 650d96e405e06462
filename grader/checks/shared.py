"""`shared`: one and the same layer is called several times."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, failed, passed
from grader.checks.options import Options
from grader.checks.view import View, ancestors, counted, view

TITLE = "A shared layer"


class Spec(Options):
    """One Dense layer of `units` units is called `calls` times."""

    kind: Literal["shared"]
    units: int = Field(ge=1, description="units of the shared layer")
    calls: int = Field(2, ge=2, description="how often it is called")
    inputs: Literal["any", "different"] = Field("any", description="whether its calls must come from different inputs")


def check(spec: Spec, evidence: Evidence) -> Finding:
    seen = view(evidence.graph)
    shared = [layer for layer in seen.hidden if len(layer.calls) > 1]
    if spec.inputs == "different":
        return _different(spec, seen)
    expected = f"one Dense layer of {spec.units} units, called {spec.calls} times"
    fitting = [layer for layer in shared if layer.units == spec.units and len(layer.calls) == spec.calls]
    if fitting:
        return passed(
            f"`{fitting[0].name}` is called {spec.calls} times.", expected=expected, actual=f"`{fitting[0].name}`"
        )
    twins = [layer for layer in seen.hidden if layer.units == spec.units]
    hint = (
        "Create the layer once, `shared = Dense(…)`, and call that one object on each tensor: `shared(a)`, `shared(b)`."
    )
    if shared:
        layer = shared[0]
        return failed(
            f"`{layer.name}` is shared, with {layer.units} units and {len(layer.calls)} calls.",
            expected=expected,
            actual=f"{layer.units} units, {counted(len(layer.calls), 'call')}",
            hint=hint,
        )
    if len(twins) > 1:
        names = " and ".join(f"`{layer.name}`" for layer in twins[:2])
        return failed(
            f"{names} are two layers with weights of their own, where one shared layer is asked for.",
            expected=expected,
            actual=f"{len(twins)} separate layers of {spec.units} units",
            hint=hint,
        )
    return failed(
        "No layer of the model is called more than once.", expected=expected, actual="no shared layer", hint=hint
    )


def _different(spec: Spec, seen: View) -> Finding:
    """Where the layers of this width are called, whether they are one layer or, as another check says, several."""
    expected = f"each call of the layer of {spec.units} units on a tensor from a different input"
    layers = [layer for layer in seen.hidden if layer.units == spec.units]
    shared = [layer for layer in layers if len(layer.calls) > 1] or layers
    calls = [call for layer in shared for call in layer.calls]
    inputs = {tensor.call for tensor in seen.graph.inputs}
    origins = [frozenset(inputs & ancestors(seen.graph, call)) for call in calls]
    branches = [origin for origin in origins if len(origin) == 1]
    if len(branches) >= spec.calls and len(set(branches)) == len(branches):
        return passed("Each input has its call.", expected=expected, actual="different inputs")
    return failed(
        "The shared layer is not called once on each input.",
        expected=expected,
        actual=f"{counted(len(branches), 'call')} on {counted(len(set(branches)), 'input')}",
        hint="Call the shared layer once on each input: `shared(a)`, `shared(b)`.",
    )
