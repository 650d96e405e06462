"""What the data leave free about the inputs of a network: their order, and a type that holds the same numbers.

Data are fed to inputs by their position in `Model(inputs=…)`. A student who lists the inputs in another order feeds the
data in that order too: with another shape, `fit` would fail otherwise, and a name says which data an input is for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from grader.domain import ModelGraph, Shape, Tensor, readers

_GENERATED = re.compile(r"(input(_layer)?|keras_tensor)(_\d+)?(CLONE)?")
_WHOLE = frozenset({"int32", "int64", "uint8"})
_REAL = frozenset({"float32", "float64"})  # they hold all whole numbers up to 2 ** 24
_CASTING = frozenset({"Embedding", "Rescaling"})
"""Layers that compute the same of whole numbers, whichever type these have."""


def as_fed(student: ModelGraph, reference: ModelGraph, labels: Sequence[str] = ()) -> ModelGraph:
    """The student's network with its inputs in the order of the reference's, as far as shapes or names tell which is
    which; `labels` are further names of the reference's, those of their data."""
    shapes = [reference.shape(tensor) for tensor in reference.inputs]
    names = [reference.input_names, labels if len(set(labels)) == len(shapes) else ()]
    return in_order(student, shapes, names)


def in_order(graph: ModelGraph, shapes: Sequence[Shape], names: Sequence[Sequence[str]]) -> ModelGraph:
    """A network with inputs of these shapes in this order, as far as shapes or one of these lists of names tell.

    Inputs that are alike stay in their order; so do those of a dict, which has none.
    """
    own: list[object] = [graph.shape(tensor)[1:] for tensor in graph.inputs]
    asked: list[object] = [shape[1:] for shape in shapes]
    if not graph.inputs_ordered or len(own) != len(asked):
        return graph
    if sorted(map(str, own)) != sorted(map(str, asked)):
        own = asked = [None] * len(own)  # a shape is wrong, so that only names can tell
    places = [0] * len(asked)
    for shape in set(asked):
        mine = [place for place, one in enumerate(own) if one == shape]
        other = [place for place, one in enumerate(asked) if one == shape]
        for place, chosen in zip(other, _named(graph.input_names, mine, other, names), strict=True):
            places[place] = chosen
    given = graph.input_names or ("",) * len(own)
    return replace(
        graph,
        inputs=tuple(graph.inputs[place] for place in places),
        input_names=tuple(given[place] for place in places),
    )


def _named(
    own: Sequence[str], mine: Sequence[int], other: Sequence[int], names: Sequence[Sequence[str]]
) -> Sequence[int]:
    """Places of inputs of one shape, in the order of those with the same names; as they are if names do not tell."""
    found = {own[place]: place for place in mine if place < len(own) and not _GENERATED.fullmatch(own[place])}
    for given in names:
        asked = [given[place] for place in other if place < len(given)]
        if len(asked) == len(found) == len(mine) and set(asked) == set(found):
            return [found[name] for name in asked]
    return mine


def typed_as(student: ModelGraph, reference: ModelGraph) -> ModelGraph:
    """The student's network with the types of the reference's inputs, where its own hold the same numbers."""
    changed = {}
    for mine, other in zip(student.inputs, reference.inputs, strict=False):
        asked = str(_type(reference, other))
        if asked != _type(student, mine) and has_type(student, mine, asked):
            layer = student.layers[number := student.calls[mine.call].layer]
            params = dict(layer.params) | {"dtype": asked}
            changed[number] = replace(layer, params=tuple(params.items()))
    layers = tuple(changed.get(number, layer) for number, layer in enumerate(student.layers))
    return replace(student, layers=layers) if changed else student


def has_type(graph: ModelGraph, tensor: Tensor, asked: str) -> bool:
    """Whether an input has the type that is asked for, or gives what reads it the same numbers.

    Data of an integer type are whole, and an `Embedding` reads only whole numbers.
    """
    read_by = [graph.layers[graph.calls[number].layer].kind for number in readers(graph.calls)[tensor.call]]
    found = str(_type(graph, tensor))
    if found == asked:
        return True
    if not read_by or not _CASTING.issuperset(read_by):
        return False
    if set(read_by) == {"Embedding"} and {found, asked} <= _WHOLE - {"uint8"} | _REAL:
        return True
    return asked in _WHOLE and found in _REAL


def _type(graph: ModelGraph, tensor: Tensor) -> object:
    return graph.layers[graph.calls[tensor.call].layer].param("dtype", "float32")
