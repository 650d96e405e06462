"""Whoever comes next finds nothing of somebody who left something wherever that is possible.

The program is the case `leave_everything` of the attacks, which is shown to work without a sandbox there. It runs in a
place that is thrown away, so that a sandbox with a hole costs nobody anything.
"""

from __future__ import annotations

import os

import pytest

from grader.sandbox import resolve_isolation
from tests.attacks import disposable, runner
from tests.attacks.cases import load_cases
from tests.levels import missing

pytestmark = pytest.mark.long

ORDINARY = pytest.param(True, id="as an ordinary user", marks=pytest.mark.slow)
USERS = [pytest.param(False, id="as whoever this is"), ORDINARY]


@pytest.mark.parametrize(
    "level",
    [
        pytest.param(one, marks=[] if one == resolve_isolation("auto") else pytest.mark.slow)
        for one in ("full", "partial")
    ],
)
@pytest.mark.parametrize("drop", USERS)
def test_nothing_is_found_by_the_next_run(level: str, drop: bool) -> None:
    """Attack, honest, attack in one worker: neither the next module nor the next notebook sees or records anything else."""
    if reason := missing(level) or disposable.missing():
        pytest.skip(reason)
    if drop and os.geteuid():
        pytest.skip("an ordinary user runs these tests already")
    (case,) = load_cases(("leave_everything",))
    trials = list(runner.trials([(case, form) for form in case.forms], level, drop=drop))
    assert [(trial.form, trial.proven, trial.why) for trial in trials] == [(form, True, "") for form in case.forms]
