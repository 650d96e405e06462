"""Whoever comes next finds nothing of somebody who left something wherever that is possible.

The program is the case `leave_everything` of the attacks, which is shown to work without a sandbox there. It runs in a
place that is thrown away, so that a sandbox with a hole costs nobody anything.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.attacks import disposable, runner
from tests.levels import missing

pytestmark = pytest.mark.long

ORDINARY = pytest.param(True, id="as an ordinary user", marks=pytest.mark.slow)
USERS = [pytest.param(False, id="as whoever this is"), ORDINARY]
RUNS = 12  # two attacks; two honest ones before, between and after these; two who look before, and two after


@pytest.mark.parametrize("level", ["full", "partial"])
@pytest.mark.parametrize("drop", USERS)
def test_nothing_is_found_by_the_next_run(level: str, drop: bool) -> None:
    """Attack, honest, attack in one worker: neither the next module nor the next notebook sees or records anything else."""
    if reason := missing(level) or disposable.missing():
        pytest.skip(reason)
    if drop and os.geteuid():
        pytest.skip("an ordinary user runs these tests already")
    found: dict[str, Any] = runner.residue(level, drop=drop)
    assert found["findings"] == []
    assert (found["runs"], found["user"] != 0) == (RUNS, drop or os.geteuid() != 0)
