"""A network as blocks, the units of a difference: one call of a layer, with the activation that follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.domain import Call, Layer, ModelGraph, Shape, Tensor, Value, readers
from grader.graph.equality.canonical_form import canonical, unordered, users, without_initializers
from grader.graph.equality.freedom import Freedom
from grader.graph.equality.rewrites import network
from grader.graph.reading import catalogue

MERGES = frozenset({"Concatenate", "Dot", *catalogue.MERGES})
_ANY = Freedom()


@dataclass(frozen=True)
class Block:
    """One call with its activation. `layer` is the layer's number: the calls of a shared layer have one in common.

    `rest` is what else the layer was given. `label` names the data that an input is fed with.
    """

    layer: int
    name: str
    kind: str
    units: Value
    activation: Value
    rest: tuple[tuple[str, Value], ...]
    sources: tuple[int, ...]
    ordered: bool
    shape: Shape
    label: str = ""
    freedom: Freedom = _ANY

    @property
    def is_input(self) -> bool:
        return self.kind == "InputLayer"

    @property
    def joins(self) -> bool:
        """Whether it makes one tensor of several."""
        return self.kind in MERGES or len(self.sources) > 1


@dataclass(frozen=True)
class Blocks:
    """All blocks, each after those it reads, and which of them are the outputs, in order."""

    blocks: tuple[Block, ...]
    outputs: tuple[int, ...]

    def __getitem__(self, number: int) -> Block:
        return self.blocks[number]

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def inputs(self) -> list[int]:
        return [number for number, block in enumerate(self.blocks) if block.is_input]

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """The blocks that read each block, once for each time they do."""
        found: list[list[int]] = [[] for _ in self.blocks]
        for number, block in enumerate(self.blocks):
            for source in block.sources:
                found[source].append(number)
        return tuple(map(tuple, found))

    @cached_property
    def ancestors(self) -> tuple[int, ...]:
        """All that leads to each block, as a set of bits."""
        found: list[int] = []
        for block in self.blocks:
            bits = 0
            for source in block.sources:
                bits |= found[source] | 1 << source
            found.append(bits)
        return tuple(found)

    @cached_property
    def calls(self) -> Mapping[int, tuple[int, ...]]:
        """The blocks of each layer."""
        found: dict[int, tuple[int, ...]] = {}
        for number, block in enumerate(self.blocks):
            found[block.layer] = (*found.get(block.layer, ()), number)
        return found


def blocks(
    graph: ModelGraph,
    labels: Sequence[str] = (),
    free: Mapping[str, Freedom] | None = None,
    concatenate_order: bool = False,
) -> Blocks:
    """The blocks of a network, read from its canonical form."""
    form = canonical(without_initializers(graph), labels, concatenate_order)
    net = network(form, concatenate_order)
    read_by = users(net, range(len(form.calls)))
    labelled = {tensor.call: labels[i] for i, tensor in enumerate(form.inputs) if i < len(labels)}
    ends = _ends(form)
    folded = {end: first for first, end in ends.items()}
    place: dict[int, int] = {}
    found: list[Block] = []
    for number, call in enumerate(form.calls):
        if number in folded:
            place[number] = place[folded[number]]
            continue
        place[number] = len(found)
        layer = form.layers[call.layer]
        active = form.layers[form.calls[ends[number]].layer] if number in ends else layer
        found.append(
            Block(
                call.layer,
                layer.name,
                layer.kind,
                layer.param("units"),
                active.param("activation", "linear"),
                _rest(layer, call),
                tuple(place[tensor.call] for tensor in call.sources),
                len(call.sources) > 1 and not unordered(net, number, read_by),
                call.shapes[0] if call.shapes else (),
                labelled.get(number, ""),
                (free or {}).get(layer.name, _ANY),
            )
        )
    return Blocks(tuple(found), tuple(place[tensor.call] for tensor in form.outputs))


def _ends(form: ModelGraph) -> dict[int, int]:
    """Calls of layers that take an `activation`, with the call of the activation that follows them and nothing else."""
    outputs = {tensor.call for tensor in form.outputs}
    return {
        source: found[0]
        for source, found in enumerate(readers(form.calls))
        if len(found) == 1
        and source not in outputs
        and form.layers[form.calls[found[0]].layer].kind == "Activation"
        and "activation" in catalogue.LAYERS.get(form.layers[form.calls[source].layer].kind, {})
        and form.layers[form.calls[source].layer].kind != "Activation"
    }


def _rest(layer: Layer, call: Call) -> tuple[tuple[str, Value], ...]:
    """Everything else that the layer and the call were given, with Keras's own names."""
    known = ("units", "activation", "batch_shape", "dtype")
    rest = [pair for pair in layer.params if pair[0] not in known]
    rest += [("trainable", False)] if layer.frozen else []
    leaves = list(_leaves((call.args, tuple(value for _, value in call.kwargs))))
    return (*rest, *([("arguments", ", ".join(leaves))] if set(leaves) - {"…"} else []))


def _leaves(part: object) -> Iterator[str]:
    """What a call is given, one by one: `…` for a tensor, with its number where it is not a layer's only or first."""
    if isinstance(part, tuple):
        for item in part:
            yield from _leaves(item)
    elif isinstance(part, Tensor):
        yield f"…[{part.output}]" if part.output else "…"
    else:
        yield repr(part)
