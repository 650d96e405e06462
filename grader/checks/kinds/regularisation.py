"""`regularisation`: regularizers on the kernels of the layers, and their factors."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.chosen_layers import Chosen, Demand, decide
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.spec_values import LayerClass
from grader.domain import Configured, Subject, Value
from grader.domain.words import counted, listed
from grader.graph.keras_code import value
from grader.graph.reading.catalogue import OBJECTS
from grader.graph.reading.parameters import inner, setting, weights_named

TITLE = "Regularisation"
SUBJECTS: tuple[Subject, ...] = ("regularisation",)


class Spec(CheckOptions):
    """Every layer with a kernel has this regularizer, except for the outputs if `heads` is false."""

    kind: Literal["regularisation"]
    kernel: Literal["l1", "l2", "l1_l2", "any"] = Field(description="the regularizer of the kernels")
    factor: float | list[float] | None = Field(
        None, description='its factor; for "l1_l2" both factors, l1 first; by default any factor'
    )
    of: list[LayerClass] = Field([], description='classes that need it, such as "Conv2D"; by default all with kernels')
    heads: bool = Field(False, description="whether the output layers need it too")
    at_least: int | None = Field(None, ge=1, description="how many layers need it; by default all of them")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        factors = self.factor if isinstance(self.factor, list) else []
        if self.factor is not None and (self.kernel == "any" or (self.kernel == "l1_l2") != (len(factors) == 2)):
            raise ValueError('`factor` is one number for "l1" and "l2", two for "l1_l2", and cannot be given for "any"')
        return self


def check(spec: Spec, evidence: Evidence) -> Finding:
    heads = {layer.name for layer in evidence.view.layers if layer.is_head}
    wanted, chosen = _written(spec), []
    for layer in evidence.view.graph.layers:
        kind, _ = inner(layer)
        if (spec.of and kind not in spec.of) or (layer.name in heads and not spec.heads):
            continue
        for name in weights_named(kind, "regularizer"):
            regularizer = setting(layer, name)
            text = "none" if regularizer is None else f"`{value(regularizer)}`"
            chosen.append(Chosen(layer.name, f"`{name}={wanted}`", text, _fits(spec, regularizer)))
    noun = f"{listed([f'`{kind}`' for kind in spec.of])} layer" if spec.of else "layer with a kernel"
    hidden = "" if spec.heads else "hidden "
    which = f"every {hidden}{noun}" if spec.at_least is None else f"at least {counted(spec.at_least, noun)}"
    demand = Demand(
        f"{hidden}{noun}",
        f"`kernel_regularizer={wanted}` on {which}",
        "Add the layers that the task describes.",
        SUBJECTS,
        spec.of,
        spec.at_least or 1,
        each=spec.at_least is None,
    )
    return decide(evidence, demand, chosen)


def _factors(regularizer: Value) -> tuple[float, float] | None:
    """The factors of l1 and l2; `L2(0.01)` and `L1L2(0, 0.01)` are one regularizer."""
    if not isinstance(regularizer, Configured):
        return (0.0, 0.0)
    if regularizer.kind not in ("L1", "L2", "L1L2"):
        return None
    defaults = {name: field.default for name, field in OBJECTS["regularizers"][regularizer.kind].items()}
    params = defaults | dict(regularizer.params)
    l1, l2 = params.get("l1", 0.0), params.get("l2", 0.0)
    return (l1, l2) if isinstance(l1, float) and isinstance(l2, float) else None


def _fits(spec: Spec, regularizer: Value) -> bool:
    factors = _factors(regularizer)
    if spec.kernel == "any" or factors is None:
        return spec.kernel == "any" and (factors is None or any(factors))
    given = spec.factor if isinstance(spec.factor, list) else [spec.factor] * 2
    asked = [factor if name in spec.kernel else 0.0 for name, factor in zip(("l1", "l2"), given, strict=True)]
    return all(
        own > 0 if wanted is None else math.isclose(own, wanted, rel_tol=1e-6)
        for own, wanted in zip(factors, asked, strict=True)
    )


def _written(spec: Spec) -> str:
    if isinstance(spec.factor, list):
        return f"keras.regularizers.L1L2(l1={spec.factor[0]:g}, l2={spec.factor[1]:g})"
    if spec.factor is not None:
        return f"keras.regularizers.{spec.kernel.upper()}({spec.factor:g})"
    return f"'{'l2' if spec.kernel == 'any' else spec.kernel}'"
