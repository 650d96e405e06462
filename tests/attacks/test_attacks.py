"""A slice of the attack corpus, for every run of the tests; `make attacks` runs all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks import disposable, runner
from tests.attacks.__main__ import missing
from tests.attacks.cases import Case, load_cases
from tests.attacks.trial import Trial

CASES = load_cases()
QUICK = [case for case in CASES if case.quick]
UNPROVEN = disposable.missing() or missing("full")


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    """All quick cases behind the same walls, as in a class."""
    if UNPROVEN:
        pytest.skip(f"not proven here: that the level full blocks any attack, since {UNPROVEN}")
    return {trial.case: trial for trial in runner.trials([(case, case.forms[0]) for case in QUICK], "full")}


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_attack_is_blocked_and_works_without_walls(case: Case, trials: dict[str, Trial]) -> None:
    """Behind the walls nothing happens to anybody; without them, the same file does what it is meant to do."""
    trial = trials[case.name]
    assert (trial.proven, trial.succeeded) == (True, False), trial.why
    control = runner.control(case, case.forms[0])
    assert (control.proven, control.succeeded) == (True, True), control.why


def test_every_attack_of_the_list_is_there() -> None:
    """All categories of the threat model have cases, and a block that is not promised has a reason."""
    categories = {case.category for case in CASES}
    assert categories >= {"results", "theft", "control", "resources", "escape", "artefacts"}
    assert len(CASES) >= 56
    assert all(case.reason for case in CASES if set(case.promised) != {"full", "partial"})


def test_a_twin_is_the_file_without_its_attack(tmp_path: Path) -> None:
    """What a forged grade is compared with is the same network, handed in honestly."""
    (case,) = load_cases(("patch_evaluate",))
    attack, twin = (case.hand_in("module", {}, tmp_path / str(one), twin=one).entry.read_text() for one in (False, True))
    assert ("evaluate" in attack, "evaluate" in twin, "keras.Model(" in twin) == (True, False, True)
