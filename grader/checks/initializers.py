"""`initializers`: where the weights of the Dense layers start."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, failed, passed
from grader.checks.options import Options
from grader.checks.view import listed, view
from grader.graph import initializer_name

TITLE = "Initializers"


class Spec(Options):
    """Every Dense layer's kernel starts in this way."""

    kind: Literal["initializers"]
    kernel: str = Field(description="the kernel initializer, by any name Keras has for it")


def check(spec: Spec, evidence: Evidence) -> Finding:
    wanted = initializer_name(spec.kernel)
    dense = view(evidence.graph).dense
    others = [layer for layer in dense if layer.initializer != wanted]
    expected = f"`kernel_initializer='{spec.kernel}'` on every Dense layer"
    actual = listed([f"`{name}`" for name in dict.fromkeys(layer.initializer for layer in dense)])
    if dense and not others:
        return passed("Every kernel starts as asked.", expected=expected, actual=actual)
    name = others[0].name if others else "the model"
    return failed(
        f"`{name}` does not start from `{spec.kernel}`.",
        expected=expected,
        actual=actual,
        hint=f"Write `Dense(…, kernel_initializer='{spec.kernel}')`.",
    )
