"""Which submissions have the same code: facts about texts, not about people.

Digests of the code are made when it is graded, and compared when the class is complete. An answer that adds little to a
starter is equal to others by itself, and has none. For code that is alike but not equal there are JPlag and MOSS.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.domain import Source

TOKENS_TOGETHER = 8
MOST_CHARACTERS, MOST_TOKENS = 200_000, 20_000
FEWEST_OWN = 24  # runs of tokens beside the starter's: shorter answers are equal by themselves
_TOKEN = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
_DIGESTS = re.compile(r"[0-9a-f]{12}\.[0-9a-f]{12}")
KINDS = ("exact", "tokens")  # what is the same: the text, or the text but for comments, spaces and quotes


@dataclass(frozen=True)
class Alike:
    """Submissions with the same text ("exact") or the same tokens ("tokens")."""

    kind: str
    members: tuple[str, ...]


def runs_of_tokens(sources: Iterable[Source]) -> frozenset[tuple[str, ...]]:
    """All runs of tokens of some files, such as the starters."""
    return frozenset(run for source in sources for run in _runs(_tokens([source])))


def code_digests(sources: Sequence[Source], starter: Collection[tuple[str, ...]] = frozenset()) -> str:
    """Of the exact text and of the tokens, as `<digest>.<digest>`; empty if there is no more than in a starter."""
    tokens = _tokens(sources)
    if len(_runs(tokens).difference(starter)) < FEWEST_OWN:
        return ""
    exact = "\0".join(cell.text.replace("\r\n", "\n").rstrip() for source in sources for cell in source.cells)
    return f"{_digest(exact)}.{_digest(' '.join(tokens))}"


def alike(digests: Mapping[str, str]) -> list[Alike]:
    """Groups of two or more, those with the same text first; a group that says no more than an earlier one is left out.

    What is no pair of digests is in none.
    """
    valid = {name: text.split(".") for name, text in sorted(digests.items()) if _DIGESTS.fullmatch(text)}
    found, listed = [], set[tuple[str, ...]]()
    for place, kind in enumerate(KINDS):
        groups: dict[str, list[str]] = defaultdict(list)
        for name, parts in valid.items():
            groups[parts[place]].append(name)
        for members in map(tuple, groups.values()):
            if len(members) > 1 and members not in listed:
                listed.add(members)
                found.append(Alike(kind, members))
    return found


def _tokens(sources: Iterable[Source]) -> list[str]:
    """Words, figures, signs and strings, without comments, spaces and the choice of quotes."""
    text = "\n".join(cell.text for source in sources for cell in source.cells)[:MOST_CHARACTERS]
    tokens = (token for token in _TOKEN.findall(text) if token[0] != "#")
    return [f'"{token[1:-1]}"' if token[0] in "\"'" and len(token) > 1 else token for token in tokens][:MOST_TOKENS]


def _runs(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    ends = range(len(tokens) - TOKENS_TOGETHER + 1)
    return {tuple(tokens[at : at + TOKENS_TOGETHER]) for at in ends}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
