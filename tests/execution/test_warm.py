"""Runs that are forked from a process with Keras in it leave what runs that start alone leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from grader.domain import Outcome
from grader.execution import Supervisor
from grader.sandbox import resolve_isolation
from tests.execution.conftest import Left
from tests.execution.running import executed

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
FILES = ("messy/plots_history.ipynb", "messy/exits_midway.py", "messy/segfault.py")  # one imports Keras when it is cold
SLOW = ("class/student-22.py", "messy/keras2_imports.py", "messy/kernel_dies.ipynb")


@pytest.fixture(scope="module")
def pair(supervisor: Supervisor) -> Iterator[tuple[Supervisor, Supervisor]]:
    with Supervisor(resolve_isolation("auto"), nested=False) as cold:
        yield supervisor, cold


@pytest.mark.parametrize("name", [*FILES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_forked_and_cold_runs_leave_the_same(pair: tuple[Supervisor, Supervisor], name: str) -> None:
    """All but how long it took, and what libraries say when they are imported."""
    options = {"functions": ("build_model",), "marks": {"two_inputs": "two_inputs"}}
    warm, cold = (
        replace(executed(supervisor, SUBMISSIONS / name, **options), seconds=0.0, outputs=()) for supervisor in pair
    )
    if "keras" not in cold.versions:  # it was never imported, which a forked run cannot tell
        warm = replace(warm, versions={})
        cold = replace(cold, versions={})
    assert warm == cold


def test_a_server_that_dies_is_started_again(bare_python: Path, left: Left) -> None:
    with Supervisor("none", bare_python) as supervisor:
        assert left("print('ran')", runs=supervisor).outcome is Outcome.OK
        assert supervisor._monitor is not None
        below = psutil.Process(supervisor._monitor.pid).children(recursive=True)
        (server,) = [
            process for process in below if "serve" in process.cmdline() and not process.cmdline()[0].endswith("bwrap")
        ]
        server.kill()
        assert [left("print('ran')", runs=supervisor).outcome for _ in range(2)] == [Outcome.OK, Outcome.OK]


def test_random_numbers_differ_from_run_to_run(left: Left) -> None:
    runs = [left("import numpy, random\nprint(numpy.random.rand(), random.random())") for _ in range(2)]
    first, second = ([output.content for output in execution.outputs] for execution in runs)
    assert first != second


def test_what_is_imported_beforehand_sets_no_variable_of_a_run(pair: tuple[Supervisor, Supervisor], left: Left) -> None:
    warm, cold = (left("import os\nprint(sorted(os.environ))", runs=supervisor).outputs for supervisor in pair)
    assert warm == cold
