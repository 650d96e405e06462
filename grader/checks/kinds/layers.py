"""`layers`: how many layers of a class there are, with the parameters that the spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from grader.checks.chosen_layers import Chosen, Demand, bounds, decide
from grader.checks.evidence import SUBJECTS_OF_LAYERS, CheckOptions, Evidence
from grader.checks.findings import Finding
from grader.checks.network_view import activation_of, is_of
from grader.checks.spec_values import LayerClass, read_parameters
from grader.domain import ModelGraph, Value
from grader.domain.words import listed
from grader.graph.keras_code import value
from grader.graph.reading.parameters import inner, setting

TITLE = "Layers of one class"


class Spec(CheckOptions):
    """At least, at most or exactly a given number of layers of a class; a layer that is called twice counts once.

    `Identity` and `Dropout(0)` change nothing and are never counted; an activation counts as `Activation`, or as its
    own class, such as `ReLU`, however it is spelled. A layer inside `Bidirectional` or `TimeDistributed` counts too.
    """

    kind: Literal["layers"]
    of: LayerClass | list[LayerClass] = Field(description='the class, such as "Conv2D", or several that count as one')
    exactly: int | None = Field(None, ge=0, le=500, description="the number of such layers")
    at_least: int | None = Field(None, ge=1, le=500, description="the smallest number of such layers")
    at_most: int | None = Field(None, ge=0, le=500, description="the largest number of such layers")
    parameters: dict[str, Any] = Field(
        {}, description="parameters that make a layer count, such as { kernel_size = 3 }"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [name for name in ("exactly", "at_least", "at_most") if getattr(self, name) is not None]
        if not names or ("exactly" in names and len(names) > 1):
            raise ValueError("give `exactly`, or `at_least`, `at_most` or both of these")
        if "Identity" in self.classes:
            raise ValueError("`Identity` changes nothing and is never counted")
        read_parameters(self.classes, self.parameters)
        return self

    @property
    def classes(self) -> list[str]:
        return [self.of] if isinstance(self.of, str) else self.of

    @property
    def low(self) -> int:
        return self.exactly if self.exactly is not None else self.at_least or 0

    @property
    def high(self) -> int | None:
        return self.exactly if self.exactly is not None else self.at_most


def check(spec: Spec, evidence: Evidence) -> Finding:
    wanted = read_parameters(spec.classes, spec.parameters)
    settings = [f"{name}={value(item)}" for name, item in wanted.items()]
    noun = f"{listed([f'`{kind}`' for kind in spec.classes])} layer"
    having = f" with {listed([f'`{text}`' for text in settings])}" if settings else ""
    is_one = (spec.low if spec.high is None else spec.high) == 1
    demand = Demand(
        noun,
        f"{bounds(spec.low, spec.high)} {noun}{'' if is_one else 's'}{having}",
        f"Add `{spec.classes[0]}({', '.join([*settings, '…'])})`.",
        SUBJECTS_OF_LAYERS,
        spec.classes,
        spec.low,
        spec.high,
        each=False,
    )
    return decide(evidence, demand, list(_chosen(spec, evidence.view.graph, wanted)))


def _chosen(spec: Spec, graph: ModelGraph, wanted: Mapping[str, Value]) -> Iterator[Chosen]:
    """The layers of these classes, each with the first parameter that it does not have as required."""
    for number, layer in enumerate(graph.layers):
        kind, _ = inner(layer)
        if not any(is_of(layer, name) or kind == name for name in spec.classes):
            continue
        own = {"activation": activation} if kind == layer.kind and (activation := activation_of(graph, number)) else {}
        values = {name: own.get(name, setting(layer, name)) for name in wanted}
        wrong = next((name for name in wanted if values[name] != wanted[name]), "")
        if wrong:
            yield Chosen(layer.name, f"`{wrong}={value(wanted[wrong])}`", f"`{value(values[wrong])}`", False)
        else:
            yield Chosen(layer.name, "", f"`{kind}`", True)
