"""How many hits make a verdict."""

from __future__ import annotations

import pytest

from grader.training.verdicts.rules import Tries, Vote, tries_for


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
    assert [hits for hits in range(8) if vote.is_open(hits)] == [3, 4]
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
