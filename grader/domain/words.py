"""Which name was probably meant by one that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The known name that is nearest, or nothing; capitals do not count, and neither does the order of letters."""
    small = {one.lower(): one for one in reversed(list(known))}
    found = [one for one in reversed(small) if sorted(one) == sorted(name.lower())]
    found += get_close_matches(name.lower(), small, 1, cutoff)
    return small[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is unknown."""
    near = nearest(name, known)
    return f"; did you mean `{near}`?" if near else ""
