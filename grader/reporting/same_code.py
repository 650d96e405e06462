"""Which submissions have the same code but for comments, spaces and quotes: facts about texts, not about people.

A digest of the code is made when it is graded, and compared when the class is complete. An answer that adds little to
a starter is equal to others by itself, and has none. For code that is alike but not equal there are JPlag and MOSS.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from grader.domain import SourceFile

MOST_CHARACTERS = 200_000
FEWEST_OWN = 5  # lines beside the starter's: shorter answers are equal by themselves
_TOKEN = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
_DIGEST = re.compile(r"[0-9a-f]{24}")


def code_lines(sources: Iterable[SourceFile]) -> list[str]:
    """The lines of some files, such as the starters, without comments, spaces and the choice of quotes."""
    text = "\n".join(cell.text for source in sources for cell in source.cells)[:MOST_CHARACTERS]
    return [line for line in map(_plain, text.splitlines()) if line]


def code_digest(sources: Iterable[SourceFile], starter: Collection[str] = frozenset()) -> str:
    """Of the lines; empty if there is no more than in a starter."""
    lines = code_lines(sources)
    if len(set(lines).difference(starter)) < FEWEST_OWN:
        return ""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:24]


def alike(digests: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Groups of two or more with the same digest. What is no digest is in none."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, text in sorted(digests.items()):
        if _DIGEST.fullmatch(text):
            groups[text].append(name)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def _plain(line: str) -> str:
    tokens = (token for token in _TOKEN.findall(line) if token[0] != "#")
    return " ".join(f'"{token[1:-1]}"' if token[0] in "\"'" and len(token) > 1 else token for token in tokens)
