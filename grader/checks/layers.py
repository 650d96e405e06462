"""`layers`: how many layers of a class there are, with the parameters that the spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from grader.checks.evidence import WHICH_LAYERS, CheckOptions, Evidence, Finding, caused, passed
from grader.checks.known import LayerClass, read_parameters
from grader.checks.view import View, activation_of, is_of
from grader.domain import Layer, Value
from grader.domain.words import counted, listed
from grader.graph.reading.catalogue import LAYERS
from grader.graph.reading.roles import inner
from grader.graph.source import value

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
        bounds = [name for name in ("exactly", "at_least", "at_most") if getattr(self, name) is not None]
        if not bounds or ("exactly" in bounds and len(bounds) > 1):
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
    alike = list(_alike(spec, evidence.view))
    found = [layer for layer, params in alike if _unlike(layer, params, wanted) is None]
    number, noun = len(found), f"{listed([f'`{kind}`' for kind in spec.classes])} layer"
    settings = f" with {listed([f'`{name}={value(one)}`' for name, one in wanted.items()])}" if wanted else ""
    expected = f"{_bounds(spec)} {noun if _is_one(spec) else f'{noun}s'}{settings}"
    actual = f"{counted(number, noun)}{settings}"
    if spec.low <= number <= (spec.high if spec.high is not None else number):
        return passed(f"The model has {actual}.", expected=expected, actual=actual)
    share = min(number, spec.low) / spec.low if number < spec.low else 0.0
    first = _spelled(spec, wanted)
    if number < spec.low:
        message = f"The model has {actual}; the exercise asks for {_bounds(spec)}."
        hint = f"Add {counted(spec.low - number, 'layer')}: `{first}`."
        odd = next((one for one in alike if _unlike(one[0], one[1], wanted) is not None), None)
        cause = evidence.cause(WHICH_LAYERS, classes=spec.classes)
        if odd is not None:  # a layer of the class that only lacks a parameter is the nearer mistake
            name = _unlike(odd[0], odd[1], wanted) or ""
            message = f"Layer {evidence.at(odd[0].name)}: expected `{name}={value(wanted[name])}`, found "
            message += f"`{value(_param(odd[0], odd[1], name))}`."
            hint = f"Write `{name}={value(wanted[name])}` in {evidence.names.name(odd[0].name)}."
            cause = evidence.cause(WHICH_LAYERS, {odd[0].name})
        return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)
    names = listed([evidence.names.name(layer.name) for layer in found])
    message = f"The model has {actual}; the exercise allows {_bounds(spec)}: found {names}."
    hint = f"Remove {counted(number - (spec.high or 0), 'of them', 'of them')}."
    cause = evidence.cause(WHICH_LAYERS, [layer.name for layer in found])
    return caused(cause, message, expected=expected, actual=actual, hint=hint)


def _is_one(spec: Spec) -> bool:
    """Whether the bounds end in one: "1 layer", "at most 1 layer"."""
    return (spec.high if spec.high is not None else spec.low) == 1


def _bounds(spec: Spec) -> str:
    if spec.exactly is not None:
        return str(spec.exactly) if spec.exactly else "no"
    parts = [f"at least {spec.at_least}"] if spec.at_least is not None else []
    return listed([*parts, *([f"at most {spec.at_most}"] if spec.at_most is not None else [])])


def _alike(spec: Spec, view: View) -> Iterator[tuple[Layer, Mapping[str, Value]]]:
    """The layers of these classes, each with all its parameters, its activation among them."""
    for number, layer in enumerate(view.graph.layers):
        kind, params = inner(layer)
        if any(is_of(layer, one) or kind == one for one in spec.classes):
            own = {"activation": activation} if (activation := activation_of(view, number)) else {}
            yield layer, {**params, **own} if kind == layer.kind else params


def _unlike(layer: Layer, params: Mapping[str, Value], wanted: Mapping[str, Value]) -> str | None:
    """The first parameter that a layer does not have as required."""
    return next((name for name, one in wanted.items() if _param(layer, params, name) != one), None)


def _param(layer: Layer, params: Mapping[str, Value], name: str) -> Any:
    kind = inner(layer)[0]
    fields = LAYERS.get(kind, {})
    return params.get(name, fields[name].default if name in fields else None)


def _spelled(spec: Spec, wanted: Mapping[str, Value]) -> str:
    return f"{spec.classes[0]}({', '.join([*(f'{name}={value(one)}' for name, one in wanted.items()), '…'])})"
