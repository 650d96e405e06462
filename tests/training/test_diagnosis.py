"""Names for what went wrong."""

from __future__ import annotations

import math

import pytest

from grader.training.diagnosis import diagnose, is_falling, name_of

X = [i / 99 for i in range(100)]
SINE = [math.sin(2 * math.pi * x) for x in X]
PLATEAU = [0.17] * 16


def diagnosed(prediction: list[float | None], errors: list[float | None]) -> str | None:
    return diagnose(X, [SINE], [prediction], [[error] for error in errors], [0.01])


@pytest.mark.parametrize(
    ("prediction", "errors", "name"),
    [
        pytest.param([None] * 100, [0.5, None], "diverged", id="not finite"),
        pytest.param([50.0 * x for x in X], [0.5] * 8 + [900.0], "diverged", id="exploded"),
        pytest.param([0.01 + x / 1000 for x in X], [0.48] * 16, "constant", id="constant"),
        pytest.param([0.9 - 1.9 * x for x in X], PLATEAU, "straight line", id="straight line"),
        pytest.param([-math.tanh(8 * (x - 0.5)) for x in X], PLATEAU, "monotone", id="monotone"),
        pytest.param([0.4 * y for y in SINE], PLATEAU, "plateau", id="plateau"),
        pytest.param([0.4 * y for y in SINE], [0.2 - i / 100 for i in range(16)], "still falling", id="falling"),
    ],
)
def test_each_failure_has_its_name(prediction: list[float | None], errors: list[float | None], name: str) -> None:
    """The name comes first, the figures that show it after."""
    diagnosis = diagnosed(prediction, errors)
    assert name_of(diagnosis) == name
    assert diagnosis is not None
    assert len(diagnosis) > len(name) + 10


def test_a_head_at_its_threshold_is_healthy() -> None:
    """Nothing is wrong with what was asked for."""
    assert diagnosed(list(SINE), [0.2, 0.009]) is None


def test_the_worst_head_is_diagnosed() -> None:
    """Of several heads, the one furthest from its threshold speaks."""
    flat: list[float | None] = [0.0] * 100
    curve = [[0.012, 0.5]] * 16
    diagnosis = diagnose(X, [SINE, SINE], [list(SINE), flat], curve, [0.01, 0.01])
    assert name_of(diagnosis) == "constant"


def test_falling_needs_more_than_one_lucky_checkpoint() -> None:
    """Averages over 100 epochs are compared; too short or unfinished curves are not falling."""
    assert not is_falling([0.2] * 15 + [0.15])
    assert is_falling([0.2] * 4 + [0.15] * 4)
    assert not is_falling([0.2, 0.1])
    assert not is_falling([0.2] * 4 + [0.1, 0.1, 0.1, None])
