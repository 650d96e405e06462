"""`dropout`: that there is dropout, at which rate, and where."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from grader.checks.chosen_layers import Chosen, Demand, beside, decide
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.network_view import is_of
from grader.checks.spec_values import LayerClass
from grader.domain import ModelGraph, Subject
from grader.domain.words import counted

TITLE = "Dropout"
SUBJECTS: tuple[Subject, ...] = ("dropout",)
DropoutClass = Literal[
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout"
]  # fmt: skip


class Spec(CheckOptions):
    """Dropout with a given rate, after or before layers of a class. Activations in between are ignored."""

    kind: Literal["dropout"]
    of: list[DropoutClass] = Field(["Dropout"], min_length=1, description="the classes that count")
    rate: float | list[float] | None = Field(None, description="the rate, or the smallest and the largest rate")
    after: LayerClass | None = Field(None, description='the class that it must follow, such as "Dense"')
    before: LayerClass | None = Field(None, description="the class that must follow it")
    count: int | None = Field(None, ge=0, le=100, description="how many there must be; at least one by default")

    @field_validator("rate")
    @classmethod
    def _range(cls, value: float | list[float] | None) -> float | list[float] | None:
        rates = value if isinstance(value, list) else [] if value is None else [value]
        if not all(0 <= rate <= 1 for rate in rates) or (isinstance(value, list) and len(value) != 2):
            raise ValueError("expected a rate from 0 to 1, or a list of the smallest and the largest rate")
        return value

    @property
    def rates(self) -> tuple[float, float]:
        """The smallest and the largest rate that is right."""
        low, high = self.rate if isinstance(self.rate, list) else (self.rate, self.rate)
        return (0, 1) if low is None or high is None else (low, high)


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph, name = evidence.view.graph, f"`{spec.of[0]}`"
    low, high = spec.rates
    wanted = f"`rate={low:g}`" if low == high else f"a rate from {low:g} to {high:g}"
    chosen = []
    for number, call in enumerate(graph.calls):
        layer = graph.layers[call.layer]
        if layer.kind in spec.of and _is_placed(spec, graph, number):
            rate = layer.param("rate")
            fits = spec.rate is None or (isinstance(rate, float) and low - 1e-9 <= rate <= high + 1e-9)
            chosen.append(Chosen(layer.name, wanted, f"`rate={rate}`", fits))
    where = "".join(f" {word} `{kind}`" for word, kind in (("after", spec.after), ("before", spec.before)) if kind)
    required = name if spec.count is None else counted(spec.count or "no", f"{name} layer")
    demand = Demand(
        f"{name} layer{where}",
        f"{required}{where}{f' with {wanted}' if spec.rate is not None else ''}",
        f"Call `{spec.of[0]}({low or 0.2:g})`{where or ' on the result of a hidden layer'}.",
        SUBJECTS,
        spec.of,
        1 if spec.count is None else spec.count,
        spec.count,
    )
    return decide(evidence, demand, chosen)


def _is_placed(spec: Spec, graph: ModelGraph, call: int) -> bool:
    """Whether a call has the right neighbours, whatever activations are in between."""
    return all(
        any(
            is_of(neighbour, kind)
            for neighbour in beside(graph, call, before=before, through=lambda layer: layer.kind == "Activation")
        )
        for kind, before in ((spec.after, True), (spec.before, False))
        if kind is not None
    )
