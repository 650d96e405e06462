"""Runs that are forked from a process with Keras in it leave what runs that start alone leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from grader.domain import Execution, Limits, Outcome, Submission
from grader.execution import Supervisor, execute
from grader.sandbox import resolve_isolation
from tests.conftest import Supervisors

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
FILES = (
    "class/student-22.py", pytest.param("messy/keras2_imports.py", marks=pytest.mark.slow), "messy/plots_history.ipynb", "messy/exits_midway.py",
    "messy/segfault.py", "messy/kernel_dies.ipynb",
)  # fmt: skip


@pytest.fixture(scope="module")
def pair(supervisors: Supervisors) -> Iterator[tuple[Supervisor, Supervisor]]:
    level = resolve_isolation("auto")
    with Supervisor(level, nested=False) as cold:
        yield supervisors(level), cold


def run(supervisor: Supervisor, path: Path) -> Execution:
    submission = Submission(path.stem, path.stem, path, None, "")
    limits = Limits(seconds=240)
    return execute(submission, supervisor, functions=("build_model",), marks=("two_inputs",), limits=limits)


@pytest.mark.parametrize("name", FILES)
def test_forked_and_cold_runs_leave_the_same(pair: tuple[Supervisor, Supervisor], name: str) -> None:
    """All but how long it took, and what libraries say when they are imported."""
    warm, cold = (replace(run(one, SUBMISSIONS / name), seconds=0.0, outputs=()) for one in pair)
    if "keras" not in cold.versions:  # it was never imported, which a forked run cannot tell
        warm = replace(warm, versions={})
        cold = replace(cold, versions={})
    assert warm == cold


def test_a_server_that_dies_is_started_again(bare_python: Path, tmp_path: Path) -> None:
    module = tmp_path / "s.py"
    module.write_text("print('ran')")
    with Supervisor("none", bare_python) as supervisor:
        assert run(supervisor, module).outcome is Outcome.OK
        assert supervisor._monitor is not None
        below = psutil.Process(supervisor._monitor.pid).children(recursive=True)
        (server,) = [one for one in below if "serve" in one.cmdline() and not one.cmdline()[0].endswith("bwrap")]
        server.kill()
        assert [run(supervisor, module).outcome for _ in range(2)] == [Outcome.OK, Outcome.OK]


def test_random_numbers_differ_from_run_to_run(supervisors: Supervisors, tmp_path: Path) -> None:
    module = tmp_path / "s.py"
    module.write_text("import numpy, random\nprint(numpy.random.rand(), random.random())")
    told = {output.content for _ in range(3) for output in run(supervisors("none"), module).outputs}
    assert len(told) == 3


def test_what_is_imported_beforehand_sets_no_variable_of_a_run(
    pair: tuple[Supervisor, Supervisor], tmp_path: Path
) -> None:
    module = tmp_path / "s.py"
    module.write_text("import os\nprint(sorted(os.environ))")
    warm, cold = ([output.content for output in run(one, module).outputs] for one in pair)
    assert warm == cold
