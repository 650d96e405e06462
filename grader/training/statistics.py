"""Exact binomial statistics: tails, and Clopper-Pearson bounds on a rate."""

from __future__ import annotations

import math

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
