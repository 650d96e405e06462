"""A network as blocks, the units of a difference: one call of a layer with the activation that follows it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.domain import Call, Layer, ModelGraph, Shape, Tensor, Value
from grader.domain.graph import ancestry, is_derived
from grader.graph.equality.canonical_form import activations_after, canonical, unordered, without_initializers
from grader.graph.equality.compare import NO_FREEDOM, Freedom
from grader.graph.equality.rewrites import ASSOCIATIVE, network
from grader.graph.reading import catalogue
from grader.graph.reading.parameters import default_activation, width_name

MERGES = frozenset({"Concatenate", "Dot", *catalogue.ELEMENTWISE})
_OTHER_CLASS = 1.5  # less than a missing layer and an extra one
_OTHER_WIDTH = 1.1  # layers are recognised by their width: another activation is the more likely mistake
_FREE = 0.01  # what the student may choose fits anything, but prescribed layers are paired first


@dataclass(frozen=True)
class Block:
    """One call with its activation. `layer` is the layer's number: the calls of a shared layer have one in common.

    `units` is the width, whatever the class calls it, and `rest` what else the layer was given. `label`
    names the data that an input is fed with.
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
    freedom: Freedom = NO_FREEDOM

    @property
    def is_input(self) -> bool:
        return self.kind == "InputLayer"

    @property
    def joins(self) -> bool:
        """Whether it makes one tensor of several."""
        return self.kind in MERGES or len(self.sources) > 1

    @property
    def traits(self) -> tuple[object, ...]:
        """All that it is apart from its place."""
        own = self.kind, self.units, self.activation, self.rest, self.label, self.joins
        return (*own, self.shape) if self.is_input else own


