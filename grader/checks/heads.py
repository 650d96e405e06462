"""`heads`: how many outputs there are, their shapes, and that nothing squeezes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.evidence import CheckOptions, Evidence, Finding, caused, passed, undecided
from grader.checks.network_view import end_activation, unactivated
from grader.checks.spec_values import ANY, AnyActivation, one_or_each, sizes
from grader.domain import Layer, ModelGraph, Shape, Subject, Tensor
from grader.domain.words import article, counted, fed, listed
from grader.graph import silencer
from grader.graph.reading.parameters import width_of
from grader.graph.source import constructed

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
        return self.count or next((len(values) for values in (self.shapes, self.activations) if values is not None), 1)

    @property
    def heads(self) -> list[Head]:
        """What is required of each output."""
        shapes = self.shapes or [self.shape or []] * self.number
        activations = self.activations or [self.activation or "linear"] * self.number
        return [Head(sizes(shape), activation) for shape, activation in zip(shapes, activations, strict=True)]


@dataclass(frozen=True)
class Head:
    """What one output must be: its shape, which may be any with a last axis of 1 if it is empty, and its activation."""

    shape: Shape
    activation: str

    @property
    def width(self) -> int | None:
        """How many numbers it has, unless it has more axes."""
        return 1 if not self.shape else self.shape[0] if len(self.shape) == 1 else None

    @property
    def size(self) -> str:
        return f"shape {self.shape}" if self.width is None else f"width {self.width}"

    @property
    def words(self) -> str:
        return self.size if self.activation == ANY else f"{self.size}, {self.activation}"

    @property
    def layer(self) -> str:
        """How its last layer may be written: a Dense layer, unless the output has more axes."""
        if self.width is None:
            return f"layer of output shape {self.shape}"
        return f"Dense({self.width})" if self.activation in ("linear", ANY) else f"Dense({self.width}, …)"

    def fits(self, shape: Shape) -> bool:
        return shape[1:] == self.shape if self.shape else shape[-1] == 1


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
    problems = [_miscounted(spec, evidence)] if number != spec.number else [fault for fault in faults if fault]
    if problems:
        message, hint = problems[0]
        outputs = next((difference for difference in evidence.differences if difference.kind == "outputs"), None)
        cause = evidence.cause(SUBJECTS) or outputs  # what to list instead
        return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)
    if evidence.opaque and unseen:
        return undecided(evidence, evidence.opaque)
    return passed("The outputs are as required.", expected=expected, actual=actual)


def another_layer(evidence: Evidence, layer: Layer) -> str:
    """The step for an output that is listed twice, or computed twice by one layer."""
    code, name = constructed(layer, evidence.names.spelled), evidence.names.name(layer.name)
    if (built := evidence.unused[-1:]) and width_of(built[0]) == width_of(layer):
        end = evidence.names.name(built[0].name)
        return f"{end} is built, but not listed: list its result in `outputs=[…]` in place of the second {name}."
    step = f"{name} is one layer, however often it is listed. For the second output, call another one, `{code}`"
    return f"{step}, on the tensor that {name} reads, and list its result in `outputs=[…]` in place of the second."


def _size(shape: Shape) -> str:
    return f"width {shape[1]}" if len(shape) == 2 else f"shape {shape[1:]}"


def _maker(graph: ModelGraph, tensor: Tensor) -> Layer:
    """The layer that makes an output, whatever activation follows it."""
    return graph.layer_of(unactivated(graph, tensor).call)


def _is_unseen(graph: ModelGraph, tensor: Tensor) -> bool:
    """Whether nobody but the submission says what shape an output has."""
    shape, maker = graph.shape(tensor), _maker(graph, tensor)
    return not shape or shape[-1] is None or bool(maker.untrainable and width_of(maker) != shape[-1])


def _miscounted(spec: Spec, evidence: Evidence) -> tuple[str, str]:
    """That there are too few or too many outputs, and what to list."""
    number = len(evidence.graph.outputs)
    message = f"The model has {counted(number, 'output')}; the exercise asks for {spec.number}"
    targets = fed(spec.number, "targets")
    if number > spec.number:
        hint = f"List {counted(spec.number, 'output')} in `Model(inputs=…, outputs=[…])`, and no more."
        return f"{message}.", hint + targets
    heads = spec.heads[number:]
    layers = evidence.unused[-len(heads) :]
    if layers and [width_of(layer) for layer in layers] == [head.width for head in heads]:
        built, names = (listed([name(layer.name) for layer in layers]) for name in (evidence.at, evidence.names.name))
        return f"{message}: {built} is built, but not listed.", f"List {names} in `outputs=[…]` too.{targets}"
    codes = list(dict.fromkeys(f"`{head.layer}`" for head in spec.heads))
    own = f"a last layer of its own, {listed(codes)}"
    if len(codes) == 1:
        own = f"{article(codes[0].strip('`'))} {codes[0]}"
    hint = f"Give the network {spec.number} branches, end each with {own}, and list all of these in `outputs=[…]`."
    return f"{message}.", hint + targets


def _fault(evidence: Evidence, head: Head, number: int) -> tuple[str, str] | None:
    """What is wrong with an output and what to do; `None` if nothing is wrong."""
    graph = evidence.view.graph
    output = graph.outputs[number]
    shape, activation, maker = graph.shape(output), end_activation(graph, output), _maker(graph, output)
    place = evidence.at(graph.layer_of(output.call).name)
    if _is_unseen(graph, output) and graph.untrainable:
        message = f"An output cannot be checked: {maker.untrainable or graph.untrainable[0]}."
        return message, "Make a Keras layer, such as `Dense(1)`, the last layer of each output."
    if not shape or not head.fits(shape):
        hint = f"Make a `Dense({head.width}, …)` the last layer of this output."
        if head.width is None:
            hint = f"Make a layer whose output has shape {head.shape} the last one of this output."
        elif len(shape) > 2 and head.shape:
            hint = f"Remove the other axes, for example with `Flatten()`. {hint}"
        size = head.size.removeprefix("width ") if len(shape) == 2 else head.size
        return f"Output {place} has {_size(shape)}, not {size.removeprefix('shape ')}.", hint
    if head.activation not in (ANY, activation):
        message = f"Output {place} ends in `{activation}`; it must be {head.activation}."
        line = f"`{maker.kind}({shape[-1]}, …)`"
        if head.activation == "linear":
            return message, f"Leave `activation` out of the last layer: {line}."
        return message, f"Write `activation='{head.activation}'` in the last layer: {line}."
    if not any(evidence.moves()[number]):
        message = f"Output {place} does not depend on any input"
        if quiet := silencer(graph, graph.inputs, output):
            return f"{message}: {evidence.at(quiet.layer)}, {quiet.reason}.", quiet.step(
                evidence.names.name(quiet.layer)
            )
        return f"{message}.", "Call the output layer on a tensor that comes from the input."
    if any(graph.is_same(output, other) for other in graph.outputs[:number]):
        return f"Two outputs are always equal, as results of {place}.", another_layer(
            evidence, graph.layer_of(output.call)
        )
    return None
