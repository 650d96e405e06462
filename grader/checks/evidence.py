"""What a check may look at, and what it may answer.

Beside all that a run recorded, it sees the student's network as a rubric does: Dense layers with activations, merges,
heads, and connections.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from grader.domain import (
    Assignment,
    Configured,
    Difference,
    Execution,
    Layer,
    Location,
    ModelGraph,
    RecordedModel,
    Status,
    Tensor,
    Training,
    Value,
    ancestors,
    readers,
)
from grader.graph import Freedom, LayerNames, canonical, differences, generated, located, read_layers
from grader.graph.differences.blocks import MERGES


@dataclass(frozen=True)
class Evidence:
    """One submission's model for one assignment. `graph` is the student's with its outputs in the order of the heads.

    `reference` is `None` if the calibration has none. `learn` trains the network at its first call; `moves`
    says by output whether each input has an effect on it.
    """

    assignment: Assignment
    execution: Execution
    model: RecordedModel
    graph: ModelGraph
    reference: ModelGraph | None
    learn: Callable[[], Training]
    moves: Callable[[], tuple[tuple[bool, ...], ...]]

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Why the network differs from the reference; empty if it does not, or if the reference is not known."""
        if self.reference is None:
            return ()
        return difference_from(self.reference, self.graph, self.model, self.assignment)

    @cached_property
    def view(self) -> View:
        """The student's network as a rubric sees it."""
        return view(self.graph)

    @cached_property
    def opaque(self) -> Layer | None:
        """A layer on the way to an output that may contain hidden layers, such as the ones that seem to be missing."""
        graph = self.graph
        live = ancestors(graph.calls, (tensor.call for tensor in graph.outputs))
        return next((layer for call in live if (layer := graph.layers[graph.calls[call].layer]).opaque), None)

    def blame(self, *kinds: str, layers: Collection[str] | None = None) -> Difference | None:
        """The first difference of the first of these kinds that occurs; about one of these layers, if given."""
        found = [one for one in self.differences if layers is None or one.layer in layers]
        return next((one for kind in kinds for one in found if one.kind == kind), None)

    def at(self, name: str) -> str:
        """The name of a student's layer with its location, for a message."""
        return self.names.at(name)

    @cached_property
    def names(self) -> LayerNames:
        """What the student calls the layers, and where they were created."""
        return LayerNames(locations(self.model), self.model.layer_variables, generated(self.graph.layers))


@dataclass(frozen=True)
class Finding:
    """A check's answer. `share` is the part of the points earned; only checks with `partial = true` use it."""

    status: Status
    message: str
    expected: str = ""
    actual: str = ""
    hint: str = ""
    share: float = 0.0
    review: str = ""
    differences: tuple[Difference, ...] = ()


def passed(message: str, *, expected: str = "", actual: str = "") -> Finding:
    return Finding(Status.PASSED, message, expected, actual, share=1.0)


def failed(
    message: str,
    *,
    expected: str,
    actual: str,
    hint: str,
    share: float = 0.0,
    review: str = "",
    differences: tuple[Difference, ...] = (),
) -> Finding:
    return Finding(Status.FAILED, message, expected, actual, hint, share, review, differences)


def caused(
    cause: Difference | None, message: str, *, expected: str, actual: str, hint: str, share: float = 0.0
) -> Finding:
    """A failure explained by its cause if the reference shows one, otherwise by what the check itself found."""
    if cause is None:
        return failed(message, expected=expected, actual=actual, hint=hint, share=share)
    return failed(cause.message, expected=expected, actual=actual, hint=cause.hint, share=share, differences=(cause,))


def skipped(message: str, *, hint: str = "") -> Finding:
    return Finding(Status.SKIPPED, message, hint=hint)


