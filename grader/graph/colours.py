"""Colour refinement: tell each step of a network apart by what it computes, from what and for what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from grader.domain import Tensor, tensors
from grader.graph.normal import COMMUTATIVE, Network, Step

_MOST_ROUNDS = 30  # a chain takes one for every two calls; beyond that, colours stay coarse and still never decide
_MOST_TOLD = 50
_MOST_WORK = 10_000  # tensors looked at in all rounds: networks of a few hundred layers get them all
_CHANNELWISE = frozenset({
    "Activation", "Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "BatchNormalization",
    "LayerNormalization",
})  # fmt: skip


def unordered(net: Network, number: int, users: Mapping[int, Sequence[int]]) -> bool:
    """Whether the order of a call's tensors is no part of what the network computes or can learn."""
    step = net.steps[number]
    if step.kind in COMMUTATIVE:
        return True
    if step.kind == "Dot":
        return all(len(net.shape(tensor)) == 2 for tensor in sources(step))  # of vectors
    if step.kind != "Concatenate" or step.params or net.concatenate_order:
        return False
    return _only_permutes(net, number, users)


def _only_permutes(net: Network, number: int, users: Mapping[int, Sequence[int]]) -> bool:
    """Whether every reader of the channels of a call has weights of its own for each, so that it can permute them."""
    waiting, seen = [number], {number}
    while waiting:
        current = waiting.pop()
        if current in net.ends or not users.get(current):
            return False
        for user in set(users[current]) - seen:
            step = net.steps[user]
            if step.owner in net.shared or step.kind not in (*_CHANNELWISE, "Dense"):
                return False
            seen.add(user)
            if step.kind != "Dense":
                waiting.append(user)
    return True


def users(net: Network, alive: Sequence[int]) -> dict[int, list[int]]:
    """The steps that read each live step, once for each place."""
    readers: dict[int, list[int]] = {number: [] for number in alive}
    for number in alive:
        for tensor in sources(net.steps[number]):
            readers[tensor.call].append(number)
    return readers


def sources(step: Step) -> list[Tensor]:
    """The tensors that a step reads, in order of its arguments."""
    return list(tensors((step.args, tuple(value for _, value in step.kwargs))))


def colour(net: Network, alive: Sequence[int], labels: Sequence[str], ordered: bool) -> dict[int, str]:
    """A colour for each live call; equal colours only for calls that play the same part."""
    readers = users(net, alive)
    free = {number: unordered(net, number, readers) for number in alive}
    siblings: dict[int, list[int]] = {}
    for number in alive:
        owner = net.steps[number].owner
        if owner is not None:
            siblings.setdefault(owner, []).append(number)
    colours = {number: digest(own_part(net, number, labels, ordered)) for number in alive}
    slots = {number: _slots(net.steps[number], free[number]) for number in alive}
    work = sum(map(len, readers.values()))
    for _ in range(min(len(alive), _MOST_ROUNDS, 1 + _MOST_WORK // (1 + work))):
        fresh = {}
        shared: dict[int | None, list[str]] = {
            owner: _short(sorted(colours[number] for number in calls)) for owner, calls in siblings.items()
        }
        for number in alive:
            step = net.steps[number]
            before = [(colours[t.call], t.output) for t in sources(step)]
            after = sorted((colours[user], slots[user][number]) for user in set(readers[number]))
            together = shared.get(step.owner, [])
            fresh[number] = digest([colours[number], sorted(before) if free[number] else before, after, together])
        if len(set(fresh.values())) == len(set(colours.values())):
            return fresh
        colours = fresh
    return colours


def _short(colours: list[str]) -> list[str]:
    """Colours of the calls of one layer, each of which is told all: of very many, only a digest."""
    return colours if len(colours) <= _MOST_TOLD else [digest(colours)]


def _slots(step: Step, free: bool) -> dict[int, list[int]]:
    """By source, at which places of a call a tensor of it stands; where order is free, how often."""
    places: dict[int, list[int]] = {}
    for place, tensor in enumerate(sources(step)):
        places.setdefault(tensor.call, []).append(place)
    return {source: [len(found)] for source, found in places.items()} if free else places


def own_part(net: Network, number: int, labels: Sequence[str], ordered: bool) -> list[Any]:
    """What a call is, without regard to its neighbours."""
    step = net.steps[number]
    roles = [f"in:{labels[i]}" for i, t in enumerate(net.inputs) if t.call == number and i < len(labels)]
    roles += [f"out:{i if ordered else '*'}:{t.output}" for i, t in enumerate(net.outputs) if t.call == number]
    params = [] if step.kind == "InputLayer" and not step.params else step.params
    return [step.kind, repr(params), repr(_skeleton(step.args)), repr(_skeleton(step.kwargs)), step.frozen,
            step.untrainable and step.name, sorted(roles)]  # fmt: skip


def _skeleton(part: Any) -> Any:
    """An argument with its tensors blanked out."""
    if isinstance(part, Tensor):
        return "tensor"
    return tuple(_skeleton(item) for item in part) if isinstance(part, tuple) else part


def digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()
