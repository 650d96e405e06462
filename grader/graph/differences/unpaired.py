"""Blocks without a partner as changes: layers that are missing or too many, one by one or as a branch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.graph.differences.blocks import Blocks
from grader.graph.differences.comparison import Change, Comparison, reached


def unpaired(both: Comparison) -> Iterator[Change]:
    """Layers that are missing, then those that are one too many; a whole branch is one change."""
    sides = (
        ("missing", both.ours, both.theirs, both.partners, both.bridged_ours),
        ("extra", both.theirs, both.ours, both.pairs, both.bridged_theirs),
    )
    for kind, blocks, others, paired, bridged in sides:
        alone = [number for number in range(len(blocks)) if number not in paired]
        alone = _without_idle_merges(blocks, alone, paired, bridged)
        for group in _connected(blocks, alone):
            if any(blocks[number].is_input for number in group) and len(blocks.inputs) > len(others.inputs):
                continue  # told as the number of inputs
            if set(group) & set(blocks.outputs) and len(blocks.outputs) > len(others.outputs):
                continue  # told as the number of outputs
            if kind == "extra" and _is_misread(both, group):
                continue  # told as the wiring of what reads it
            yield from _of_group(kind, blocks, group, paired, bridged)


def _is_misread(both: Comparison, group: Sequence[int]) -> bool:
    """Whether all that reads these blocks should read something else, so that nothing would read them any more."""
    readers = {(one, reader) for one in group for reader in both.theirs.readers[one] if reader not in group}
    return bool(readers) and readers <= both.misread and not set(group) & set(both.theirs.outputs)


def _of_group(
    kind: str, blocks: Blocks, group: Sequence[int], paired: Mapping[int, int], bridged: set[int]
) -> Iterator[Change]:
    called: dict[int, list[int]] = {}
    for number in group:
        called.setdefault(blocks[number].layer, []).append(number)
    rest: list[int] = []
    for layer, calls in called.items():
        others = tuple(paired[other] for other in blocks.calls[layer] if other in paired)
        if others:
            numbers = len(blocks.calls[layer]), len(others)
            asked, found = numbers if kind == "missing" else numbers[::-1]
            mine, ours = (others, tuple(calls)) if kind == "missing" else (tuple(calls), others)
            yield Change("sharing", mine, ours, "calls", asked, found)
        elif set(calls) & bridged:
            yield _alone(kind, calls, beside=False)
        else:
            rest += calls
    for branch in _connected(blocks, sorted(rest)):
        yield _alone(kind, branch, beside=True)


def _alone(kind: str, numbers: Sequence[int], *, beside: bool) -> Change:
    if kind == "missing":
        return Change(kind, (), tuple(numbers), beside=beside)
    return Change(kind, tuple(numbers), (), beside=beside)


def _without_idle_merges(
    blocks: Blocks, alone: Sequence[int], paired: Mapping[int, int], bridged: set[int]
) -> list[int]:
    """Blocks without a partner, but for merges that would join a single tensor once the others are gone."""
    left = list(alone)
    for number in alone:
        block = blocks[number]
        present = [s for s in block.sources if s in paired or (s in bridged and s in left)]
        causes = [s for s in block.sources if s not in paired and s not in bridged]
        if block.joins and len(set(present)) < 2 and causes:
            left.remove(number)
    return left or list(alone)


def _connected(blocks: Blocks, numbers: Sequence[int]) -> list[list[int]]:
    """Blocks in groups that hang together, each in order."""
    group = {number: {number} for number in numbers}
    for number in numbers:
        for source in blocks[number].sources:
            if source in group and group[source] is not group[number]:
                group[source] |= group[number]
                for member in group[number]:
                    group[member] = group[source]
    return [sorted(members) for members in {id(members): members for members in group.values()}.values()]


def without_moved_activations(both: Comparison, found: list[Change]) -> list[Change]:
    """Without the pairs of changes that only say that another layer came between a layer and its activation."""
    left = list(found)
    for change in found:
        if change.kind != "activation" or "linear" not in (change.asked, change.found):
            continue
        extra = change.found == "linear"
        blocks, paired = (both.theirs, both.pairs) if extra else (both.ours, both.partners)
        value, start = (change.asked, change.theirs[0]) if extra else (change.found, change.ours[0])
        for other in found:
            numbers = other.theirs if extra else other.ours
            if other.kind == ("extra" if extra else "missing") and len(numbers) == 1 and other in left:
                block = blocks[numbers[0]]
                behind = reached(blocks, numbers[0], paired)
                if block.kind == "Activation" and block.activation == value and behind == {start}:
                    left = [one for one in left if one not in (change, other)]
                    break
    return left
