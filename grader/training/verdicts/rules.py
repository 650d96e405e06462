"""How many hits among how many seeds make a verdict, and how likely each verdict is for a given rate of hits.

`reaches` asks whether a network can learn at all: the first hit among `tries` seeds settles it. `beats` asks
whether it learns more reliably than another: a clear majority settles it, a narrow vote is extended. Each head of a
`beats` has its own vote by the same rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

MIN_TRIES, MAX_TRIES = 2, 8
ACCEPTED_MISS = 1e-4


def tries_for(miss_rate: float) -> int | None:
    """The fewest tries after which a network of this miss rate is missed at most once in 10,000 gradings."""
    return next((tries for tries in range(MIN_TRIES, MAX_TRIES + 1) if miss_rate**tries <= ACCEPTED_MISS), None)


@dataclass(frozen=True)
class Tries:
    """One hit among so many seeds passes."""

    tries: int

    @property
    def most_seeds(self) -> int:
        return self.tries

    def chance(self, hit_rate: float) -> float:
        """The probability that a network with this rate of hits passes."""
        return 1.0 - (1.0 - hit_rate) ** self.tries

    def chance_of_failing(self, miss_rate: float) -> float:
        """The probability that a network with this rate of misses does not pass."""
        return float(miss_rate**self.tries)


@dataclass(frozen=True)
class Vote:
    """5 or more hits of 7 seeds pass; 3 or 4 go on to 21 seeds, and pass with 11.

    No seed is tried once the others decide.
    """

    seeds: int = 7
    needed: ClassVar[int] = 4

    @property
    def extended_seeds(self) -> int:
        return 3 * self.seeds

    @property
    def most_seeds(self) -> int:
        return self.extended_seeds

    @property
    def extended_needed(self) -> int:
        return math.ceil(self.extended_seeds / 2)

    def verdict(self, hits: Sequence[bool]) -> bool | None:
        """Whether these seeds pass, hits and misses in their order; `None` as long as further seeds can change that."""
        left = self.most_seeds - len(hits)
        worst, best = (self._passes([*hits, *[rest] * left]) for rest in (False, True))
        return worst if worst == best else None

    def _passes(self, hits: Sequence[bool]) -> bool:
        """The same, of all seeds."""
        first = sum(hits[: self.seeds])
        is_narrow = self.needed - 1 <= first <= self.needed
        return sum(hits) >= self.extended_needed if is_narrow else first > self.needed

    def chance(self, hit_rate: float) -> float:
        """The probability that a network with this rate of hits passes."""
        further = self.extended_seeds - self.seeds
        chance = at_least(self.needed + 1, self.seeds, hit_rate)
        for hits in (self.needed - 1, self.needed):
            exactly = at_least(hits, self.seeds, hit_rate) - at_least(hits + 1, self.seeds, hit_rate)
            chance += exactly * at_least(self.extended_needed - hits, further, hit_rate)
        return chance

    def chance_of_failing(self, miss_rate: float) -> float:
        """The probability that a network with this rate of misses does not pass."""
        return 1.0 - self.chance(1.0 - miss_rate)


CONFIDENCE = 0.95


def at_most(count: int, trials: int, rate: float) -> float:
    """The probability of at most `count` successes in `trials`, each of probability `rate`."""
    return min(1.0, math.fsum(_probability(k, trials, rate) for k in range(count + 1)))


def at_least(count: int, trials: int, rate: float) -> float:
    """The probability of at least `count` successes, summed directly: tiny tails keep their digits."""
    return min(1.0, math.fsum(_probability(k, trials, rate) for k in range(max(count, 0), trials + 1)))


def upper_bound(count: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate that `count` successes in `trials` leave plausible (one-sided Clopper-Pearson)."""
    if count >= trials:
        return 1.0
    low, high = count / trials, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if at_most(count, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(count: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The smallest rate that `count` successes in `trials` leave plausible."""
    return 1.0 - upper_bound(trials - count, trials, confidence)


Interval = tuple[float, float]


def interval(count: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """The rates that `count` successes in `trials` leave plausible from both sides (two-sided Clopper-Pearson)."""
    one_sided = 1 - (1 - confidence) / 2
    return lower_bound(count, trials, one_sided), upper_bound(count, trials, one_sided)


def _probability(count: int, trials: int, rate: float) -> float:
    if rate <= 0.0 or rate >= 1.0:
        return float(count == (trials if rate >= 1.0 else 0))
    ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return math.exp(ways + count * math.log(rate) + (trials - count) * math.log1p(-rate))
