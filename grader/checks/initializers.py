"""`initializers`: the initializers of the Dense layers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, failed, passed
from grader.checks.known import Initializer
from grader.domain import Configured
from grader.domain.words import listed
from grader.graph import initializer_name

TITLE = "Initializers"


class Spec(CheckOptions):
    """Every Dense layer has these initializers, with their default parameters except for the seed."""

    kind: Literal["initializers"]
    kernel: Initializer = Field(description="the kernel initializer, by any name Keras has for it")
    bias: Initializer = Field("zeros", description="the bias initializer, by any name Keras has for it")


def check(spec: Spec, evidence: Evidence) -> Finding:
    kernel, bias = (Configured(initializer_name(name)) for name in (spec.kernel, spec.bias))
    dense = evidence.view.dense
    expected = f"`kernel_initializer='{spec.kernel}'` on every Dense layer"
    if not dense:
        hint = "Add the Dense layers of the task."
        return failed("The model has no Dense layer.", expected=expected, actual="no Dense layer", hint=hint)
    starts = {layer.name: layer.initializer for layer in dense}
    actual = listed([_shown(start) for start in dict.fromkeys(starts.values())])
    wanted = f"`kernel_initializer='{spec.kernel}'`"
    if others := [layer for layer in dense if layer.initializer != kernel]:
        first = others[0]
        more = f"; also {listed([evidence.names.name(layer.name) for layer in others[1:]])}" if others[1:] else ""
        return failed(
            f"Layer {evidence.at(first.name)}: expected {wanted}, found {_shown(first.initializer)}{more}.",
            expected=expected,
            actual=actual,
            hint=f"Write `Dense({first.units}, …, kernel_initializer='{spec.kernel}')`"
            + (", and do the same in the other layers." if more else "."),
        )
    if biased := [layer for layer in dense if layer.bias_initializer != bias]:
        return failed(
            f"Layer {evidence.at(biased[0].name)}: its bias initializer is {_shown(biased[0].bias_initializer)}.",
            expected=f"`bias_initializer='{spec.bias}'`, the Keras default",
            actual=_shown(biased[0].bias_initializer),
            hint="Leave `bias_initializer` out.",
        )
    return passed("Every layer has the required initializer.", expected=expected, actual=actual)


def _shown(start: Configured) -> str:
    """As a student would write it; an omitted initializer is the Keras default."""
    params = ", ".join(f"{name}={value}" for name, value in start.params)
    usual = start == Configured("GlorotUniform")
    return "`glorot_uniform`, the Keras default" if usual else f"`{start.kind}({params})`"
