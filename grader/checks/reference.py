"""What a check may say of the reference: the freedoms that the spec names, and the differences from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from grader.domain import Assignment, Difference, ModelGraph, Place, RecordedModel
from grader.graph import Freedom, differences, located, read_layers


def freedoms(assignment: Assignment) -> Mapping[str, Freedom]:
    """The freedoms that the assignment's `graph` check names."""
    free: dict[str, Freedom] = {}
    for check in assignment.checks:
        for name, layer in check.options.get("free", {}).items() if check.kind == "graph" else ():
            units = layer.get("units")
            free[name] = Freedom((units[0], units[1]) if units else None, layer.get("activation", False))
    return free


def concatenate_order(assignment: Assignment) -> bool:
    """Whether the `graph` check asks for the order inside `Concatenate`."""
    return any(check.kind == "graph" and check.options.get("concatenate_order") for check in assignment.checks)


def difference_from(
    reference: ModelGraph, graph: ModelGraph, model: RecordedModel, assignment: Assignment
) -> tuple[Difference, ...]:
    """Why the student's network is not the reference's; empty where it is. Told as far as the spec reveals it."""
    found = differences(
        graph,
        reference,
        assignment.data.inputs,
        free=freedoms(assignment),
        places=places(model),
        variables=model.layer_variables,
        unused=read_layers(model.unused),
        concatenate_order=concatenate_order(assignment),
    )
    return tuple(map(veiled, found)) if assignment.reveal == "hint" else found


def places(model: RecordedModel) -> Mapping[str, Place]:
    """Where the model's layers were created; without the file where that is the one that the model is built in."""
    file = model.place.file
    return {
        name: replace(place, file="" if place.file == file else place.file)
        for name, place in model.layer_places.items()
    }


def veiled(difference: Difference) -> Difference:
    """Where to look, without what is expected there."""
    where = f"`{difference.layer}`{located(difference.place)}" if difference.layer else ""
    what = _ASPECTS.get(difference.kind, "the network")
    message = (
        f"Look at {where}: {what} is not as the task asks."
        if where
        else f"{what.capitalize()} is not as the task asks."
    )
    return replace(difference, message=message, hint="Compare it with the task.", expected="", expected_layers=())


_ASPECTS = {
    "inputs": "the set of inputs", "outputs": "the set of outputs", "sharing": "which layers are shared",
    "missing": "what follows it", "extra": "that it is there", "wiring": "what it is connected with",
    "merge": "how it joins", "class": "its class", "width": "its width", "activation": "its activation",
    "parameter": "one of its parameters",
}  # fmt: skip
