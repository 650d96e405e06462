"""Runs that are forked from a process with Keras in it leave what runs that start alone leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.domain import Execution, Limits, Outcome, Submission
from grader.execution import Supervisor, execute
from grader.sandbox import resolve_isolation

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
FILES = (
    "class/student-22.py", "messy/keras2_imports.py", "messy/plots_history.ipynb", "messy/exits_midway.py",
    "messy/segfault.py", "messy/kernel_dies.ipynb",
)  # fmt: skip


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Supervisor, Supervisor]]:
    level = resolve_isolation("auto")
    with Supervisor(level, warm=True) as warm, Supervisor(level, warm=False) as cold:
        yield warm, cold


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


def test_a_server_that_dies_is_started_again(tmp_path: Path) -> None:
    """The run that met its death is made again, and so is the next one."""
    module = tmp_path / "s.py"
    module.write_text("print('ran')")
    with Supervisor("none", warm=True) as supervisor:
        assert run(supervisor, module).outcome is Outcome.OK
        import psutil

        servers = [
            one for one in psutil.Process().children(recursive=True) if one.cmdline()[-1:] == ["serve"]
        ]
        for one in servers:
            one.kill()
        assert servers
        assert [run(supervisor, module).outcome for _ in range(2)] == [Outcome.OK, Outcome.OK]


def test_random_numbers_differ_from_run_to_run(tmp_path: Path) -> None:
    """Forks do not share a sequence."""
    module = tmp_path / "s.py"
    module.write_text("import numpy, random\nprint(numpy.random.rand(), random.random())")
    with Supervisor("none", warm=True) as supervisor:
        told = {output.content for _ in range(3) for output in run(supervisor, module).outputs}
    assert len(told) == 3


def test_what_is_imported_beforehand_sets_no_variable_of_a_run(tmp_path: Path) -> None:
    module = tmp_path / "s.py"
    module.write_text("import os\nprint(sorted(os.environ))")
    told = []
    for warm in (True, False):
        with Supervisor("none", warm=warm) as supervisor:
            told += [output.content for output in run(supervisor, module).outputs]
    assert told[0] == told[1]
