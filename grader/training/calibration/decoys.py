"""Decoys: networks that lack what a task is about, and so must not pass, derived from the reference of an assignment.

A decoy is *proven* if the floor of its whole family lies above a threshold: then it cannot pass with any seed.
The others are trained, and their probability of passing follows from how often they hit. Only decoys that fit the task
are made: none that is the reference itself, none with a layer that the data cannot feed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.domain import Argument, Layer, ModelGraph, Recipe, Shape, Tensor, Value
from grader.domain.metrics import NUMBERS
from grader.graph import canonical, edits
from grader.training.messages import target_kinds
from grader.training.verdicts.provable_limits import MONOTONE, STRAIGHT_LINE, activation_of, is_line

MOST_PARAMETERS = 2_000_000


@dataclass(frozen=True)
class Decoy:
    """One network that must not pass, and the floor that bounds all of its heads, if any does."""

    name: str
    graph: ModelGraph
    floor: str = ""

    def proof(self, floors: Sequence[Mapping[str, float]], thresholds: Sequence[float]) -> tuple[int, float] | None:
        """A head whose floor lies above its threshold, and that floor."""
        for head, threshold in enumerate(thresholds):
            floor = floors[head].get(self.floor)
            if floor is not None and floor > threshold:
                return head, floor
        return None


def decoys(graph: ModelGraph, recipe: Recipe, labels: Sequence[str] = ()) -> tuple[Decoy, ...]:
    """Every decoy that can be derived from a reference; `labels` name the data of its inputs."""
    kinds, form = target_kinds(recipe), canonical(graph)
    linear = _linear(form, kinds)
    draws_line = is_line(_linear(form, (NUMBERS,) * len(kinds)))  # other layers may bend too, such as a maximum
    networks = [
        ("no hidden layer", _small(form, kinds, None), STRAIGHT_LINE),
        ("linear activations", linear if draws_line else None, STRAIGHT_LINE if is_line(linear) else ""),
        ("one hidden unit", _small(form, kinds, 1), MONOTONE),
    ]
    if linear == form and draws_line:  # a straight line solves the task
        networks = []
    networks += [
        (f"without input {number + 1}", edits.inserted(graph, graph.inputs[number], _ZEROS), "")
        for number, label in enumerate(labels)
        if labels.count(label) == 1 < len(labels)
    ]
    return tuple(
        Decoy(name, network, floor) for name, network, floor in networks if network is not None and network != form
    )


_ZEROS = Layer("zeros", "Rescaling", (("scale", 0.0),))


def _linear(form: ModelGraph, kinds: Sequence[str]) -> ModelGraph:
    """A canonical form with every activation taken out, but for those that turn the outputs into probabilities."""
    kept = {output.call for output, kind in zip(form.outputs, kinds, strict=True) if kind != NUMBERS}
    for number, call in enumerate(form.calls):
        if form.layer_of(number).kind == "Activation" and number not in kept:
            form = edits.with_params(form, call.layer, activation="linear")
    return form


def _small(form: ModelGraph, kinds: Sequence[str], hidden_units: int | None) -> ModelGraph | None:
    """A new network on the same inputs and heads, with one hidden layer or none; `None` if it would be too large."""
    shapes = [_sizes(form, tensor) for tensor in form.inputs]
    heads = [_sizes(form, tensor) for tensor in form.outputs]
    width = sum(map(_count, shapes))
    between = hidden_units or width
    weights = (between + 1) * sum(map(_count, heads)) + (width + 1) * (hidden_units or 0)
    if any(None in shape for shape in (*shapes, *heads)) or weights > MOST_PARAMETERS:
        return None
    small = edits.pruned(replace(form, outputs=(), parameters=None))
    small = replace(small, layers=tuple(replace(layer, params=()) for layer in small.layers))

    def add(kind: str, args: tuple[Argument, ...], shape: Shape, **params: Value) -> Tensor:
        nonlocal small
        layer = Layer(f"{kind}_{len(small.layers)}", kind, tuple(sorted(params.items())))
        small, tensor = edits.appended(small, layer, args, (None, *shape))
        return tensor

    flat = [
        add("Flatten", (tensor,), (_count(shape),)) if len(shape) > 1 else tensor
        for tensor, shape in zip(small.inputs, shapes, strict=True)
    ]
    tensor = add("Concatenate", (tuple(flat),), (width,)) if len(flat) > 1 else flat[0]
    if hidden_units:
        tensor = add("Dense", (tensor,), (hidden_units,), units=hidden_units)
        tensor = add("Activation", (tensor,), (hidden_units,), activation="sigmoid")
    outputs = []
    for shape, kind, output in zip(heads, kinds, form.outputs, strict=True):
        head = add("Dense", (tensor,), (_count(shape),), units=_count(shape))
        if len(shape) > 1:
            head = add("Reshape", (head,), shape, target_shape=tuple(size or 1 for size in shape))
        end = form.layer_of(output.call)
        ending = activation_of(end) if end.kind == "Activation" and kind != NUMBERS else ""
        if ending:
            head = add("Activation", (head,), shape, activation=ending)
        outputs.append(head)
    return replace(small, outputs=tuple(outputs))


def _sizes(graph: ModelGraph, tensor: Tensor) -> Shape:
    """The shape of a sample; a single number has one axis of one."""
    return graph.shape(tensor)[1:] or (1,)


def _count(shape: Shape) -> int:
    return math.prod(size or 1 for size in shape)
