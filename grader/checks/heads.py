"""`heads`: how many outputs there are, their widths or shapes, and that nothing squeezes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.evidence import CheckOptions, Evidence, Finding, failed, passed, undecided
from grader.checks.known import ANY, AnyActivation
from grader.checks.view import activation_name, unactivated
from grader.domain import Layer, ModelGraph, Subject, Tensor
from grader.domain.words import article, counted, listed
from grader.graph import silencer, unconfirmed
from grader.graph.reading.roles import width_of

TITLE = "Output heads"
SUBJECTS: tuple[Subject, ...] = ("head count", "head width", "head activation")


class Spec(CheckOptions):
    """The required number of outputs, each with its width or shape and its activation, and each depending on an input.

    `width`, `shape` and `activation` are for all outputs; `widths`, `shapes` and `activations` have one for each, in
    the order of the targets. -1 in a shape stands for `None`, any length.
    """

    kind: Literal["heads"]
    count: int | None = Field(None, ge=1, le=16, description="how many outputs; 1, or as many as a list has")
    width: int | None = Field(None, ge=1, description="width of each output, which is its last axis; 1 by default")
    widths: list[int] | None = Field(None, min_length=1, max_length=16, description="width of each output")
    shape: list[int] | None = Field(None, description="shape of one sample of each output, instead of its width")
    shapes: list[list[int]] | None = Field(None, min_length=1, max_length=16, description="shape of each output")
    activation: AnyActivation | None = Field(
        None, description='activation of each; linear by default; "any" accepts every one'
    )
    activations: list[AnyActivation] | None = Field(None, min_length=1, max_length=16, description="one for each")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sizes = [name for name in ("width", "widths", "shape", "shapes") if getattr(self, name) is not None]
        if len(sizes) > 1:
            raise ValueError(f"give `{sizes[0]}` or `{sizes[1]}`, but not both")
        if self.activation is not None and self.activations is not None:
            raise ValueError("give `activation` for all outputs, or `activations` with one for each, but not both")
        for name in ("widths", "shapes", "activations"):
            given = getattr(self, name)
            if given is not None and len(given) != self.number:
                raise ValueError(f"`{name}` has {counted(len(given), 'entry', 'entries')} for {self.number} outputs")
        return self

    @property
    def number(self) -> int:
        lists = (self.widths, self.shapes, self.activations)
        return self.count or next((len(one) for one in lists if one is not None), 1)

    def head(self, number: int) -> Head:
        """What is required of one output; of one too many, what is required of the last."""
        place = min(number, self.number - 1)
        shapes = self.shapes or ([self.shape] * self.number if self.shape is not None else None)
        width = self.widths[place] if self.widths else self.width or 1
        activation = self.activations[place] if self.activations else self.activation or "linear"
        shape = None if shapes is None else tuple(None if size == -1 else size for size in shapes[place])
        return Head(width if shape is None else None, shape, activation)


@dataclass(frozen=True)
class Head:
    """What one output must be: its width, or its shape, and its activation."""

    width: int | None
    shape: tuple[int | None, ...] | None
    activation: str

    @property
    def size(self) -> str:
        return f"width {self.width}" if self.shape is None else f"shape {self.shape}"

    @property
    def layer(self) -> str:
        """How its last layer may be written: a Dense layer, unless the output has more axes."""
        width = self.width if self.shape is None else self.shape[-1] if len(self.shape) == 1 else None
        if width is None:
            return f"layer of output shape {self.shape}"
        return f"Dense({width})" if self.activation in ("linear", ANY) else f"Dense({width}, …)"

    def fits(self, shape: tuple[int | None, ...]) -> bool:
        return shape[-1] == self.width if self.shape is None else shape[1:] == self.shape


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = evidence.view.graph
    shapes = [graph.shape(tensor) for tensor in graph.outputs]
    ends = [_end(graph, tensor) for tensor in graph.outputs]
    expected = _expected(spec)
    sized = [f"shape {shape[1:]}" if spec.head(i).shape is not None else f"width {shape[-1] if shape else None}"
             for i, shape in enumerate(shapes)]  # fmt: skip
    actual = f"{counted(len(shapes), 'output')}: " + listed(
        [f"{size}, {a}" for size, (_, a) in zip(sized, ends, strict=True)]
    )
    said = unconfirmed(graph, graph.outputs)
    faults = _faults(spec, evidence, shapes, ends, said)
    good = sum(fault is None for fault in faults)
    share = min(good, spec.number) / max(spec.number, len(faults))
    if len(shapes) != spec.number:
        message = f"The model has {counted(len(shapes), 'output')}; the exercise asks for {spec.number}"
        hint = _listed(spec, len(shapes))
        if built := _unlisted(spec, evidence, len(shapes)):
            message += f": {listed([evidence.at(name) for name in built])} is built, but not listed"
            hint = f"List {listed([evidence.names.name(name) for name in built])} in `outputs=[…]` too."
        return failed(f"{message}.", expected=expected, actual=actual, hint=hint, share=share)
    for message, hint in (fault for fault in faults if fault):
        return failed(message, expected=expected, actual=actual, hint=hint, share=share)
    opaque = [layer for layer in said if layer and layer.opaque]
    hidden = opaque[0] if opaque else evidence.opaque if not all(map(_is_known, shapes)) else None
    if hidden is not None:
        return undecided(evidence, hidden)
    return passed("The outputs are as required.", expected=expected, actual=actual)


def _is_known(shape: tuple[int | None, ...]) -> bool:
    return bool(shape) and shape[-1] is not None


def _expected(spec: Spec) -> str:
    heads = [spec.head(number) for number in range(spec.number)]
    if len(set(heads)) == 1:
        activation = f", {heads[0].activation}" if heads[0].activation != ANY else ""
        return f"{counted(spec.number, 'output')} of {heads[0].size}{activation}"
    each = [f"{head.size}{f', {head.activation}' if head.activation != ANY else ''}" for head in heads]
    return f"{counted(spec.number, 'output')}: {listed(each)}"


def _unlisted(spec: Spec, evidence: Evidence, found: int) -> list[str]:
    """Layers that were built last, as wide as the outputs that are lacking, and lead to no output."""
    lacking = spec.number - found
    widths = [spec.head(number).width for number in range(found, spec.number)]
    last = evidence.unused[-lacking:] if lacking > 0 else []
    return [layer.name for layer in last] if last and [width_of(layer) for layer in last] == widths else []


def _listed(spec: Spec, found: int) -> str:
    """What to list as outputs if there are too few or too many."""
    if found > spec.number:
        return f"List {counted(spec.number, 'output')} in `Model(inputs=…, outputs=[…])`, and no more."
    lasts = list(dict.fromkeys(f"`{spec.head(number).layer}`" for number in range(spec.number)))
    last = f"a last layer of its own, {listed(lasts)}"
    if len(lasts) == 1:
        last = f"{article(lasts[0].strip('`'))} {lasts[0]}"
    return f"Give the network {spec.number} branches, end each with {last}, and list all of these in `outputs=[…]`."


def _maker(graph: ModelGraph, tensor: Tensor) -> Layer:
    """The layer that makes an output, whatever activation follows it."""
    return graph.layers[graph.calls[unactivated(graph, tensor).call].layer]


def _faults(
    spec: Spec,
    evidence: Evidence,
    shapes: Sequence[tuple[int | None, ...]],
    ends: Sequence[tuple[str, str]],
    claimed: Sequence[Layer | None],
) -> list[tuple[str, str] | None]:
    """By output, what is wrong with it and what to do; `None` if nothing is wrong."""
    graph = evidence.view.graph
    found: list[tuple[str, str] | None] = []
    for number, (shape, (name, activation)) in enumerate(zip(shapes, ends, strict=True)):
        location, head = evidence.at(name), spec.head(number)
        said = claimed[number]
        unknown = not _is_known(shape)
        if (unknown or said) and evidence.opaque:
            found.append(None)  # a person reviews it
        elif said or (unknown and graph.untrainable):
            found.append((
                f"An output cannot be checked: {said.untrainable if said else graph.untrainable[0]}.",
                "Make a Keras layer, such as `Dense(1)`, the last layer of each output.",
            ))  # fmt: skip
        elif not shape or not head.fits(shape):
            found.append(_sized(head, location, shape))
        elif head.activation not in (ANY, activation):
            found.append(_squeezed(evidence, graph, graph.outputs[number], head, (location, activation)))
        elif not any(evidence.moves()[number]):
            found.append(_constant(evidence, graph, graph.outputs[number]))
        elif graph.outputs[number] in graph.outputs[:number]:
            found.append(("The same tensor is listed twice as an output.", "Give each output a layer of its own."))
        else:
            found.append(None)
    return found


def _sized(head: Head, location: str, shape: tuple[int | None, ...]) -> tuple[str, str]:
    """What is wrong with the width or the shape of an output, and what to do."""
    if head.shape is None:
        width = shape[-1] if shape else None
        message = f"Output {location} has width {width}, not {head.width}."
        return message, f"Make a `Dense({head.width}, …)` the last layer of this output."
    hint = f"Make a layer whose output has shape {head.shape} the last one of this output."
    if len(head.shape) == 1:
        hint = f"Make a `Dense({head.shape[0]}, …)` the last layer of this output."
        hint = f"Remove the other axes, for example with `Flatten()`. {hint}" if len(shape) > 2 else hint
    return f"Output {location} has shape {shape[1:]}, not {head.shape}.", hint


def _squeezed(
    evidence: Evidence, graph: ModelGraph, output: Tensor, head: Head, found: tuple[str, str]
) -> tuple[str, str]:
    """What is wrong with the activation of an output, and what to do."""
    location, activation = found
    maker = _maker(graph, output).kind
    width = graph.shape(output)[-1]
    message = f"Output {location} ends in `{activation}`; it must be {head.activation}."
    if head.activation == "linear":
        return message, f"Leave `activation` out of the last layer: `{maker}({width}, …)`."
    return message, f"Write `activation='{head.activation}'` in the last layer: `{maker}({width}, …)`."


def _constant(evidence: Evidence, graph: ModelGraph, output: Tensor) -> tuple[str, str]:
    """Why an output is the same for every input, if a single layer causes it, and what to do."""
    message = f"Output {evidence.at(_end(graph, output)[0])} does not depend on any input"
    if quiet := silencer(graph, graph.inputs, output):
        return f"{message}: {evidence.at(quiet.layer)}, {quiet.reason}.", quiet.hint
    return f"{message}.", "Call the output layer on a tensor that comes from the input."


def _end(graph: ModelGraph, tensor: Tensor) -> tuple[str, str]:
    """Name and activation of the layer that makes an output."""
    layer = graph.layers[graph.calls[tensor.call].layer]
    return layer.name, activation_name(layer.param("activation")) if layer.kind == "Activation" else "linear"
