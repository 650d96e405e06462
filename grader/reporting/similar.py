"""Which submissions have the same code but for comments, spaces and quotes: facts about texts, not about people.

A digest of the code is made when it is graded, and compared when the class is complete. An answer that adds little to
a starter is equal to others by itself, and has none. For code that is alike but not equal there are JPlag and MOSS.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from grader.domain import SourceFile

TOKENS_TOGETHER = 8
MOST_CHARACTERS, MOST_TOKENS = 200_000, 20_000
FEWEST_OWN = 24  # runs of tokens beside the starter's: shorter answers are equal by themselves
_TOKEN = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
_DIGEST = re.compile(r"[0-9a-f]{24}")


def runs_of_tokens(sources: Iterable[SourceFile]) -> frozenset[tuple[str, ...]]:
    """All runs of tokens of some files, such as the starters."""
    return frozenset(run for source in sources for run in _runs(_tokens([source])))


def code_digest(sources: Sequence[SourceFile], starter: Collection[tuple[str, ...]] = frozenset()) -> str:
    """Of the tokens; empty if there is no more than in a starter."""
    tokens = _tokens(sources)
    if len(_runs(tokens).difference(starter)) < FEWEST_OWN:
        return ""
    return hashlib.sha256(" ".join(tokens).encode("utf-8", "replace")).hexdigest()[:24]


def alike(digests: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Groups of two or more with the same digest. What is no digest is in none."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, text in sorted(digests.items()):
        if _DIGEST.fullmatch(text):
            groups[text].append(name)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def _tokens(sources: Iterable[SourceFile]) -> list[str]:
    """Words, figures, signs and strings, without comments, spaces and the choice of quotes."""
    text = "\n".join(cell.text for source in sources for cell in source.cells)[:MOST_CHARACTERS]
    tokens = (token for token in _TOKEN.findall(text) if token[0] != "#")
    return [f'"{token[1:-1]}"' if token[0] in "\"'" and len(token) > 1 else token for token in tokens][:MOST_TOKENS]


def _runs(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    ends = range(len(tokens) - TOKENS_TOGETHER + 1)
    return {tuple(tokens[at : at + TOKENS_TOGETHER]) for at in ends}
