"""`functional`: the model is built with the Functional API."""

from __future__ import annotations

from typing import Literal

from grader.checks.evidence import Evidence, Finding, failed, passed
from grader.checks.options import Options

TITLE = "Built with the Functional API"


class Spec(Options):
    """`Model(inputs=…, outputs=…)`, not `Sequential`."""

    kind: Literal["functional"]


def check(spec: Spec, evidence: Evidence) -> Finding:
    expected = "keras.Model(inputs=…, outputs=…)"
    if evidence.model.kind == "functional":
        return passed(
            "The model is built with the Functional API.", expected=expected, actual=evidence.model.class_name
        )
    return failed(
        "The model is a `Sequential` one; this exercise asks for the Functional API.",
        expected=expected,
        actual=f"keras.{evidence.model.class_name}(…)",
        hint="Call each layer on the one before, `x1 = Dense(32, …)(x0)`; end with `Model(inputs=x0, outputs=x3)`.",
    )
