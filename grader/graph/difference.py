"""Why a network is not the expected one: the few changes that explain it, in words, by the student's layer names.

Both networks are read as blocks (a layer call with the activation that follows it). Blocks that agree on all that leads
to them and all that follows are anchors; the rest is paired by what leads to it, by what follows, then by kind. What
differs within a pair was changed; what has no partner is missing or one too many; if all agree, the wiring differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.domain import Configured, ModelGraph, Value, tensors
from grader.graph.canonical import canonical, without_initializers
from grader.graph.colours import digest


@dataclass(frozen=True)
class Difference:
    """One change: "width", "activation", "parameter", "missing", "extra", "wiring", "sharing" or "outputs"."""

    kind: str
    message: str
    layer: str = ""


@dataclass(frozen=True)
class _Block:
    number: int
    layer: int
    name: str
    kind: str
    units: Value
    activation: str
    rest: tuple[tuple[str, Value], ...]
    sources: tuple[int, ...]
    up: str = ""
    down: str = ""

    @property
    def signature(self) -> tuple[object, ...]:
        return (self.kind, self.units, self.activation, self.rest)

    @property
    def shown(self) -> str:
        """As a student would write it: `Dense(20, sigmoid)`."""
        if self.kind == "InputLayer":
            return "another input"
        parts = [str(self.units)] if self.units is not None else []
        parts += [self.activation] if self.activation != "linear" else []
        return f"{self.kind}({', '.join(parts)})" if parts else self.kind


def differences(student: ModelGraph, reference: ModelGraph, labels: Sequence[str] = ()) -> tuple[Difference, ...]:
    """The changes that would make the student's network the reference's, the most telling first."""
    theirs, ours = (_blocks(canonical(without_initializers(graph), labels)) for graph in (student, reference))
    pairs = _pair(theirs, ours)
    extra = [block for block in theirs.values() if block.number not in {a.number for a, _ in pairs}]
    missing = [block for block in ours.values() if block.number not in {b.number for _, b in pairs}]
    found = [difference for a, b in pairs for difference in _changes(a, b)]
    found += [Difference("missing", f"A `{block.shown}` is missing{_after(block, ours)}.") for block in missing]
    found += [
        Difference("extra", f"`{block.name}`, a `{block.shown}`, is one too many.", block.name) for block in extra
    ]
    found += _sharing(pairs)
    if not found:
        found = _wiring(pairs, theirs, ours)
    if not found:
        swapped = len(student.outputs) > 1
        words = "The outputs are in a different order than the task gives them."
        found = [Difference("outputs", words if swapped else "The network computes something else than the task's.")]
    return tuple(found)


def _blocks(graph: ModelGraph) -> dict[int, _Block]:
    """Blocks by the number of the call that ends them."""
    heads: dict[int, int] = {}  # call of an activation -> the call it belongs to
    for number, call in enumerate(graph.calls):
        if graph.layers[call.layer].kind == "Activation":
            source = next(tensors(call.args)).call
            users = sum(t.call == source for other in graph.calls for t in tensors(other.args))
            if users == 1 and graph.layers[graph.calls[source].layer].kind != "InputLayer":
                heads[number] = heads.get(source, source)
    ends = {first: end for end, first in heads.items()}
    blocks: dict[int, _Block] = {}
    for number, call in enumerate(graph.calls):
        if number in heads:
            continue
        layer = graph.layers[call.layer]
        end = ends.get(number, number)
        rest = tuple(pair for pair in layer.params if pair[0] not in ("units", "activation", "batch_shape", "dtype"))
        rest += (("trainable", False),) if layer.frozen else ()
        active = (
            graph.layers[graph.calls[end].layer].param("activation") if end != number else layer.param("activation")
        )
        name = active.kind if isinstance(active, Configured) else str(active or "linear")
        sources = tuple(ends.get(t.call, t.call) for t in tensors(call.args))
        blocks[end] = _Block(end, call.layer, layer.name, layer.kind, layer.param("units"), name, rest, sources)
    outputs = {t.call: i for i, t in enumerate(graph.outputs)}
    return _anchored(blocks, outputs)


def _anchored(blocks: dict[int, _Block], outputs: dict[int, int]) -> dict[int, _Block]:
    """The blocks with digests of all that leads to them and of all that follows."""
    up: dict[int, str] = {}
    down: dict[int, str] = {}
    for number in sorted(blocks):
        block = blocks[number]
        up[number] = digest([block.signature, sorted(up.get(s, "") for s in block.sources)])
    for number in sorted(blocks, reverse=True):
        after = sorted(down[other] for other, block in blocks.items() if number in block.sources and other in down)
        down[number] = digest([blocks[number].signature, after, outputs.get(number)])
    return {
        number: _Block(
            b.number, b.layer, b.name, b.kind, b.units, b.activation, b.rest, b.sources, up[number], down[number]
        )
        for number, b in blocks.items()
    }


def _pair(theirs: dict[int, _Block], ours: dict[int, _Block]) -> list[tuple[_Block, _Block]]:
    """Partners, most certain first; each block has at most one."""
    certainties: tuple[Callable[[_Block], object], ...] = (
        lambda block: (block.up, block.down),
        lambda block: ("up", block.up),
        lambda block: ("down", block.down),
        lambda block: block.signature,
        lambda block: (block.kind, block.units),
        lambda block: (block.kind, block.activation),
        lambda block: block.kind,
    )
    left, right = list(theirs.values()), list(ours.values())
    pairs: list[tuple[_Block, _Block]] = []
    for certainty in certainties:
        for block in list(left):
            partner = next((other for other in right if certainty(other) == certainty(block)), None)
            if partner is not None:
                pairs.append((block, partner))
                left.remove(block)
                right.remove(partner)
    return pairs


def _changes(theirs: _Block, ours: _Block) -> list[Difference]:
    name = theirs.name
    found = []
    if theirs.units != ours.units:
        found.append(Difference("width", f"Layer `{name}`: expected {ours.units} units, found {theirs.units}.", name))
    if theirs.activation != ours.activation:
        expected, actual = (f"`{x}`" if x != "linear" else "none" for x in (ours.activation, theirs.activation))
        found.append(Difference("activation", f"Layer `{name}`: expected activation {expected}, found {actual}.", name))
    if theirs.rest != ours.rest:
        keys = sorted(dict(set(theirs.rest) ^ set(ours.rest)))
        found.append(Difference("parameter", f"Layer `{name}`: `{keys[0]}` is not as in the task.", name))
    return found


def _after(block: _Block, blocks: dict[int, _Block]) -> str:
    before = [blocks[source] for source in block.sources if source in blocks]
    return f" after `{before[0].shown}`" if before and before[0].kind != "InputLayer" else ""


def _sharing(pairs: list[tuple[_Block, _Block]]) -> list[Difference]:
    """Where the reference calls one layer twice and the student two, or the other way about."""
    found = []
    for i, (theirs, ours) in enumerate(pairs):
        for other_theirs, other_ours in pairs[i + 1 :]:
            together, expected = theirs.layer == other_theirs.layer, ours.layer == other_ours.layer
            if expected and not together:
                message = f"`{theirs.name}` and `{other_theirs.name}` are two layers where one shared layer is asked."
                found.append(Difference("sharing", message, theirs.name))
            elif together and not expected:
                message = f"`{theirs.name}` is called twice where two layers of their own are asked."
                found.append(Difference("sharing", message, theirs.name))
    return found


def _wiring(pairs: list[tuple[_Block, _Block]], theirs: dict[int, _Block], ours: dict[int, _Block]) -> list[Difference]:
    """Blocks that are called on something else than their partners are."""
    partner = {a.number: b.number for a, b in pairs}
    found = []
    for block, expected in sorted(pairs, key=lambda pair: pair[0].number):
        actual = sorted(partner.get(source, -1) for source in block.sources)
        if actual != sorted(expected.sources):
            now = " and ".join(f"`{theirs[s].name}`" for s in block.sources if s in theirs) or "nothing"
            then = " and ".join(f"`{ours[s].shown}`" for s in expected.sources if s in ours) or "nothing"
            found.append(Difference("wiring", f"`{block.name}` is called on {now}; expected on {then}.", block.name))
    return found
