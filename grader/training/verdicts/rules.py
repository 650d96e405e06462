"""How many runs must hit among how many, and how likely that is for a given rate of hits.

`reaches` asks whether a network can learn at all: one hit among the tries of its calibration passes. `beats` asks
whether it learns more often than not, which the network to beat does not. No run is made once the others decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MIN_TRIES, MAX_TRIES = 2, 8
ACCEPTED_MISS = 1e-4
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rule:
    """`needed` hits of at most so many runs pass."""

    most: int
    needed: int = 1

    def verdict(self, hits: Sequence[bool]) -> bool | None:
        """Whether these runs pass; `None` as long as further ones can change that."""
        if sum(hits) >= self.needed:
            return True
        return False if sum(hits) + self.most - len(hits) < self.needed else None

    def chance(self, hit_rate: float) -> float:
        """The probability that a network with this rate of hits passes."""
        return at_least(self.needed, self.most, hit_rate)

    def chance_of_failing(self, miss_rate: float) -> float:
        """The probability that a network with this rate of misses does not pass."""
        return at_least(self.most - self.needed + 1, self.most, miss_rate)


MAJORITY = Rule(13, 7)


def tries_for(miss_rate: float) -> int | None:
    """The fewest tries after which a network of this miss rate is missed at most once in 10,000 gradings."""
    return next((tries for tries in range(MIN_TRIES, MAX_TRIES + 1) if miss_rate**tries <= ACCEPTED_MISS), None)


def at_least(count: int, trials: int, rate: float) -> float:
    """The probability of at least `count` successes in `trials`, summed directly: tiny tails keep their digits."""
    each = (math.comb(trials, k) * rate**k * (1.0 - rate) ** (trials - k) for k in range(count, trials + 1))
    return min(1.0, math.fsum(each))


def upper_bound(count: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate that `count` successes in `trials` leave plausible (one-sided Clopper-Pearson)."""
    if count >= trials:
        return 1.0
    low, high = count / trials, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if at_least(trials - count, trials, 1 - middle) > 1 - confidence:  # at most `count` successes
            low = middle
        else:
            high = middle
    return high
