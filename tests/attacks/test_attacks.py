"""A slice of the attack corpus, for every run of the tests; `make attacks` runs all of it.

The slice has what no other test does. Tests of `sandbox` have a secret, a socket of the network and a process of ours in
reach without a sandbox, and not with one; calls that filters do not know; a run that seems to have ended; a recording that
is a link; and daemons, of which one is here, too, among all that `leave_everything` leaves. A recording of another run is
refused in `execution/test_strict_json.py`.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.attacks import disposable, runner
from tests.attacks.cases import RESTRICTED, Case, load_cases
from tests.attacks.trial import Trial
from tests.attacks.world import REPOSITORY
from tests.levels import missing

CASES = load_cases()
QUICK = [case for case in CASES if case.quick]
UNPROVEN = disposable.missing() or missing("full")


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    """All quick cases in the same sandbox, as in a class."""
    if UNPROVEN:
        pytest.skip(f"not proven here: that the level full blocks any attack, since {UNPROVEN}")
    return {trial.case: trial for trial in runner.trials([(case, case.forms[0]) for case in QUICK], "full")}


@pytest.fixture(scope="module")
def controls(trials: dict[str, Trial]) -> dict[str, Trial]:
    return {case.name: runner.control(case, case.forms[0]) for case in QUICK}


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_attack_is_blocked_and_works_without_a_sandbox(
    case: Case, trials: dict[str, Trial], controls: dict[str, Trial]
) -> None:
    """In the sandbox nothing happens to anybody; without it, the same file does what it is meant to do."""
    trial, control = trials[case.name], controls[case.name]
    assert (trial.proven, trial.succeeded) == (True, False), trial.why
    assert (control.proven, control.succeeded) == (True, True), control.why


@pytest.mark.slow
def test_who_is_graded_among_hostile_ones_gets_the_grade_that_they_get_alone() -> None:
    """A class; each of the trials above looks at whoever is graded next in its place."""
    if UNPROVEN:
        pytest.skip(f"not proven here: what a hostile class does to the honest, since {UNPROVEN}")
    assert runner.mixed("full", ("kill_all", "patch_evaluate", "write_results_json", "shadow_keras_py")) == (4, ())


@pytest.mark.slow
@pytest.mark.parametrize("level", RESTRICTED)
def test_of_an_ordinary_user_nothing_is_found_by_the_next_run(level: str) -> None:
    """Attack, honest, attack in one worker: neither the next module nor the next notebook sees or records anything else."""
    if reason := missing(level) or disposable.missing():
        pytest.skip(reason)
    if os.geteuid():
        pytest.skip("an ordinary user runs these tests already")
    (case,) = load_cases(("leave_everything",))
    trials = list(runner.trials([(case, form) for form in case.forms], level, drop=True))
    assert [(trial.form, trial.proven, trial.why) for trial in trials] == [(form, True, "") for form in case.forms]


def test_every_attack_of_the_list_is_there() -> None:
    """All categories of the threat model have cases."""
    categories = {case.category for case in CASES}
    assert categories >= {"results", "theft", "control", "resources", "escape", "artefacts", "reports"}
    assert len(CASES) >= 85


ELSEWHERE = {
    "grader/runs/grading_process.py": {"pickle"},
    "grader/runs/grading_main.py": {"pickle"},  # from the coordinator, its parent
    "grader/runs/dask.py": {"pickle"},  # on a worker, from the coordinator
    "grader/execution/student/surroundings.py": {"get_file", "load_weights"},  # replaced, so that nothing is downloaded
}


def test_nothing_of_ours_loads_what_somebody_else_wrote() -> None:
    """Neither the coordinator nor the trainer names a function that builds objects out of files or configs.

    The process that grades takes objects, and a part of a class does, but only from the coordinator that has started it.
    """
    loaders = {
        "from_config", "load_model", "model_from_json", "load_weights", "deserialize", "deserialize_keras_object",
        "get_file", "pickle", "cloudpickle", "marshal", "h5py", "unpack_archive", "enable_unsafe_deserialization",
    }  # fmt: skip
    for path in sorted((REPOSITORY / "grader").rglob("*.py")):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text if any(name in text for name in loaders) else "")):
            names = {getattr(node, key, None) for key in ("id", "attr", "module", "name")}
            assert not names & loaders - ELSEWHERE.get(path.relative_to(REPOSITORY).as_posix(), set()), (
                f"{path}, line {getattr(node, 'lineno', '?')}"
            )


def test_a_twin_is_the_file_without_its_attack(tmp_path: Path) -> None:
    """What a forged grade is compared with is the same network, handed in honestly."""
    (case,) = load_cases(("patch_evaluate",))
    attack, twin = (
        case.hand_in("module", {}, tmp_path / str(is_twin), twin=is_twin).entry.read_text() for is_twin in (False, True)
    )
    assert "evaluate" in attack
    assert "evaluate" not in twin
    assert "keras.Model(" in twin
