"""The expected networks of both courses, and single mistakes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from grader.assignments.course import load_course
from grader.assignments.folder import read_course, tutorial
from grader.authoring.mutation_table import Mutant, mutations
from grader.checks import freedoms
from grader.domain import Call, ModelGraph
from grader.graph import Freedom
from grader.graph.edits import with_calls

COURSES = (tutorial(), read_course(Path(__file__).parents[2] / "examples"))
TUTORIAL = ("one_input", "two_inputs", "three_inputs", "two_outputs", "branching_network", "shared_layer")
Network = tuple[ModelGraph, tuple[str, ...], dict[str, Freedom]]


def networks() -> dict[str, Network]:
    """Each with the labels of its inputs and what is free about it."""
    entries = {}
    for course in (load_course((), folder) for folder in COURSES):
        for assignment in course.assignments:
            # `weighted_losses` has the network of `two_outputs`.
            if assignment.id in course.references and assignment.id != "weighted_losses":
                entries[assignment.id] = (
                    course.references[assignment.id],
                    assignment.data.inputs,
                    dict(freedoms(assignment)),
                )
    return entries


NETWORKS = networks()


def reference(name: str) -> ModelGraph:
    return NETWORKS[name][0]


def mistakes(name: str) -> list[Mutant]:
    """Those of structure; where weights start is none."""
    graph, _, free = NETWORKS[name]
    return [mutant for mutant in mutations(graph, free, resized) if mutant.subject != "initializer"]


def shuffled(graph: ModelGraph, random: Random) -> ModelGraph:
    """The same network with its calls in another order that works."""
    order: list[int] = []
    numbers = list(range(len(graph.calls)))
    while numbers:
        ready = [number for number in numbers if all(tensor.call in order for tensor in graph.calls[number].sources)]
        order.append(random.choice(ready))
        numbers.remove(order[-1])
    return with_calls(graph, order)


def resized(graph: ModelGraph) -> ModelGraph:
    """The network with the shapes that follow from its widths, as the trainer finds them, for the usual classes."""
    calls: list[Call] = []
    for call in graph.calls:
        layer = graph.layers[call.layer]
        read = [shape for tensor in call.sources for shape in calls[tensor.call].shapes]
        shapes: Any = call.shapes or (() if not read else (read[0],))
        if layer.kind == "InputLayer":
            shapes = (layer.param("batch_shape"),)
        elif layer.kind == "Dense" and read:
            shapes = ((*read[0][:-1], layer.param("units")),)
        elif layer.kind == "Concatenate" and read:
            shapes = ((*read[0][:-1], sum(shape[-1] or 0 for shape in read)),)
        calls.append(replace(call, shapes=shapes))
    return replace(graph, calls=tuple(calls))
