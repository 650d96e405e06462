"""How many runs must hit among how many, and how likely that is for a given rate of hits.

`reaches` asks whether a network can learn at all: one hit among the tries of its calibration passes. `beats` asks
whether it learns more often than not, which the network to beat does not. No run is made once the others decide.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

MIN_TRIES, MAX_TRIES = 2, 8
ACCEPTED_MISS = 1e-4
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rule:
    """`needed` hits of at most so many runs pass; with a `lead`, so many more hits than misses decide earlier."""

    most: int
    needed: int = 1
    lead: int | None = None

    def verdict(self, hits: Sequence[bool]) -> bool | None:
        """Whether these runs pass; `None` as long as further ones are needed."""
        return self._verdict(sum(hits), len(hits) - sum(hits))

    def _verdict(self, hits: int, misses: int) -> bool | None:
        lead = self.lead or self.most + 1
        if hits >= self.needed or hits - misses >= lead:
            return True
        return False if misses > self.most - self.needed or misses - hits >= lead else None

    def chance(self, hit_rate: float, *, passes: bool = True) -> float:
        """The probability that a network with this rate of hits passes, or that it does not.

        A verdict counts after any run, also where runs go on after the other one for another head's sake. Small
        probabilities are summed directly, so that tiny tails keep their digits.
        """
        total, undecided = 0.0, {(0, 0): 1.0}
        for _ in range(self.most):
            reached: dict[tuple[int, int], float] = defaultdict(float)
            for (hits, misses), probability in undecided.items():
                reached[hits + 1, misses] += probability * hit_rate
                reached[hits, misses + 1] += probability * (1.0 - hit_rate)
            decided = {counts for counts in reached if self._verdict(*counts) is passes}
            total += sum(reached.pop(counts) for counts in decided)
            undecided = reached
        return min(1.0, total)


MAJORITY = Rule(17, 9, lead=4)


def tries_for(miss_rate: float) -> int | None:
    """The fewest tries after which a network of this miss rate is missed at most once in 10,000 gradings."""
    return next((tries for tries in range(MIN_TRIES, MAX_TRIES + 1) if miss_rate**tries <= ACCEPTED_MISS), None)


def at_least(count: int, trials: int, rate: float) -> float:
    """The probability of at least `count` successes in `trials`, summed directly: tiny tails keep their digits."""
    terms = (math.comb(trials, k) * rate**k * (1.0 - rate) ** (trials - k) for k in range(count, trials + 1))
    return min(1.0, math.fsum(terms))


def upper_bound(count: int, trials: int) -> float:
    """The largest rate that `count` successes in `trials` leave plausible (one-sided Clopper-Pearson)."""
    if count >= trials:
        return 1.0
    low, high = count / trials, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if at_least(trials - count, trials, 1 - middle) > 1 - CONFIDENCE:  # at most `count` successes
            low = middle
        else:
            high = middle
    return high
