"""How many hits make a verdict, and the exact statistics behind it, against published values and against sums."""

from __future__ import annotations

import itertools
import math

import pytest

from grader.training.verdicts.rules import Tries, Vote, at_least, at_most, interval, lower_bound, tries_for, upper_bound


@pytest.mark.parametrize(
    ("miss_rate", "tries"), [(0.001, 2), (0.01, 2), (0.039, 3), (0.137, 5), (0.316, 8), (0.32, None)]
)
def test_tries_are_the_fewest_that_miss_one_in_ten_thousand(miss_rate: float, tries: int | None) -> None:
    """From 2 to 8 tries; a reference that needs more cannot be graded."""
    assert tries_for(miss_rate) == tries


def test_chance_of_one_hit_among_several() -> None:
    """One minus all of them missing."""
    assert Tries(3).chance(0.5) == pytest.approx(0.875)
    assert Tries(3).chance_of_failing(0.5) == pytest.approx(0.125)


def test_vote_separates_the_tutorials_network_from_a_good_one() -> None:
    """The tutorial's network passes less than once in 70,000 times, a good one nearly always."""
    assert Vote().chance(0.0257) < 1 / 70_000
    assert Vote().chance(0.951) > 0.9998


def test_a_narrow_vote_is_extended() -> None:
    """3 or 4 of 7 are too narrow; 21 seeds then need 11."""
    vote = Vote()
    assert [hits for hits in range(8) if vote.verdict([True] * hits + [False] * (7 - hits)) is None] == [3, 4]
    assert (vote.extended_seeds, vote.extended_needed) == (21, 11)


@pytest.mark.parametrize(
    ("first", "further", "verdict"),
    [(5, None, True), (2, None, False), (4, None, None), (4, 7, True), (4, 6, False), (3, 8, True), (7, 0, True)],
)
def test_a_vote_reads_its_seeds_in_order(first: int, further: int | None, verdict: bool | None) -> None:
    """A clear majority of the first seven stands, whatever the others did; a narrow one waits for them."""
    hits = [True] * first + [False] * (7 - first)
    if further is not None:
        hits += [True] * further + [False] * (14 - further)
    assert Vote().verdict(hits) is verdict


def test_a_vote_ends_as_soon_as_it_is_decided() -> None:
    """Not before, and whatever further seeds would do."""
    vote = Vote()
    for hits in itertools.product([False, True], repeat=7):
        for count in range(8):
            rest = itertools.product([False, True], repeat=7 - count)
            ends = {vote.verdict([*hits[:count], *one, *[last] * 14]) for one in rest for last in (False, True)}
            assert vote.verdict(hits[:count]) is (ends.pop() if len(ends) == 1 else None)


@pytest.mark.parametrize(
    ("misses", "trials", "bound"),
    [(31, 300, 0.137), (6, 300, 0.039), (1, 300, 0.016), (239, 300, 0.834), (0, 100, 0.0295), (1, 48, 0.095)],
)
def test_upper_bound_has_the_known_values(misses: int, trials: int, bound: float) -> None:
    """The one-sided 95 % Clopper-Pearson bound, as tables give it."""
    assert upper_bound(misses, trials) == pytest.approx(bound, abs=0.0006)


def test_bound_of_no_misses_has_its_closed_form() -> None:
    """With no miss in n, the bound is 1 - 0.05^(1/n)."""
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300), rel=1e-9)


def test_bounds_mirror_each_other() -> None:
    """A lower bound on hits is one minus the upper bound on misses; nothing is certain at the ends."""
    assert lower_bound(290, 300) == pytest.approx(1 - upper_bound(10, 300))
    assert upper_bound(5, 5) == 1.0
    assert lower_bound(0, 5) == 0.0


@pytest.mark.parametrize(("count", "trials", "low", "high"), [(0, 10, 0.0, 0.3085), (3, 10, 0.0667, 0.6525)])
def test_an_interval_has_both_sides(count: int, trials: int, low: float, high: float) -> None:
    """The two-sided 95 % Clopper-Pearson interval, as tables give it."""
    assert interval(count, trials) == pytest.approx((low, high), abs=5e-5)


def test_tails_add_up() -> None:
    """At most k and at least k + 1 are everything."""
    assert at_most(3, 21, 0.2) + at_least(4, 21, 0.2) == pytest.approx(1.0)
    assert at_least(0, 7, 0.3) == pytest.approx(1.0)
    assert (at_least(1, 7, 0.0), at_least(7, 7, 1.0)) == (0.0, 1.0)


def test_tiny_tails_keep_their_digits() -> None:
    """A tail far below the precision of one minus something is still right."""
    assert at_least(7, 7, 1e-3) == pytest.approx(1e-21, rel=1e-9)
    assert at_least(4, 7, 0.01) == pytest.approx(
        math.fsum(math.comb(7, k) * 0.01**k * 0.99 ** (7 - k) for k in range(4, 8)), rel=1e-12
    )
