"""How near a run came."""

from __future__ import annotations

import pytest

from grader.domain import TrainingRun, distance
from grader.training.messages import first_hit, is_near

LINE = {"constant": 0.483, "straight_line": 0.176}


def test_a_head_hits_at_its_first_checkpoint_under_the_threshold() -> None:
    """Whatever the other head does, and at the last epoch where the last chunk is short."""
    run = TrainingRun(1, (0.5, 0.5), ((0.5, 0.01), (0.01, 0.5), (0.01, None)), 60, None)
    assert [first_hit(run, head, 0.02) for head in (0, 1)] == [50, 25]
    assert first_hit(run, 1, 0.001) is None
    assert first_hit(TrainingRun(1, (0.1,), ((0.1,),), 10, None), 0, 0.1) == 10
    assert first_hit(TrainingRun(1, (0.01,), ((0.5,), (0.01,), (0.01,)), 5, 4, every=2), 0, 0.02) == 4


def test_a_head_that_begins_at_its_threshold_never_hits() -> None:
    """It was computed, and training had nothing to teach it; another head can still learn."""
    run = TrainingRun(1, (0.0, 0.01), ((0.0, 0.01),), 25, None, start=(1e-14, None))
    assert [first_hit(run, head, 0.02) for head in (0, 1)] == [None, 25]


def test_distance_is_that_of_the_worst_head() -> None:
    assert distance((0.02, 0.003), (0.01, 0.003)) == pytest.approx(2)
    assert distance((0.001, None), (0.01, 0.003)) == float("inf")


@pytest.mark.parametrize(
    ("error", "threshold", "near"),
    [(0.02, 0.01, True), (0.031, 0.01, False), (0.16, 0.15, True), (0.177, 0.15, False), (None, 0.15, False)],
)
def test_no_better_than_a_poor_model_is_no_near_miss(error: float | None, threshold: float, near: bool) -> None:
    assert is_near((error,), (threshold,), (LINE,)) is near


@pytest.mark.parametrize(("error", "far"), [(0.0, 1.0), (1e-9, float("inf"))])
def test_perfection_has_no_near_misses(error: float, far: float) -> None:
    """An accuracy of 1 leaves no room for an error."""
    assert distance((error,), (0.0,)) == far
    assert is_near((error,), (0.0,), ({},)) is (far == 1.0)
