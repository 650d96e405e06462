"""What is built, and what no model holds: layers beside a model, which a program may have forgotten to use."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from . import describe
from .describe import operation_of

MOST_UNUSED = 32
MOST_ENTRIES = 100
MOST_CALLS = 4  # of one layer


def around(keras: Any, model: Any, models: Iterable[Any]) -> Iterator[Any]:
    """A model, and the others but those that go another way from its middle, as one for each output does."""

    def inside(network: Any) -> set[int]:
        layers = describe.nested_layers(network)
        return {id(layer) for layer in layers if not isinstance(layer, keras.layers.InputLayer)}

    own = inside(model)
    yield model
    yield from (other for other in models if not own & inside(other) or own <= inside(other))


def layers_beside(keras: Any, starts: Sequence[Any], ids: Container[int]) -> list[Any]:
    """Layers that no model holds: these, all that was called on what they compute, and what else that reads."""
    unused = {id(layer): layer for layer in starts if id(layer) not in ids}
    waiting = list(starts)
    while waiting and len(unused) < MOST_UNUSED:
        layer = waiting.pop()
        read = [operation_of(tensor) for node in layer._inbound_nodes for tensor in node.input_tensors]
        for neighbour in (*(node.operation for node in layer._outbound_nodes), *(read if id(layer) in unused else ())):
            if id(neighbour) not in ids and id(neighbour) not in unused:
                unused[id(neighbour)] = neighbour
                waiting.append(neighbour)
    return [layer for layer in unused.values() if not isinstance(layer, keras.Model)]


def described(keras: Any, layers: Iterable[Any]) -> list[dict[str, Any]]:
    """The calls of layers, each as a model's config has the layer, with the shapes of its results, and what it reads:
    the layer and which of its calls. A layer that cannot say its config is left out."""
    entries = []
    for layer in layers:
        with contextlib.suppress(Exception):
            entry = {**describe.plain(keras.saving.serialize_keras_object(layer)), "name": str(layer.name)[:80]}
            for node in layer._inbound_nodes[:MOST_CALLS]:
                histories = [tensor._keras_history for tensor in node.input_tensors]
                reads = [[str(history.operation.name)[:80], history.node_index] for history in histories[:MOST_UNUSED]]
                entries.append({**entry, "reads": reads, "shapes": describe.shapes(node.output_tensors)})
    return entries[:MOST_ENTRIES]
