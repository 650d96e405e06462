"""Which submissions have the same code, or nearly the same: facts about texts, not about people.

A sketch of the code is made when it is graded, and is small enough for its results; sketches are compared when the
class is complete. What is in a starter counts for nothing, nor does what many of a class wrote: that is the task, not
an answer. A sketch keeps the smallest hashes of all runs of eight tokens (MinHash with one function, "bottom k"): a
sample of the code that is the same sample wherever the code is the same, so that the part of hashes that two sketches
share estimates the part of code that two files share, with a standard error of 0.05 at 0.8. The usual library for it
needs SciPy for what are a few lines here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.domain import Source

TOKENS_TOGETHER = 8
KEPT = 64
MOST_CHARACTERS, MOST_TOKENS = 200_000, 20_000
FEWEST_OWN = 24  # runs of tokens beside the starter's: shorter answers are equal by themselves
FEWEST_SHARED = 12
SHARE = 0.8
COMMON, COMMON_PART = 5, 0.1  # a run of tokens that more of a class have, as a number and as a part of it, is common
_TOKEN = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
_TEXT = re.compile(r"[0-9a-f]{12}\.[0-9a-f]{12}\.[A-Za-z0-9+/=]{0,400}")


@dataclass(frozen=True)
class Sketch:
    """Of one submission: digests of its exact text and of its tokens, and the smallest hashes, sorted."""

    exact: str
    tokens: str
    hashes: tuple[int, ...]

    def __str__(self) -> str:
        packed = b"".join(value.to_bytes(4, "big") for value in self.hashes)
        return f"{self.exact}.{self.tokens}.{base64.b64encode(packed).decode()}"


@dataclass(frozen=True)
class Alike:
    """Submissions with the same text ("exact"), the same tokens ("tokens") or nearly the same ("near")."""

    kind: str
    members: tuple[str, ...]


def runs_of_tokens(sources: Iterable[Source]) -> frozenset[int]:
    """All runs of tokens of some files, such as the starters, as hashes of 32 bits."""
    return frozenset(one for source in sources for one in _runs(_tokens([source])))


def sketch_of(sources: Sequence[Source], starter: Collection[int] = frozenset()) -> Sketch | None:
    """The sketch of a submission; nothing if it holds no more than a starter does."""
    tokens = _tokens(sources)
    own = _runs(tokens).difference(starter)
    if len(own) < FEWEST_OWN:
        return None
    exact = "\0".join(cell.text.replace("\r\n", "\n").rstrip() for source in sources for cell in source.cells)
    return Sketch(_digest(exact), _digest(" ".join(tokens)), tuple(sorted(own)[:KEPT]))


def read_sketch(text: str) -> Sketch | None:
    """A sketch from its text; nothing if it is none."""
    if not _TEXT.fullmatch(text):
        return None
    exact, tokens, packed = text.split(".")
    try:
        raw = base64.b64decode(packed, validate=True)
    except binascii.Error:
        return None
    hashes = sorted({int.from_bytes(raw[at : at + 4], "big") for at in range(0, len(raw) - 3, 4)})
    return Sketch(exact, tokens, tuple(hashes))


def alike(sketches: Mapping[str, Sketch]) -> list[Alike]:
    """Groups of two or more, the most alike first; a group that says no more than an earlier one is left out.

    The time grows with the number of submissions, not with that of pairs.
    """
    names = sorted(sketches)
    exact = _grouped((sketches[name].exact, name) for name in names)
    tokens = _grouped((sketches[name].tokens, name) for name in names)
    first = {members[0]: members for members in tokens}
    near = [
        tuple(sorted(name for one in group for name in first[one]))
        for group in _near({one: sketches[one].hashes for one in first})
    ]
    found, said = [], set[tuple[str, ...]]()
    for kind, groups in (("exact", exact), ("tokens", tokens), ("near", near)):
        for members in groups:
            if len(members) > 1 and members not in said:
                said.add(members)
                found.append(Alike(kind, members))
    return found


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, name in pairs:
        groups[key].append(name)
    return [tuple(names) for names in groups.values()]


def _near(hashes: Mapping[str, tuple[int, ...]]) -> list[list[str]]:
    """Candidates share enough hashes as neighbours in the lists of who has a hash; then they are compared."""
    names = sorted(hashes, key=lambda name: (hashes[name], name))  # alike ones next to each other
    holders: dict[int, list[str]] = defaultdict(list)
    for name in names:
        for value in hashes[name]:
            holders[value].append(name)
    most = max(COMMON, int(COMMON_PART * len(names)))
    common = frozenset(value for value, who in holders.items() if len(who) > most)
    shared: Counter[tuple[str, str]] = Counter()
    for value, who in holders.items():
        if value not in common:
            shared.update(pairwise(who))
    leader = {name: name for name in names}

    def led(name: str) -> str:
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    for (one, other), count in shared.items():
        if 2 * count >= FEWEST_SHARED and led(one) != led(other) and _is_near(hashes[one], hashes[other], common):
            leader[led(one)] = led(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[led(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _is_near(one: tuple[int, ...], other: tuple[int, ...], common: Collection[int]) -> bool:
    """Both are complete up to the smaller of their largest hashes, so that only these are comparable."""
    ends = [hashes[-1] for hashes in (one, other) if len(hashes) >= KEPT]
    end = min(ends, default=1 << 32)
    left, right = ({value for value in hashes if value <= end and value not in common} for hashes in (one, other))
    both = len(left & right)
    return both >= FEWEST_SHARED and both >= SHARE * len(left | right)


def _tokens(sources: Iterable[Source]) -> list[str]:
    """Words, figures, signs and strings, without comments, spaces and the choice of quotes."""
    text = "\n".join(cell.text for source in sources for cell in source.cells)[:MOST_CHARACTERS]
    found = (match[0] for match in _TOKEN.finditer(text))
    kept = [f'"{one[1:-1]}"' if one[0] in "\"'" and len(one) > 1 else one for one in found if one[0] != "#"]
    return kept[:MOST_TOKENS]


def _runs(tokens: Sequence[str]) -> set[int]:
    ends = range(len(tokens) - TOKENS_TOGETHER + 1)
    return {_hash(" ".join(tokens[at : at + TOKENS_TOGETHER])) for at in ends}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest(), "big")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
