"""Every submission runs once in a session, two at a time, and many tests look at what it left.

All run at the strongest level that there is on this machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from grader.domain import Execution, Limits, Submission
from grader.execution import Supervisor, execute
from grader.sandbox import resolve_isolation

REPOSITORY = Path(__file__).parents[2]
MESSY = REPOSITORY / "tests" / "submissions" / "messy"
MARKS = ("one_input", "two_inputs", "three_inputs", "two_outputs", "shared_layer")
FUNCTIONS = ("build_two_inputs", "build_three_inputs", "build_model")
PATIENT = Limits(seconds=240)
SHORT = Limits(seconds=2)
SMALL = Limits(seconds=60, memory_mb=1024)

# The slow ones first, so that no worker is left with one at the end.
RUNS = {
    "term_notebook/work.ipynb": PATIENT,
    "many_models.py": PATIENT,
    "plots_history.ipynb": PATIENT,
    "needs_real_training.py": PATIENT,
    "keras2_imports.py": PATIENT,
    "os_exit_after_model.py": PATIENT,
    "kernel_dies.ipynb": PATIENT,
    "through_tensorflow.py": PATIENT,
    "round_trip.py": PATIENT,
    "format_3_with_mark.ipynb": PATIENT,
    "forks_and_stays.py": PATIENT,
    "infinite_loop.py": SHORT,
    "killed_for_memory.py": SMALL,
    "shared_memory.py": SMALL,
    "too_much_memory.py": SMALL,
    **dict.fromkeys(
        [
            "exits_midway.py",
            "exits_at_the_end.py",
            "segfault.py",
            "asks_for_input.py",
            "big_output.py",
            "missing_data.py",
            "missing_package.py",
            "byte_order_mark.py",
            "empty.ipynb",
            "not_a_notebook.ipynb",
        ],
        PATIENT,
    ),
}


Left = Callable[..., Execution]


def submission(entry: Path, folder: Path | None = None) -> Submission:
    return Submission(entry.stem, entry.stem, entry, folder, "")


class Executions:
    """Starts what is asked for, once, and waits for it; each thread has a supervisor of its own."""

    def __init__(self, pool: ThreadPoolExecutor, supervisors: ExitStack) -> None:
        self.pool = pool
        self.supervisors = supervisors
        self.slots = count()
        self.own = threading.local()
        self.started: dict[str, Future[Execution]] = {}

    def start(self, name: str, entry: Path, limits: Limits) -> None:
        self.started[name] = self.pool.submit(self.run, entry, limits)

    def run(self, entry: Path, limits: Limits) -> Execution:
        if not hasattr(self.own, "supervisor"):
            level, slot = resolve_isolation("auto"), next(self.slots)
            supervisor = Supervisor(level, slot=slot, slots=2)
            self.own.supervisor = self.supervisors.enter_context(supervisor)
        folder = entry.parent if entry.parent.name == "term_notebook" else None
        handed_in = submission(entry, folder)
        return execute(handed_in, self.own.supervisor, functions=FUNCTIONS, marks=MARKS, limits=limits)

    def __getitem__(self, name: str) -> Execution:
        return self.started[name].result()


@pytest.fixture(scope="session")
def supervisor(supervisors: Callable[[str], Supervisor]) -> Supervisor:
    """For tests that run something of their own."""
    return supervisors(resolve_isolation("auto"))


@pytest.fixture(scope="session")
def run(supervisor: Supervisor) -> Callable[..., Execution]:
    """Runs one file, and says what it left."""

    def execute_file(entry: Path, limits: Limits = PATIENT, functions: tuple[str, ...] = ()) -> Execution:
        return execute(submission(entry), supervisor, functions=functions, marks=(), limits=limits)

    return execute_file


@pytest.fixture
def left(tmp_path: Path, run: Callable[..., Execution]) -> Left:
    """What a program leaves that is in a file of this name."""

    def execute_text(text: str, name: str = "work.py") -> Execution:
        (tmp_path / name).write_text(text, "utf-8")
        return run(tmp_path / name)

    return execute_text


@pytest.fixture(scope="session")
def executions() -> Iterator[Executions]:
    with (
        ExitStack() as supervisors,
        ThreadPoolExecutor(2) as pool,
    ):
        started = Executions(pool, supervisors)
        for name, limits in RUNS.items():
            started.start(name, MESSY / name, limits)
        yield started
