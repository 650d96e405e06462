"""How much a calibration trains: the seeds of each stage, and how long all stages together may take.

A quick look takes the first few seeds of a full run, so that a full run finds them trained. A network that takes a
second an epoch gets as many seeds as fit into the time, in their order; every bound is that of the seeds that were
trained, so fewer seeds mean a wider bound and more tries, and never a claim that was not measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

PILOT_SEEDS = range(10_001, 10_041)
CONFIRMATION_SEEDS = range(20_001, 20_301)
DECOY_SEEDS = range(30_001, 30_101)
LEAST_PILOT, LEAST_CONFIRMATION, LEAST_DECOY = 10, 20, 10
MINUTES = 120.0
OF_DECOYS = 0.2
"""The share of the time that decoys get; the reference has the rest, a third of it for its pilots."""


@dataclass(frozen=True)
class Plan:
    """Seeds of each stage, and the time for all of them from now on."""

    pilot: range = PILOT_SEEDS
    confirmation: range = CONFIRMATION_SEEDS
    decoys: range = DECOY_SEEDS
    minutes: float = MINUTES
    quick: bool = False
    started: float = field(default_factory=time.monotonic)

    def pilot_ends(self, case: int, cases: int) -> Callable[[int], bool]:
        return self._until((1 - OF_DECOYS) * (case + 1 / 3) / cases, LEAST_PILOT)

    def confirmation_ends(self, case: int, cases: int, before: int = 0) -> Callable[[int], bool]:
        """`before` is how many of the seeds are already trained."""
        return self._until((1 - OF_DECOYS) * (case + 1) / cases, LEAST_CONFIRMATION - before)

    def decoy_ends(self, decoy: int, decoys: int) -> Callable[[int], bool]:
        return self._until(1 - OF_DECOYS * (1 - (decoy + 1) / decoys), LEAST_DECOY)

    def _until(self, share: float, least: int) -> Callable[[int], bool]:
        """Whether so many seeds are enough: the fewest that say anything, once this share of the time is over."""
        end = self.started + share * self.minutes * 60.0
        return lambda seeds: seeds >= least and time.monotonic() > end


def quick_plan(minutes: float = MINUTES) -> Plan:
    """For a first look: the first seeds of each stage."""
    return Plan(
        PILOT_SEEDS[:LEAST_PILOT],
        CONFIRMATION_SEEDS[:LEAST_CONFIRMATION],
        DECOY_SEEDS[:LEAST_DECOY],
        minutes,
        quick=True,
    )
