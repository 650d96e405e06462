"""The masks that Keras adds by itself: part of a config, and nothing that anybody wrote.

After `Embedding(mask_zero=True)` or `Masking()`, a config has `not_equal(inputs, 0)` as an operation of its own, more
operations where branches are joined, and `mask=` in each call that takes one. They follow from the layers, so that they
are left out here; a network that is built from these layers has them again. A class that is not Keras's may mask too,
in a way of its own. A mask that a student computes otherwise stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from grader.domain import Call, Layer, ModelGraph, Tensor, readers, tensors
from grader.graph.edits import renumbered

_EMBEDDINGS = frozenset({"Embedding", "ReversibleEmbedding"})
_FOLLOWING = frozenset({"ops.Any", "ops.Concatenate", "ops.ConvertToTensor", "ops.ExpandDims", "ops.LogicalOr"})
"""What Keras computes of masks, in `compute_mask` of its layers."""
ARGUMENTS = frozenset({"mask", "query_mask", "value_mask", "key_mask"})


def without_masks(graph: ModelGraph) -> ModelGraph:
    """The network without these masks."""
    masks = _automatic(graph.layers, graph.calls)
    if not masks:
        return graph
    plain = replace(
        graph,
        calls=tuple(
            replace(call, kwargs=tuple(pair for pair in call.kwargs if not _gives(pair, masks))) for call in graph.calls
        ),
    )
    return renumbered(plain, _needed(plain, masks))


def _automatic(layers: Sequence[Layer], calls: Sequence[Call]) -> set[int]:
    """The calls that compute a mask as Keras does for a layer that masks the same tensor."""
    masking = [(call.args[0], layers[call.layer]) for call in calls if call.args]
    known = {(read, _masked_value(layer)) for read, layer in masking}
    own = {read for read, layer in masking if layer.opaque}
    opaque = any(layer.opaque for layer in layers)  # whose masks are anything, and whose network is only shown
    found: set[int] = set()
    for number, call in enumerate(calls):
        kind = layers[call.layer].kind
        if kind == "ops.NotEqual":
            match call.args:
                case (Tensor() as read, int() | float() as value) if (read, float(value)) in known or read in own:
                    found.add(number)
            continue
        follows = kind in _FOLLOWING or (opaque and kind.startswith("ops."))
        if follows and any(tensor.call in found for tensor in call.sources):
            found.add(number)
    return found


def _masked_value(layer: Layer) -> float | None:
    """What a layer hides of the tensor that it reads; `None` if it hides nothing."""
    if layer.kind == "Masking":
        value = layer.param("mask_value", 0.0)
        return value if isinstance(value, float) else None
    return 0.0 if layer.kind in _EMBEDDINGS and layer.param("mask_zero") is True else None


def _gives(pair: tuple[str, Any], masks: Collection[int]) -> bool:
    """Whether an argument of a call is such a mask, or a list of such."""
    given = list(tensors(pair[1]))
    return pair[0] in ARGUMENTS and bool(given) and all(tensor.call in masks for tensor in given)


def _needed(graph: ModelGraph, masks: Collection[int]) -> list[int]:
    """The calls without those that computed masks which nobody reads any more, and what only these read."""
    outputs, after = {tensor.call for tensor in graph.outputs}, readers(graph.calls)
    gone: set[int] = set()
    for number in reversed(range(len(graph.calls))):
        kind = graph.layers[graph.calls[number].layer].kind
        helps = kind in ("ops.OnesLike", "ops.ZerosLike") and bool(after[number])
        if number not in outputs and (number in masks or helps) and gone.issuperset(after[number]):
            gone.add(number)
    return [number for number in range(len(graph.calls)) if number not in gone]
