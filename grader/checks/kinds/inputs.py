"""`inputs`: how many inputs there are, of which shape and type, and that each of them reaches an output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from grader.checks.asked_ends import asked_shapes
from grader.checks.evidence import CheckOptions, Evidence
from grader.checks.findings import Finding, caused, passed
from grader.checks.spec_values import one_or_each
from grader.domain import ModelGraph, Shape, Step, Steps, Subject
from grader.domain.words import be, capital, counted, listed
from grader.graph import has_type, is_result, no_input, reaches, silencer

TITLE = "Inputs"
SUBJECTS: tuple[Subject, ...] = ("input count", "input shape", "input use", "input type", "input order")
DataType = Literal["float32", "float64", "int32", "int64", "uint8", "bool"]


class Spec(CheckOptions):
    """The required number of `Input`s, each with its shape, and each of them used.

    -1 in a shape stands for `None`, any length.
    """

    kind: Literal["inputs"]
    count: int | None = Field(None, ge=1, le=16, description="how many inputs; with `shapes`, one for each shape")
    shape: list[int] | None = Field(None, description="shape of one sample of each input; [1] by default")
    shapes: list[list[int]] | None = Field(
        None, min_length=1, max_length=16, description="shape of one sample of each input, in the order of the data"
    )
    dtypes: list[DataType] | None = Field(
        None, min_length=1, description="type of each input, in the order of the data; by default any type"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.count is None and self.shapes is None:
            raise ValueError("give `count`, or `shapes` with one shape for each input")
        one_or_each(self, "inputs", self.number, "shapes", "dtypes")
        return self

    @property
    def number(self) -> int:
        return self.count or len(self.shapes or ())

    @property
    def all_shapes(self) -> list[Shape]:
        """The required shape of each input."""
        return asked_shapes(self.model_dump())


def check(spec: Spec, evidence: Evidence) -> Finding:
    graph = replace(evidence.graph, inputs=tuple(dict.fromkeys(evidence.graph.inputs)))  # one listed twice is one
    shapes = [graph.shape(tensor)[1:] for tensor in graph.inputs]
    layers = [graph.layer_of(tensor.call) for tensor in graph.inputs]
    names = [layer.name for layer in layers]
    inputs = zip(names, graph.inputs, strict=True)
    twice = [name for name, tensor in inputs if evidence.graph.inputs.count(tensor) > 1]
    types = [str(layer.param("dtype", "float32")) for layer in layers]
    idle = _without_effect(evidence)
    wrong = _wrong(spec, graph, names)
    each = "each " * (spec.number > 1)
    expected = f"{_described(spec.all_shapes, spec.dtypes)}, {each}leading to an output"
    actual = _described(shapes, types if spec.dtypes else None)
    good = len(shapes) - len({*idle, *wrong})
    share = good / spec.number if len(shapes) <= spec.number else 0.0
    cause = evidence.cause(SUBJECTS)
    hint: Steps
    if len(shapes) != spec.number:
        message = f"The model has {counted(len(shapes), 'input')}; the exercise asks for {spec.number}."
        root, hint = evidence.root(SUBJECTS), f"Give the model {expected}."
        hint = root.steps if root else evidence.steps_to_ends or hint
        if twice:  # `[Input(…)] * 3`
            message += f" {listed([evidence.at(name) for name in twice])} {be(twice)} listed several times."
    elif wrong:
        message, words = _explained(spec, evidence, names, shapes, types, wrong[0])
        hint = Step(words, evidence.edits)
    elif twice:
        again = listed([evidence.names.name(name) for name in twice])
        message = f"{capital(again)} {be(twice)} listed twice in `inputs=[…]`."
        hint = evidence.steps_to_ends or f"List {again} once in `Model(inputs=[…], outputs=…)`."
    elif idle:
        quiet = silencer(graph, [graph.inputs[names.index(idle[0])]])
        message = f"No output depends on {listed([evidence.at(name) for name in idle])}."
        if quiet:
            message = f"{evidence.names.titled(idle[0])} has no effect: {evidence.at(quiet.layer)}, {quiet.reason}."
        root = None if evidence.opaque else evidence.root(SUBJECTS, idle)
        hint = f"Call a layer on {evidence.names.name(idle[0])} and connect its result to the rest of the network."
        cause, hint = None, root.steps if root else quiet.step(evidence.names.name(quiet.layer)) if quiet else hint
        actual = f"{counted(len(idle), 'input')} not connected"
    else:
        return passed("The inputs are as required.", expected=expected, actual=actual)
    return caused(cause, message, expected=expected, actual=actual, hint=hint, share=share)


def _without_effect(evidence: Evidence) -> list[str]:
    """The inputs that no output depends on.

    An output that is the same whatever all inputs are is a fault of that output: if `heads` reports it, no input does.
    """
    graph, moves = evidence.graph, evidence.moves()
    if any(check.kind == "heads" and check.points for check in evidence.assignment.checks):
        moves = tuple(moved if any(moved) else way for way, moved in zip(reaches(graph), moves, strict=True))
    names = graph.makers(graph.inputs)
    return list(dict.fromkeys(n for n, moved in zip(names, zip(*moves, strict=True), strict=True) if not any(moved)))


def _wrong(spec: Spec, graph: ModelGraph, names: Sequence[str]) -> list[str]:
    """The inputs of another shape or type; of too many or too few, those whose shape none has."""
    wanted, shapes = spec.all_shapes, [graph.shape(tensor)[1:] for tensor in graph.inputs]
    if len(shapes) != spec.number:
        return [name for name, shape in zip(names, shapes, strict=True) if shape not in wanted]
    right = [shape == asked for shape, asked in zip(shapes, wanted, strict=True)]
    for place, dtype in enumerate(spec.dtypes or ()):
        right[place] = right[place] and has_type(graph, graph.inputs[place], dtype)
    return [name for name, is_right in zip(names, right, strict=True) if not is_right]


def _explained(
    spec: Spec, evidence: Evidence, names: Sequence[str], shapes: Sequence[Shape], types: Sequence[str], first: str
) -> tuple[str, str]:
    """What is wrong with the shape or the type of an input, and what to write."""
    number = names.index(first)
    wanted = spec.all_shapes[number]
    title = evidence.names.titled(first, "input")
    if is_result(first):
        return no_input(evidence.names, first)
    dtype = f', dtype="{spec.dtypes[number]}"' if spec.dtypes and spec.dtypes[number] != "float32" else ""
    hint = f"Write `shape={wanted}{dtype}` in the `Input` of {evidence.names.name(first)}."
    if shapes[number] != wanted:
        return f"{title} does not have shape {wanted}.", hint
    expected = spec.dtypes[number] if spec.dtypes else ""
    return f"{title} has type {types[number]}; the exercise asks for {expected}.", hint


def _described(shapes: Sequence[Shape], types: Sequence[str] | None) -> str:
    """`2 inputs of shape (1,)`, or each shape if they differ, with the types that matter."""
    uniform = len(set(shapes)) <= 1
    texts = [str(shape) for shape in (list(dict.fromkeys(shapes)) if uniform else shapes)]
    text = f"{counted(len(shapes), 'input')} of shape {listed(texts)}"
    return f"{text}, type {listed(list(dict.fromkeys(types)) if len(set(types)) == 1 else types)}" if types else text
