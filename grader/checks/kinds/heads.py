"""`heads`: how many outputs there are, their shapes, and that nothing squeezes them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.asked_ends import Head, asked_heads, asked_number
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed, undecided
from grader.checks.network_view import end_activation, unactivated
from grader.checks.spec_values import ANY, AnyActivation, one_or_each
from grader.domain import Layer, ModelGraph, Shape, Steps, Subject, Tensor
from grader.domain.words import counted, listed
from grader.graph import silencer
from grader.graph.reading.parameters import width_of

TITLE = "Output heads"
SUBJECTS: tuple[Subject, ...] = ("head count", "head width", "head activation")


class Spec(CheckOptions):
    """The required number of outputs, each with its shape and its activation, and each depending on an input.

    `shape` and `activation` are for all outputs; `shapes` and `activations` have one for each, in the order of the
    targets. -1 in a shape stands for `None`, any length.
    """

    kind: Literal["heads"]
    count: int | None = Field(None, ge=1, le=16, description="how many outputs; 1, or as many as a list has")
    shape: list[int] | None = Field(
        None, min_length=1, description="shape of one sample of each output; by default any with a last axis of 1"
    )
    shapes: list[list[int]] | None = Field(None, min_length=1, max_length=16, description="shape of each output")
    activation: AnyActivation | None = Field(
        None, description='activation of each; linear by default; "any" accepts every one'
    )
    activations: list[AnyActivation] | None = Field(None, min_length=1, max_length=16, description="one for each")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        one_or_each(self, "outputs", self.number, "shapes", "activations")
        return self

    @property
    def number(self) -> int:
        return asked_number(self.model_dump())

    @property
    def heads(self) -> list[Head]:
        """What is required of each output."""
        return asked_heads(self.model_dump())


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph, heads = evidence.view.graph, spec.heads
    number = len(graph.outputs)
    expected = f"{counted(spec.number, 'output')}: {listed([head.words for head in heads])}"
    if len(set(heads)) == 1:
        expected = f"{counted(spec.number, 'output')} of {heads[0].words}"
    ends = [f"{_size(graph.shape(tensor))}, {end_activation(graph, tensor)}" for tensor in graph.outputs]
    actual = f"{counted(number, 'output')}: {listed(ends)}"
    unseen = [place for place, tensor in enumerate(graph.outputs) if _is_unseen(graph, tensor)]
    faults = [
        None if evidence.opaque and place in unseen else _fault(evidence, heads[min(place, spec.number - 1)], place)
        for place in range(number)
    ]  # a person reviews what is made by a class that hides it
    share = min(faults.count(None), spec.number) / max(spec.number, number)
    count = f"The model has {counted(number, 'output')}; the exercise asks for {spec.number}.", ""
    problems = [count] if number != spec.number else [fault for fault in faults if fault]
    if problems:
        message, hint = problems[0]
        outputs = next((difference for difference in evidence.differences if difference.kind == "outputs"), None)
        cause = evidence.cause(SUBJECTS) or outputs  # what to list instead
        first, rest = evidence.steps_to_ends[:1], evidence.steps_to_ends[1:]
        told: Steps = [*(step.after(hint) for step in first), *rest] or hint or f"Give the model {expected}."
        return caused(cause, message, expected=expected, actual=actual, hint=told, share=share)
    if evidence.opaque and unseen:
        return undecided(evidence, evidence.opaque)
    return passed("The outputs are as required.", expected=expected, actual=actual)


def _size(shape: Shape) -> str:
    return f"width {shape[1]}" if len(shape) == 2 else f"shape {shape[1:]}"


def _maker(graph: ModelGraph, tensor: Tensor) -> Layer:
    """The layer that makes an output, whatever activation follows it."""
    return graph.layer_of(unactivated(graph, tensor).call)


def _is_unseen(graph: ModelGraph, tensor: Tensor) -> bool:
    """Whether nobody but the submission says what shape an output has."""
    shape, maker = graph.shape(tensor), _maker(graph, tensor)
    return not shape or shape[-1] is None or bool(maker.untrainable and width_of(maker) != shape[-1])


def _fault(evidence: Evidence, head: Head, number: int) -> tuple[str, str] | None:
    """What is wrong with an output and what to do; `None` if nothing is wrong."""
    graph = evidence.view.graph
    output = graph.outputs[number]
    shape, activation, maker = graph.shape(output), end_activation(graph, output), _maker(graph, output)
    name = graph.layer_of(output.call).name
    title = evidence.names.titled(name, "output")
    if _is_unseen(graph, output) and graph.untrainable:
        message = f"An output cannot be checked: {maker.untrainable or graph.untrainable[0]}."
        return message, "Make a Keras layer, such as `Dense(1)`, the last layer of each output."
    if not shape or not head.fits(shape):
        size = head.size.removeprefix("width ") if len(shape) == 2 else head.size
        return f"{title} has {_size(shape)}, not {size.removeprefix('shape ')}.", ""
    if head.activation not in (ANY, activation):
        return f"{title} ends in `{activation}`; it must be {head.activation}.", ""
    if not any(evidence.moves()[number]):
        message, hint = f"{title} does not depend on any input", "Call it on a tensor that comes from the input."
        if quiet := silencer(graph, graph.inputs, output):
            return f"{message}: {evidence.at(quiet.layer)}, {quiet.reason}.", quiet.step(
                evidence.names.name(quiet.layer)
            )
        return f"{message}.", hint
    if any(graph.is_same(output, other) for other in graph.outputs[:number]):
        return f"Two outputs are always equal, as results of {evidence.at(name)}.", ""
    return None
