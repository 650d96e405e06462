"""How many hits make a verdict."""

from __future__ import annotations

import pytest

from grader.training.rules import Vote, reaches_chance, tries_for


@pytest.mark.parametrize(
    ("miss_rate", "tries"), [(0.001, 2), (0.01, 2), (0.039, 3), (0.137, 5), (0.316, 8), (0.32, None)]
)
def test_tries_are_the_fewest_that_miss_one_in_ten_thousand(miss_rate: float, tries: int | None) -> None:
    """From 2 to 8 tries; a reference that needs more cannot be graded."""
    assert tries_for(miss_rate) == tries


def test_chance_of_one_hit_among_several() -> None:
    """One minus all of them missing."""
    assert reaches_chance(0.5, 3) == pytest.approx(0.875)


def test_vote_separates_the_tutorials_network_from_a_good_one() -> None:
    """The tutorial's network passes less than once in 70,000 times, a good one nearly always."""
    assert Vote().chance(0.0257) < 1 / 70_000
    assert Vote().chance(0.951) > 0.9998


def test_a_narrow_vote_is_extended() -> None:
    """3 or 4 of 7 are too narrow; 21 seeds then need 11."""
    vote = Vote()
    assert [hits for hits in range(8) if vote.is_open(hits)] == [3, 4]
    assert (vote.extended_seeds, vote.extended_needed) == (21, 11)
