"""A canonical form, where each activation is a call of its own, as one writes it: with `activation=` of a layer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from grader.domain import ModelGraph, Tensor, readers
from grader.graph.edits import reading, renumbered, with_params
from grader.graph.reading.catalogue import LAYERS


def folded(form: ModelGraph, kinds: Collection[str] | None = None) -> ModelGraph:
    """A canonical form with each activation in the layer before it again, as one writes it; or of some classes."""
    after = activations_after(form)
    if kinds is not None:
        after = {first: end for first, end in after.items() if form.layers[form.calls[first].layer].kind in kinds}
    found: dict[int, set[Any]] = {}
    for number, call in enumerate(form.calls):
        end = after.get(number)
        activation = form.layers[form.calls[end].layer].param("activation") if end is not None else None
        found.setdefault(call.layer, set()).add(activation)
    active = {layer: values.pop() for layer, values in found.items() if len(values) == 1 and None not in values}
    gone = {end: first for first, end in after.items() if form.calls[first].layer in active}
    for layer, activation in active.items():
        form = with_params(form, layer, activation=activation)
    read = reading(form, lambda _, tensor: Tensor(gone.get(tensor.call, tensor.call), tensor.output))
    return renumbered(read, [number for number in range(len(form.calls)) if number not in gone])


def activations_after(form: ModelGraph) -> dict[int, int]:
    """Calls of layers that take an `activation`, with the call of the activation that follows them and nothing else."""
    outputs = {tensor.call for tensor in form.outputs}
    return {
        source: found[0]
        for source, found in enumerate(readers(form.calls))
        if len(found) == 1
        and source not in outputs
        and form.layers[form.calls[found[0]].layer].kind == "Activation"
        and "activation" in LAYERS.get(form.layers[form.calls[source].layer].kind, {})
        and form.layers[form.calls[source].layer].kind != "Activation"
    }