@dataclass(frozen=True)
class Blocks:
    """All blocks, each after those it reads, and which of them are the inputs and the outputs, in order.

    Those that lead to no output are built and not used: they are no part of the network, but may become one.
    """

    blocks: tuple[Block, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def __getitem__(self, number: int) -> Block:
        return self.blocks[number]

    def __len__(self) -> int:
        return len(self.blocks)

    @cached_property
    def live(self) -> frozenset[int]:
        """All that the network consists of: its inputs, its outputs, and what leads to these."""
        numbers = {*self.outputs}
        for number in reversed(range(len(self))):
            if number in numbers:
                numbers.update(self[number].sources)
        return frozenset([*self.inputs, *numbers])

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """The blocks that read each block, once for each time they do."""
        readers: list[list[int]] = [[] for _ in self.blocks]
        for number, block in enumerate(self.blocks):
            for source in block.sources:
                readers[source].append(number)
        return tuple(map(tuple, readers))

    @cached_property
    def _ancestry(self) -> tuple[int, ...]:
        return ancestry(block.sources for block in self.blocks)

    def is_before(self, early: int, late: int) -> bool:
        """Whether one block leads to another one."""
        return early != late and bool(self._ancestry[late] >> early & 1)

    def before(self, paired: Collection[int]) -> Sequence[frozenset[int]]:
        """For each block those of some that it leads back to: itself, or what it passes on."""
        origins: list[frozenset[int]] = []
        for number, block in enumerate(self.blocks):
            passed_on = frozenset[int]().union(*(origins[source] for source in block.sources))
            origins.append(frozenset([number]) if number in paired else passed_on)
        return origins

    @cached_property
    def calls(self) -> Mapping[int, tuple[int, ...]]:
        """The blocks of each layer."""
        calls: dict[int, tuple[int, ...]] = {}
        for number, block in enumerate(self.blocks):
            calls[block.layer] = (*calls.get(block.layer, ()), number)
        return calls


def blocks(
    graph: ModelGraph, labels: Sequence[str] = (), free: Mapping[str, Freedom] | None = None, unused: int = 0
) -> Blocks:
    """The blocks of a network, read from its canonical form; of its outputs the last are `unused`, and are none."""
    form = canonical(without_initializers(graph), labels)
    net = network(form)
    labelled = {tensor.call: labels[i] for i, tensor in enumerate(form.inputs) if i < len(labels)}
    ends = activations_after(form)
    folded = {end: first for first, end in ends.items()}
    place: dict[int, int] = {}
    blocks: list[Block] = []
    for number, call in enumerate(form.calls):
        if number in folded:
            place[number] = place[folded[number]]
            continue
        place[number] = len(blocks)
        layer = form.layers[call.layer]
        active = form.layers[form.calls[ends[number]].layer] if number in ends else layer
        blocks.append(
            Block(
                call.layer,
                layer.name,
                layer.kind,
                layer.param(width_name(layer.kind)),
                active.param("activation", default_activation(active.kind)),
                _rest(layer, call),
                tuple(place[tensor.call] for tensor in call.sources),
                len(call.sources) > 1 and not unordered(net, number),
                call.shapes[0] if call.shapes else (),
                labelled.get(number, ""),
                (free or {}).get(layer.name, NO_FREEDOM),
            )
        )
    inputs, outputs = (tuple(place[tensor.call] for tensor in ends) for ends in (form.inputs, form.outputs))
    result = Blocks(tuple(blocks), inputs, outputs[: len(outputs) - unused])
    return replace(result, blocks=tuple(_as_written(result)))


def pasts(blocks: Blocks, numbers: dict[Hashable, int]) -> list[int]:
    """A number for each block, the same for all that are alike with everything before them."""
    pasts: list[int] = []
    for block in blocks.blocks:
        before = [pasts[source] for source in block.sources]
        key = "past", block.traits, tuple(before if block.ordered else sorted(before))
        pasts.append(numbers.setdefault(key, len(numbers)))
    return pasts


def _as_written(blocks: Blocks) -> list[Block]:
    """Blocks with a merge of what an earlier merge joins already as a merge of that one.

    The canonical form has `add([add([x, y]), z])` as the sum of three, also where something else reads the inner sum.
    """
    written: list[Block] = []
    for block in blocks.blocks:
        sources = block.sources
        inner = [(len(merge.sources), number) for number, merge in enumerate(written)
                 if number in blocks.live and _is_part(merge, block)]  # fmt: skip
        if inner:
            _, number = max(inner)
            sources = (number, *(Counter(sources) - Counter(written[number].sources)).elements())
        written.append(replace(block, sources=sources))
    return written


def _is_part(inner: Block, block: Block) -> bool:
    """Whether all that one merge joins, and not all of it, is joined by another one of the same kind."""
    if block.kind not in ASSOCIATIVE or (inner.kind, inner.rest) != (block.kind, block.rest):
        return False
    few, many = Counter(inner.sources), Counter(block.sources)
    first = not block.ordered or block.sources[: len(inner.sources)] == inner.sources
    return first and few < many and len(inner.sources) > 1


def _rest(layer: Layer, call: Call) -> tuple[tuple[str, Value], ...]:
    """Everything else that the layer and the call were given, with Keras's own names."""
    fields, params = (width_name(layer.kind), "activation", "batch_shape"), dict(layer.params)
    rest = [param for param in layer.params if param[0] not in fields and param != ("dtype", "float32")]
    rest = [param for param in rest if not is_derived(params, *param)]
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


def own_changes(student: Block, expected: Block) -> Iterator[tuple[str, Value, Value]]:
    """What differs between two layers of one class: the parameter, the expected value, the value found."""
    units, freedom = student.units, expected.freedom
    if units != expected.units and not freedom.holds(units):
        yield "units", freedom.units or expected.units, units
    if student.activation != expected.activation and not freedom.activation:
        yield "activation", expected.activation, student.activation
    actual, asked = dict(student.rest), dict(expected.rest)
    for name in sorted(actual.keys() | asked.keys()):
        if actual.get(name) != asked.get(name):
            yield name, asked.get(name), actual.get(name)


def cost(student: Block, expected: Block) -> float:
    """How many changes turn one block into the other; infinite if they have nothing in common."""
    if student.is_input or expected.is_input:
        if not (student.is_input and expected.is_input):
            return math.inf
        return float(sum(getattr(student, name) != getattr(expected, name) for name in ("label", "shape", "rest")))
    if student.joins != expected.joins:
        return math.inf
    if student.kind != expected.kind:
        return 1.0 if expected.joins else math.inf if "Activation" in (student.kind, expected.kind) else _OTHER_CLASS
    changed = sum(_OTHER_WIDTH if name == "units" else 1.0 for name, _, _ in own_changes(student, expected))
    return changed + (_FREE if expected.freedom != NO_FREEDOM else 0.0)
