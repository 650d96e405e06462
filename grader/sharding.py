"""A class in parts: which submissions are whose, so that parts can be graded anywhere and merged."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.domain import Submission
from grader.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `total` parts, counted from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"

    def holds(self, submission: Submission) -> bool:
        """By content, so that equal submissions are together and no machine has to know of the others."""
        key = submission.content or submission.id
        return int(hashlib.sha256(key.encode()).hexdigest(), 16) % self.total == self.number - 1


def parse_shard(text: str) -> Shard:
    """`2/4` is the second of four."""
    match = re.fullmatch(r"(\d{1,5})/(\d{1,5})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard {text}: write I/N, the I-th of N parts, for instance 1/4 to 4/4.")
    return Shard(int(match[1]), int(match[2]))


def equal_ones_together(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """Groups of submissions that leave the same when they run; what cannot run is alone."""
    groups: dict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        groups[submission.content or f"alone {submission.id}"].append(submission)
    return list(groups.values())
