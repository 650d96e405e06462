"""How many hits pass, and the exact statistics behind it, against published values."""

from __future__ import annotations

import itertools
import math

import pytest

from grader.training.verdicts.rules import MAJORITY, Rule, at_least, tries_for, upper_bound


@pytest.mark.parametrize(
    ("miss_rate", "tries"), [(0.001, 2), (0.01, 2), (0.039, 3), (0.137, 5), (0.316, 8), (0.32, None)]
)
def test_tries_are_the_fewest_that_miss_one_in_ten_thousand(miss_rate: float, tries: int | None) -> None:
    assert tries_for(miss_rate) == tries


@pytest.mark.parametrize("rule", [Rule(3), Rule(5, 3)])
def test_a_rule_ends_as_soon_as_it_is_decided(rule: Rule) -> None:
    """Not before, and whatever further seeds would do; its chance is the sum over all that can happen."""
    for hits in itertools.product([False, True], repeat=rule.most):
        for count in range(rule.most + 1):
            rest = itertools.product([False, True], repeat=rule.most - count)
            ends = {sum([*hits[:count], *tail]) >= rule.needed for tail in rest}
            assert rule.verdict(hits[:count]) is (ends.pop() if len(ends) == 1 else None)
    passing = [sum(hits) for hits in itertools.product([False, True], repeat=rule.most) if rule.verdict(hits)]
    assert rule.chance(0.3) == pytest.approx(sum(0.3**hits * 0.7 ** (rule.most - hits) for hits in passing))
    assert rule.chance(0.3, passes=False) == pytest.approx(1 - rule.chance(0.3))


def test_a_lead_is_bounded_whatever_comes_after_it() -> None:
    """Runs may go on for another head: a wrong verdict counts at any point, also behind a right one."""
    rule = Rule(9, 5, lead=2)
    every = list(itertools.product([False, True], repeat=rule.most))
    passing = [hits for hits in every if any(rule.verdict(hits[:n]) for n in range(1, rule.most + 1))]
    assert rule.chance(0.2) == pytest.approx(sum(0.2 ** sum(hits) * 0.8 ** (9 - sum(hits)) for hits in passing))
    assert rule.chance(0.8, passes=False) == pytest.approx(rule.chance(0.2))


def test_a_vote_separates_the_tutorials_network_from_a_good_one() -> None:
    """With the upper bounds of its worst output and of the reference; seven of at most 13 gave 0.00085 for the former."""
    assert MAJORITY.chance(0.1407) < 0.00085
    assert MAJORITY.chance(0.99, passes=False) < 1e-7


@pytest.mark.parametrize(
    ("misses", "trials", "bound"),
    [(31, 300, 0.137), (6, 300, 0.039), (1, 300, 0.016), (239, 300, 0.834), (0, 100, 0.0295), (1, 48, 0.095)],
)
def test_upper_bound_has_the_known_values(misses: int, trials: int, bound: float) -> None:
    """The one-sided 95 % Clopper-Pearson bound, as tables give it; nothing is certain at the end."""
    assert upper_bound(misses, trials) == pytest.approx(bound, abs=0.0006)
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300), rel=1e-9)
    assert upper_bound(5, 5) == 1.0


def test_tiny_tails_keep_their_digits() -> None:
    """A tail far below the precision of one minus something is still right."""
    assert at_least(7, 7, 1e-3) == pytest.approx(1e-21, rel=1e-9)
    assert at_least(4, 7, 0.01) == pytest.approx(
        math.fsum(math.comb(7, k) * 0.01**k * 0.99 ** (7 - k) for k in range(4, 8)), rel=1e-12
    )
    assert (at_least(0, 7, 0.3), at_least(1, 7, 0.0), at_least(7, 7, 1.0)) == (pytest.approx(1.0), 0.0, 1.0)
