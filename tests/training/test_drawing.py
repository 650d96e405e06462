"""Shapes and trends that have a name."""

from __future__ import annotations

import math

import pytest

from grader.training.verdicts.diagnosis import falling, is_flat, is_monotone, is_straight

X = [i / 99 for i in range(100)]
SINE = [math.sin(2 * math.pi * x) for x in X]


def test_falling_needs_more_than_one_lucky_checkpoint() -> None:
    """Averages over 100 epochs are compared; too short or unfinished curves are not falling."""
    assert falling([0.2] * 15 + [0.15]) is None
    assert falling([0.2] * 4 + [0.15] * 4) == pytest.approx((0.2, 0.15))
    assert falling([0.2, 0.1]) is None
    assert falling([0.2] * 4 + [0.1, 0.1, 0.1, None]) is None


def test_shapes_are_told_apart() -> None:
    """A line, a curve that never turns back, and one that hardly moves."""
    assert is_straight(X, [0.9 - 1.9 * x for x in X])
    assert not is_straight(X, SINE)
    assert is_monotone([-math.tanh(8 * (x - 0.5)) for x in X])
    assert not is_monotone(SINE)
    assert is_flat([0.01 + x / 1000 for x in X], SINE)
    assert not is_flat([0.4 * y for y in SINE], SINE)
