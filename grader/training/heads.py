"""What is known of each head of a network before it is trained: from the graph, the recipe and the calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.domain import Calibration, DataSpec, ModelGraph, Recipe, Tensor
from grader.graph import has_weights
from grader.training.families import Proof, ancestors, proofs


@dataclass(frozen=True)
class Head:
    """What is known of one head besides its runs.

    `x` are the validation points, where there is one axis of them, and `target` the values wanted there. `weight` is
    its loss weight as a share of the largest, which the head `favoured` has, given with its threshold.
    """

    number: int
    name: str
    threshold: float
    floors: Mapping[str, float]
    x: tuple[float, ...] = ()
    target: tuple[float, ...] = ()
    proof: Proof | None = None
    unread: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    activations: frozenset[str] = frozenset()
    weight: float = 1.0
    favoured: tuple[int, float] = (0, 0.0)
    is_open: bool = False  # the task leaves the network to the student


def heads_of(graph: ModelGraph, recipe: Recipe, data: DataSpec, calibration: Calibration) -> tuple[Head, ...]:
    """Each head of a network, with what the graph, the recipe and the calibration say of it."""
    points = calibration.validation
    x = points[0] if points and len(set(data.inputs)) == 1 else ()
    largest = max(recipe.loss_weights)
    favoured = recipe.loss_weights.index(largest)
    return tuple(
        Head(
            number,
            graph.output_names[number] if graph.output_names else str(number + 1),
            calibration.thresholds[number],
            calibration.floors[number],
            x,
            points[number + 1] if points else (),
            proof,
            _unread(graph, data, graph.outputs[number]),
            _frozen(graph, graph.outputs[number]),
            _activations(graph, graph.outputs[number]),
            recipe.loss_weights[number] / largest if largest > 0 else 1.0,
            (favoured, calibration.thresholds[favoured]),
            calibration.reference is None,
        )
        for number, proof in enumerate(proofs(graph, data, calibration))
    )


def _unread(graph: ModelGraph, data: DataSpec, output: Tensor) -> tuple[str, ...]:
    """Inputs whose data reach an output by no way, neither through them nor through another input of the same data."""
    needed = set(ancestors(graph, output))
    names = graph.input_names or tuple(graph.layers[graph.calls[tensor.call].layer].name for tensor in graph.inputs)
    pairs = list(zip(data.inputs, graph.inputs, names, strict=True))
    reached = {label for label, tensor, _ in pairs if tensor.call in needed}
    return tuple(name for label, _, name in pairs if label not in reached)


def _frozen(graph: ModelGraph, output: Tensor) -> tuple[str, ...]:
    """Layers on the way to an output whose weights stay as they were drawn."""
    layers = dict.fromkeys(graph.layers[graph.calls[call].layer] for call in ancestors(graph, output))
    return tuple(layer.name for layer in layers if layer.frozen and has_weights(replace(layer, frozen=False)))


def _activations(graph: ModelGraph, output: Tensor) -> frozenset[str]:
    """The activations on the way to an output."""
    layers = (graph.layers[graph.calls[call].layer] for call in ancestors(graph, output))
    return frozenset(str(layer.param("activation", "linear")) for layer in layers)
