"""A mutation, the noun: one change of a network; the tables of usual mistakes, and what else a change may affect."""

from __future__ import annotations

from dataclasses import dataclass

from grader.domain import Call, Configured, Layer, ModelGraph, Subject, Value, readers

_RANGE: tuple[tuple[str, Value], ...] = (("maxval", 1.0), ("minval", -1.0))
OTHER_ACTIVATIONS = ("tanh", "relu", None)
OTHER_STARTS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("the default initializer of Keras", {"kernel_initializer": None}),
    ("the normal initializer", {"kernel_initializer": Configured("RandomNormal")}),
    ("another range to start from", {"kernel_initializer": Configured("RandomUniform", _RANGE)}),
    ("a bias that starts at one", {"bias_initializer": Configured("Ones")}),
)
LAYER_SETTINGS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("without a bias", {"use_bias": False}),
    ("with a regularizer", {"kernel_regularizer": Configured("L2", (("l2", 0.01),))}),
)
INTRUDERS: tuple[Layer, ...] = (
    Layer("dropout", "Dropout", (("rate", 0.2),)),
    Layer("normalization", "BatchNormalization"),
)
OTHER_MERGES = ("Add", "Average", "Multiply", "Maximum", "Subtract")


@dataclass(frozen=True)
class Mutation:
    """One change: its subject and words for it, the changed network, and the kinds of checks that it may affect too.

    `kind` is the class of the layer that it is about, if it is about one.
    """

    subject: Subject
    name: str
    graph: ModelGraph
    touches: frozenset[str] = frozenset()
    kind: str = ""


def is_end(graph: ModelGraph, call: int) -> bool:
    """Whether a call is an output, whatever activation follows it."""
    ends = {tensor.call for tensor in graph.outputs}
    if call in ends:
        return True
    after = readers(graph.calls)[call]
    return any(one in ends and graph.layers[graph.calls[one].layer].kind == "Activation" for one in after)


def position(graph: ModelGraph, call: int) -> frozenset[str]:
    """Kinds of checks that see a layer because of its position: before a merge, before all outputs, called twice."""
    touches = set()
    reading = [other for other in graph.calls if call in {tensor.call for tensor in other.sources}]
    if any(is_merge(other) or _is_operation_of_several(graph, other) for other in reading):
        touches.add("merge")
    if len(graph.outputs) > 1:
        touches.add("trunk")
    if sum(other.layer == graph.calls[call].layer for other in graph.calls) > 1:
        touches.add("shared")
    return frozenset(touches)


def is_merge(call: Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], tuple) and len(call.sources) > 1


def _is_operation_of_several(graph: ModelGraph, call: Call) -> bool:
    """A merge that is written as an operation, such as `x + y`."""
    return graph.layers[call.layer].kind.startswith("ops.") and len(call.sources) > 1