def undecided(evidence: Evidence, layer: Layer) -> Finding:
    """The verdict depends on layers that a class hides: no points, no cause, and a person reviews it."""
    return Finding(
        Status.SKIPPED,
        f"Undecided: {evidence.at(layer.name)} is a `{layer.opaque}`, and the grader cannot see the layers inside "
        "that class. A person will review it.",
        hint="To get a grade without a review, call the Keras layers directly, without a class around them.",
        review=f"the class `{layer.opaque}` of `{layer.name}` may contain layers that the grader cannot see",
    )


def errored(message: str, *, review: str) -> Finding:
    return Finding(Status.ERRORED, message, review=review)


def freedoms(assignment: Assignment) -> Mapping[str, Freedom]:
    """The freedoms that the assignment's `graph` check names."""
    free: dict[str, Freedom] = {}
    for check in assignment.checks:
        for name, layer in check.options.get("free", {}).items() if check.kind == "graph" else ():
            units = layer.get("units")
            free[name] = Freedom((units[0], units[1]) if units else None, layer.get("activation", False))
    return free


def concatenate_order(assignment: Assignment) -> bool:
    """Whether the `graph` check requires the order inside `Concatenate`."""
    return any(check.kind == "graph" and check.options.get("concatenate_order") for check in assignment.checks)


def difference_from(
    reference: ModelGraph, graph: ModelGraph, model: RecordedModel, assignment: Assignment
) -> tuple[Difference, ...]:
    """How the student's network differs from the reference, with as much detail as the spec reveals."""
    found = differences(
        graph,
        reference,
        assignment.data.inputs,
        free=freedoms(assignment),
        locations=locations(model),
        variables=model.layer_variables,
        unused=read_layers(model.unused),
        concatenate_order=concatenate_order(assignment),
    )
    return tuple(map(veiled, found)) if assignment.reveal == "hint" else found


def locations(model: RecordedModel) -> Mapping[str, Location]:
    """Where the model's layers were created; without the file if it is the one in which the model is built."""
    file = model.location.file
    return {
        name: replace(location, file="" if location.file == file else location.file)
        for name, location in model.layer_locations.items()
    }


def veiled(difference: Difference) -> Difference:
    """Where to look, without what is expected there."""
    where = f"`{difference.layer}`{located(difference.location)}" if difference.layer else ""
    what = _ASPECTS.get(difference.kind, "the network")
    message = (
        f"Look at {where}: {what} does not match the task."
        if where
        else f"{what.capitalize()} does not match the task."
    )
    return replace(difference, message=message, hint="Compare it with the task.", expected="", expected_layers=())


_ASPECTS = {
    "inputs": "the set of inputs", "outputs": "the set of outputs", "sharing": "which layers are shared",
    "missing": "what follows it", "extra": "its place in the network", "wiring": "its connection",
    "merge": "the way it joins", "class": "its class", "width": "its width", "activation": "its activation",
    "parameter": "one of its parameters",
}  # fmt: skip


class CheckOptions(BaseModel):
    """Base of all kinds: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: str = Field(
        "", description="name of the check in reports; by default its kind", pattern=r"^[a-z][a-z0-9_]*$|^$"
    )
    title: str = Field("", description="what the student reads; by default the kind's own title", max_length=120)
    points: int = Field(ge=0, le=100, description="0 reports without scoring")
    partial: bool = Field(False, description="award a share of the points, rounded down")
    requires: list[str] = Field([], description="ids of checks without which this one cannot be evaluated")


@dataclass(frozen=True)
class DenseView:
    """One Dense layer. `calls` are numbers in the view's graph; `activation` is what follows each of its calls."""

    name: str
    units: int
    activation: str
    initializer: Configured
    bias_initializer: Configured
    calls: tuple[int, ...]
    is_head: bool


@dataclass(frozen=True)
class MergeView:
    """One merge of tensors: its kind, how many it joins, of how many branches, and the width of the result.

    `sources` and `widths` are, for each tensor, the layer that made it and its width.
    """

    name: str
    kind: str
    call: int
    joins: int
    branches: int
    width: int | None
    sources: tuple[str, ...]
    widths: tuple[int | None, ...]


