"""Numbers and lists in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: object, noun: str, plural: str = "") -> str:
    """`1 input`, `2 inputs`, `2 branches`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def listed(items: Sequence[object], nothing: str = "none") -> str:
    """`32, 20 and 1`."""
    words = [str(item) for item in items] or [nothing]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def times(number: object) -> str:
    """How often something is called: once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times") if isinstance(number, int) else str(number)
