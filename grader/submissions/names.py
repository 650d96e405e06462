"""Names of submissions: for people as they stand, for files as unique slugs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grader.domain.words import nearest

LONGEST = 60
MOST_BYTES = 120  # with the name of an exercise and what is added while it is written, it must make a file's name
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def slug(name: str) -> str:
    """Lower-case letters of any script, digits and hyphens, safe as a file name everywhere."""
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).lower())
    short = words.strip("-")[:LONGEST].encode()[:MOST_BYTES].decode("utf-8", "ignore").rstrip("-") or "submission"
    return f"submission-{short}" if RESERVED.fullmatch(short) else short


def unique(slugs: Iterable[str]) -> list[str]:
    """The same slugs, with -2, -3 and so on where one comes again."""
    taken: set[str] = set()
    result = []
    for one in slugs:
        name, number = one, 1
        while name in taken:
            number += 1
            name = f"{one}-{number}"
        taken.add(name)
        result.append(name)
    return result


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts student-2 before student-10."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence for an unknown name: the near miss, or all that there is."""
    known = list(known)
    if near := nearest(name, known):
        return f"Did you mean `{near}`?"
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"There is: {listed}." if listed else ""
