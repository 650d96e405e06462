"""One program for many networks: hidden layers widened to a common size.

Compiling takes several times as long as training. Networks of one topology that differ only in the widths of their
hidden `Dense` layers are therefore trained as one wide network: each puts its own weights into it, and zeros elsewhere.
What was added gets no gradient, so it stays zero and adds nothing, and the wide network computes what the narrow one
does. This holds where units stay apart between two `Dense` layers; every other network is trained as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from grader.domain import Call, Configured, Layer, ModelGraph
from grader.graph.edits import with_params
from grader.graph.equality.canonical_form import canonical
from grader.graph.reading.catalogue import ACTIVATION_LAYERS, ACTIVATIONS, ELEMENTWISE

Units = npt.NDArray[np.bool_]
"""Which units of a wide tensor the narrow network has, by position on the last axis."""

SIZES = (32, 64, 128)
MOST_PARAMETERS = 60_000  # beyond, training the wide network takes longer than compiling the narrow one
UNITWISE_OPTIMIZERS = frozenset({
    "sgd", "rmsprop", "adam", "adamw", "adadelta", "adagrad", "adamax", "nadam", "ftrl", "lion",
})  # fmt: skip
UNITWISE_SETTINGS = frozenset({
    "learning_rate", "momentum", "nesterov", "rho", "beta_1", "beta_2", "epsilon", "centered", "amsgrad",
})  # fmt: skip
_MIXING = frozenset({"softmax", "log_softmax", "sparsemax", "glu"})
_SUMS = frozenset({"L1", "L2", "L1L2"})  # penalties to which a zero adds nothing
_NARROW_ONLY = ("activity_regularizer", "kernel_constraint", "bias_constraint")


@dataclass(frozen=True)
class Widened:
    """A network as it is trained: `graph` is built and compiled, and starts with the weights of `narrow`.

    Both have the same layers in the same order. `kernels` has the rows and columns of `narrow` in the kernel of each
    `Dense` layer, by the number of the layer; it is empty if the two graphs are one.
    """

    graph: ModelGraph
    narrow: ModelGraph
    kernels: Mapping[int, tuple[Units, Units]] = field(default_factory=dict)


def widened(graph: ModelGraph, labels: Sequence[str], optimizer: str) -> Widened:
    """The wide network of a canonical graph; the graph itself where that is not exact, or not worth it.

    `labels` name the data of each input, as for `canonical`. All networks of one topology get the same wide graph.
    """
    sizes = _sizes(graph) if optimizer in UNITWISE_OPTIMIZERS else {}
    units = _units(graph, sizes) if sizes else None
    if units is None:
        return Widened(graph, graph)
    # The order of branches follows their widths in a canonical form, but must not in that of a wide network.
    numbered = replace(graph, layers=tuple(replace(layer, name=str(n)) for n, layer in enumerate(graph.layers)))
    order = canonical(_resized(numbered, sizes, units), labels)
    layers = [graph.layers[int(layer.name)] for layer in order.layers]
    narrow = replace(order, layers=tuple(replace(layer, name=f"layer_{n}") for n, layer in enumerate(layers)))
    sizes = _sizes(narrow)
    units = _units(narrow, sizes)
    assert units is not None  # it is the same network in another order
    calls = (_reshaped(call, int(mask.sum())) for call, mask in zip(narrow.calls, units, strict=True))
    narrow = replace(narrow, calls=tuple(calls))
    wide = replace(_resized(narrow, sizes, units), parameters=None)
    dense = [number for number, call in enumerate(narrow.calls) if narrow.layers[call.layer].kind == "Dense"]
    kernels = {narrow.calls[n].layer: (units[narrow.calls[n].sources[0].call], units[n]) for n in dense}
    too_large = sum(rows.size * columns.size for rows, columns in kernels.values()) > MOST_PARAMETERS
    return Widened(graph, graph) if too_large else Widened(wide, narrow, kernels)


def _sizes(graph: ModelGraph) -> dict[int, int]:
    """The common width of hidden layers, by the number of each: `Dense` layers that no output shows directly."""
    visible, waiting = set(), [tensor.call for tensor in graph.outputs]
    while waiting:
        call = graph.calls[waiting.pop()]
        if graph.layers[call.layer].kind == "Dense":
            visible.add(call.layer)
        else:
            waiting += {tensor.call for tensor in call.sources}
    hidden = [n for n, layer in enumerate(graph.layers) if layer.kind == "Dense" and n not in visible]
    widest = max((_width(graph.layers[number]) for number in hidden), default=0)
    size = next((size for size in SIZES if size >= widest), None)
    return dict.fromkeys(hidden, size) if size else {}


def _width(layer: Layer) -> int:
    units = layer.param("units")
    assert isinstance(units, int)
    return units


def _units(graph: ModelGraph, sizes: Mapping[int, int]) -> list[Units] | None:
    """By call, the units of its result; nothing if widening `graph` to `sizes` would change what it computes."""
    units: list[Units] = []
    rows: dict[int, Units] = {}
    for call in graph.calls:
        layer = graph.layers[call.layer]
        sources = [units[tensor.call] for tensor in call.sources]
        shape = call.shapes[0] if len(call.shapes) == 1 else ()
        if len(shape) != 2 or shape[1] is None or call.kwargs:
            return None
        if layer.kind == "InputLayer":
            units.append(np.ones(shape[1], bool))
        elif layer.kind == "Dense":
            if not (_is_exact(layer) and np.array_equal(rows.setdefault(call.layer, sources[0]), sources[0])):
                return None
            width = _width(layer)
            units.append(np.arange(sizes.get(call.layer, width)) < width)
        elif layer.kind == "Concatenate" and layer.param("axis", -1) in (-1, 1):
            units.append(np.concatenate(sources))
        elif _is_unitwise(layer) and all(np.array_equal(source, sources[0]) for source in sources):
            units.append(sources[0])
        else:
            return None
    return units


def _is_exact(layer: Layer) -> bool:
    """Whether zeros in the weights of a `Dense` layer add nothing to what is trained."""
    penalties = [layer.param(name) for name in ("kernel_regularizer", "bias_regularizer")]
    sums = all(isinstance(value, Configured) and value.kind in _SUMS for value in penalties if value is not None)
    return sums and all(layer.param(name) is None for name in (*_NARROW_ONLY, "activation"))


def _is_unitwise(layer: Layer) -> bool:
    """Whether each unit of the result depends on that unit of the sources alone, and no weights are held."""
    function = layer.param("activation") if layer.kind == "Activation" else layer.kind
    kind = function.kind if isinstance(function, Configured) else function
    if layer.kind in ELEMENTWISE:
        return True
    return kind in (ACTIVATIONS | ACTIVATION_LAYERS.keys()) - _MIXING - {"Softmax"}


def _resized(graph: ModelGraph, sizes: Mapping[int, int], units: Sequence[Units]) -> ModelGraph:
    for number, size in sizes.items():
        graph = with_params(graph, number, units=size)
    calls = (_reshaped(call, len(mask)) for call, mask in zip(graph.calls, units, strict=True))
    return replace(graph, calls=tuple(calls))


def _reshaped(call: Call, width: int) -> Call:
    return replace(call, shapes=((call.shapes[0][0], width),))
