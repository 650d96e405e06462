"""`heads`: how many outputs there are, how wide they are, and that nothing squeezes them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.checks.evidence import Evidence, Finding, failed, passed
from grader.checks.options import Options
from grader.checks.view import activation_name, counted, listed
from grader.domain import ModelGraph, Tensor

TITLE = "Output heads"


class Spec(Options):
    """So many outputs of that width, each with this activation and each depending on an input."""

    kind: Literal["heads"]
    count: int = Field(1, ge=1, le=16, description="how many outputs")
    width: int = Field(1, ge=1, description="width of each")
    activation: str = Field("linear", description='activation of each; "any" leaves it free')


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = evidence.view.graph
    widths = [graph.shape(tensor)[-1] if graph.shape(tensor) else None for tensor in graph.outputs]
    ends = [_end(graph, tensor) for tensor in graph.outputs]
    expected = f"{counted(spec.count, 'output')} of width {spec.width}" + (
        f", {spec.activation}" if spec.activation != "any" else ""
    )
    actual = f"{counted(len(widths), 'output')}: " + listed(
        [f"width {w}, {a}" for w, (_, a) in zip(widths, ends, strict=True)]
    )
    if len(widths) != spec.count:
        return failed(
            f"The model has {counted(len(widths), 'output')}; the exercise asks for {spec.count}.",
            expected=expected,
            actual=actual,
            hint="List exactly the outputs asked for in `Model(…, outputs=…)`.",
        )
    if None in widths and graph.untrainable:
        return failed(
            f"An output cannot be looked at: {graph.untrainable[0]}.",
            expected=expected,
            actual=actual,
            hint="End each branch with a layer of Keras, `Dense(1)`.",
        )
    for width, (name, activation) in zip(widths, ends, strict=True):
        if width != spec.width:
            return failed(
                f"Output {evidence.at(name)} has width {width}, not {spec.width}.",
                expected=expected,
                actual=actual,
                hint=f"End that branch with `Dense({spec.width})`.",
            )
        if spec.activation not in ("any", activation):
            return failed(
                f"Output {evidence.at(name)} ends in `{activation}`; it must be {spec.activation}.",
                expected=expected,
                actual=actual,
                hint=f"Leave `activation` out of the last layer: `Dense({spec.width})`.",
            )
    loose = [name for (name, _), moved in zip(ends, evidence.moves(), strict=True) if not any(moved)]
    if loose:
        return failed(
            f"Output {evidence.at(loose[0])} depends on no input.",
            expected=expected,
            actual=actual,
            hint="Call the output layer on a tensor that comes from the input.",
        )
    if len(set(graph.outputs)) < len(graph.outputs):
        return failed(
            "The same tensor is listed twice as output.",
            expected=expected,
            actual=actual,
            hint="Give each output a layer of its own.",
        )
    return passed("The outputs are as asked.", expected=expected, actual=actual)


def _end(graph: ModelGraph, tensor: Tensor) -> tuple[str, str]:
    """Name and activation of the layer that makes an output."""
    layer = graph.layers[graph.calls[tensor.call].layer]
    return layer.name, activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"