@dataclass(frozen=True)
class View:
    """A canonical graph, read. Heads are in output order."""

    graph: ModelGraph
    dense: tuple[DenseView, ...]
    merges: tuple[MergeView, ...]

    @property
    def hidden(self) -> tuple[DenseView, ...]:
        return tuple(layer for layer in self.dense if not layer.is_head)


def view(graph: ModelGraph) -> View:
    """Read a network; the same for every spelling of it."""
    plain = canonical(graph, ("x",) * len(graph.inputs))
    after = readers(plain.calls)
    dense = [_dense(plain, after, number) for number, layer in enumerate(plain.layers) if _is_dense(layer)]
    merges = [
        _merge(plain, number) for number, call in enumerate(plain.calls) if plain.layers[call.layer].kind in MERGES
    ]
    return View(plain, tuple(dense), tuple(merges))


def _merge(graph: ModelGraph, number: int) -> MergeView:
    call = graph.calls[number]
    branches = [_unactivated(graph, tensor) for tensor in call.sources]
    return MergeView(
        graph.layers[call.layer].name,
        graph.layers[call.layer].kind,
        number,
        len(call.sources),
        len(set(branches)),
        _width(graph, Tensor(number)),
        tuple(graph.layers[graph.calls[branch.call].layer].name for branch in branches),
        tuple(_width(graph, tensor) for tensor in call.sources),
    )


def _unactivated(graph: ModelGraph, tensor: Tensor) -> Tensor:
    """The tensor before the activations that follow it: a branch is the same one with another of these at its end."""
    while graph.layers[graph.calls[tensor.call].layer].kind == "Activation":
        tensor = graph.calls[tensor.call].sources[0]
    return tensor


def _width(graph: ModelGraph, tensor: Tensor) -> int | None:
    shape = graph.shape(tensor)
    return shape[-1] if shape else None


def _is_dense(layer: Layer) -> bool:
    """Whether it is a Dense layer of known width."""
    return layer.kind == "Dense" and type(layer.param("units")) is int


def _dense(graph: ModelGraph, after: Sequence[Sequence[int]], number: int) -> DenseView:
    layer = graph.layers[number]
    calls = tuple(i for i, call in enumerate(graph.calls) if call.layer == number)
    ends = [_activated(graph, after, call) for call in calls]
    activations = {activation for _, activation in ends}
    return DenseView(
        layer.name,
        cast(int, layer.param("units")),
        activations.pop() if len(activations) == 1 else "more than one",
        _start(layer, "kernel_initializer", "GlorotUniform"),
        _start(layer, "bias_initializer", "Zeros"),
        calls,
        any(_is_last(graph, after, call) for call in calls),
    )


def _start(layer: Layer, name: str, usual: str) -> Configured:
    found = layer.param(name)
    return found if isinstance(found, Configured) else Configured(usual)


def _is_last(graph: ModelGraph, after: Sequence[Sequence[int]], call: int) -> bool:
    """Whether an output depends on a call, and no other Dense layer does."""
    below: set[int] = set()
    waiting = list(after[call])
    while waiting:
        number = waiting.pop()
        if graph.layers[graph.calls[number].layer].kind == "Dense":
            return False
        if number not in below:
            below.add(number)
            waiting.extend(after[number])
    return any(tensor.call in {call, *below} for tensor in graph.outputs)


def _activated(graph: ModelGraph, after: Sequence[Sequence[int]], call: int) -> tuple[int, str]:
    """The call that ends a layer's work, its activation included, and that activation's name."""
    kinds = {graph.layers[graph.calls[reader].layer].kind for reader in after[call]}
    is_output = any(tensor.call == call for tensor in graph.outputs)
    if kinds == {"Activation"} and len(after[call]) == 1 and not is_output:
        return after[call][0], activation_name(graph.layers[graph.calls[after[call][0]].layer].param("activation"))
    return call, "linear"


def activation_name(value: Value) -> str:
    """An activation as a student would call it."""
    return value.kind if isinstance(value, Configured) else str(value)
