"""`heads`: how many outputs there are, how wide they are, and that nothing squeezes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from grader.checks.evidence import CheckOptions, Evidence, Finding, activation_name, failed, passed, undecided
from grader.domain import Layer, ModelGraph, Tensor
from grader.domain.words import counted, listed
from grader.graph import silencer

TITLE = "Output heads"


class Spec(CheckOptions):
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
    faults = _faults(spec, evidence, widths, ends)
    good = sum(fault is None for fault in faults)
    share = min(good, spec.count) / max(spec.count, len(faults))
    if len(widths) != spec.count:
        return failed(
            f"The model has {counted(len(widths), 'output')}; the exercise asks for {spec.count}.",
            expected=expected,
            actual=actual,
            hint=_listed(spec, len(widths)),
            share=share,
        )
    for message, hint in (fault for fault in faults if fault):
        return failed(message, expected=expected, actual=actual, hint=hint, share=share)
    opaque = [layer for tensor in graph.outputs if (layer := _maker(graph, tensor)).opaque]
    hidden = opaque[0] if opaque else evidence.opaque if None in widths else None
    if hidden is not None:
        return undecided(evidence, hidden)
    return passed("The outputs are as required.", expected=expected, actual=actual)


def _listed(spec: Spec, found: int) -> str:
    """What to list as outputs if there are too few or too many."""
    if found > spec.count:
        return f"List {counted(spec.count, 'output')} in `Model(inputs=…, outputs=[…])`, and no more."
    last = f"Dense({spec.width})" if spec.activation in ("linear", "any") else f"Dense({spec.width}, …)"
    return f"End each of {spec.count} branches with a `{last}`, and list all of them in `outputs=[…]`."


def _maker(graph: ModelGraph, tensor: Tensor) -> Layer:
    """The layer that makes an output, whatever activation follows it."""
    layer = graph.layers[graph.calls[tensor.call].layer]
    while layer.kind == "Activation":
        tensor = graph.calls[tensor.call].sources[0]
        layer = graph.layers[graph.calls[tensor.call].layer]
    return layer


def _faults(
    spec: Spec, evidence: Evidence, widths: Sequence[int | None], ends: Sequence[tuple[str, str]]
) -> list[tuple[str, str] | None]:
    """By output, what is wrong with it and what to do; `None` if nothing is wrong."""
    graph = evidence.view.graph
    found: list[tuple[str, str] | None] = []
    for number, (width, (name, activation)) in enumerate(zip(widths, ends, strict=True)):
        location = evidence.at(name)
        if width is None and evidence.opaque:
            found.append(None)  # a person reviews it
        elif width is None and graph.untrainable:
            found.append((
                f"An output cannot be checked: {graph.untrainable[0]}.",
                "End each branch with a Keras layer, `Dense(1)`.",
            ))  # fmt: skip
        elif width != spec.width:
            hint = f"End that branch with `Dense({spec.width}, …)`."
            found.append((f"Output {location} has width {width}, not {spec.width}.", hint))
        elif spec.activation not in ("any", activation):
            hint = f"Leave `activation` out of the last layer: `Dense({spec.width}, …)`."
            found.append((f"Output {location} ends in `{activation}`; it must be {spec.activation}.", hint))
        elif not any(evidence.moves()[number]):
            found.append(_constant(evidence, graph, graph.outputs[number]))
        elif graph.outputs[number] in graph.outputs[:number]:
            found.append(("The same tensor is listed twice as an output.", "Give each output a layer of its own."))
        else:
            found.append(None)
    return found


def _constant(evidence: Evidence, graph: ModelGraph, output: Tensor) -> tuple[str, str]:
    """Why an output is the same for every input, if a single layer causes it, and what to do."""
    message = f"Output {evidence.at(_end(graph, output)[0])} does not depend on any input"
    for tensor in graph.inputs:
        if quiet := silencer(graph, tensor, output):
            return f"{message}: {evidence.at(quiet.layer)}, {quiet.reason}.", quiet.hint
    return f"{message}.", "Call the output layer on a tensor that comes from the input."


def _end(graph: ModelGraph, tensor: Tensor) -> tuple[str, str]:
    """Name and activation of the layer that makes an output."""
    layer = graph.layers[graph.calls[tensor.call].layer]
    return layer.name, activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"
