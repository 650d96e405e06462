"""The form in which a network is trained, and whether it suits the data at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.domain import DataSpec, Layer, ModelGraph, Recipe, Shape
from grader.graph.equality.canonical_form import canonical, sorted_inputs


def training_form(graph: ModelGraph, recipe: Recipe, data: DataSpec) -> ModelGraph:
    """The canonical form of a network, without its initializers where the recipe has one for all."""
    if recipe.initializer is not None:
        graph = replace(graph, layers=tuple(_without_initializer(layer) for layer in graph.layers))
    if len(graph.inputs) != len(data.inputs):
        return graph
    return sorted_inputs(canonical(graph, data.inputs), data.inputs)


def _without_initializer(layer: Layer) -> Layer:
    return replace(layer, params=tuple(pair for pair in layer.params if not pair[0].endswith("_initializer")))


def mismatch(noun: str, shapes: Sequence[Shape], wanted: Sequence[Shape]) -> str:
    if len(shapes) != len(wanted):
        return f"the network has {len(shapes)} {noun}s where the data has {len(wanted)}"
    for number, (shape, want) in enumerate(zip(shapes, wanted, strict=True), start=1):
        if shape[1:] != want and not (shape[1:] == () and want == (1,)):
            return f"{noun} {number} of the network has shape {shape[1:]}, the data for it has shape {want}"
    return ""
