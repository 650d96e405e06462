"""How many hits among how many seeds make a verdict, and how likely each verdict is for a given rate of hits.

`reaches` asks whether a network can learn at all: the first hit among `tries` seeds settles it. `beats` asks
whether it learns more reliably than another: a clear majority settles it, a narrow vote is extended.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from grader.training.statistics import at_least

MIN_TRIES, MAX_TRIES = 2, 8
ACCEPTED_MISS = 1e-4


def tries_for(miss_rate: float) -> int | None:
    """The fewest tries after which a network of this miss rate is missed at most once in 10,000 gradings."""
    return next((tries for tries in range(MIN_TRIES, MAX_TRIES + 1) if miss_rate**tries <= ACCEPTED_MISS), None)


def reaches_chance(hit_rate: float, tries: int) -> float:
    """The probability of at least one hit."""
    return 1.0 - (1.0 - hit_rate) ** tries


@dataclass(frozen=True)
class Vote:
    """More than `needed` hits of `seeds` pass; `needed` or one less are extended to thrice the seeds.

    With the usual 7 and 4: 5 or more pass, 3 or 4 go on to 21 seeds and pass with 11.
    """

    seeds: int = 7
    needed: int = 4

    @property
    def extended_seeds(self) -> int:
        return 3 * self.seeds

    @property
    def extended_needed(self) -> int:
        return math.ceil(self.extended_seeds / 2)

    def is_open(self, hits: int) -> bool:
        """Whether this many hits of the first seeds are too narrow a vote."""
        return self.needed - 1 <= hits <= self.needed

    def chance(self, hit_rate: float) -> float:
        """The probability that a network with this rate of hits passes."""
        further = self.extended_seeds - self.seeds
        chance = at_least(self.needed + 1, self.seeds, hit_rate)
        for hits in (self.needed - 1, self.needed):
            exactly = at_least(hits, self.seeds, hit_rate) - at_least(hits + 1, self.seeds, hit_rate)
            chance += exactly * at_least(self.extended_needed - hits, further, hit_rate)
        return chance
