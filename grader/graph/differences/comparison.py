"""Two networks whose blocks are paired, and what is said of them: the changes, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from grader.domain import Value
from grader.graph.differences.blocks import Blocks

KINDS = (
    "inputs", "outputs", "sharing", "missing", "extra", "wiring", "merge", "class", "width", "activation", "parameter",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change. `theirs` and `ours` are the blocks it is about, the one to blame first.

    `asked` and `found` are the values of a parameter. `asked_sources` and `found_sources` are the student's blocks that
    a call should read, and does. `beside` says that what is missing or too much is a branch, which nothing else passes.
    """

    kind: str
    theirs: tuple[int, ...] = ()
    ours: tuple[int, ...] = ()
    parameter: str = ""
    asked: Value = None
    found: Value = None
    asked_sources: tuple[int, ...] = ()
    found_sources: tuple[int, ...] = ()
    beside: bool = False


@dataclass
class Comparison:
    """Two networks with their pairs, and what the calls have explained so far.

    `bridged_…` are blocks without a partner that a call reads through; `misread` are such blocks with the calls that
    read them instead of another one.
    """

    theirs: Blocks
    ours: Blocks
    pairs: Mapping[int, int]
    bridged_theirs: set[int] = field(default_factory=set)
    bridged_ours: set[int] = field(default_factory=set)
    misread: set[tuple[int, int]] = field(default_factory=set)

    @cached_property
    def partners(self) -> dict[int, int]:
        """Pairs the other way round."""
        return {b: a for a, b in self.pairs.items()}


def reached(blocks: Blocks, start: int, paired: Mapping[int, int]) -> set[int]:
    """The first blocks with a partner on the ways from a block without one towards the inputs."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        if number in paired:
            found.add(number)
        elif number not in seen:
            seen.add(number)
            waiting.extend(blocks[number].sources)
    return found


def way(blocks: Blocks, start: int, ends: set[int]) -> set[int]:
    """All blocks between a block and those `ends`, itself included."""
    return {
        number
        for number in range(start + 1)
        if any(blocks.ancestors[number] >> end & 1 for end in ends)
        and (number == start or blocks.ancestors[start] >> number & 1)
    }
