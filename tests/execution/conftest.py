"""Every submission runs once in a session, two at a time, and many tests look at what it left.

All run at the strongest level that there is on this machine.
"""

from __future__ import annotations

import re
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
from tests.notebooks import notebook

REPOSITORY = Path(__file__).parents[2]
MESSY = REPOSITORY / "tests" / "submissions" / "messy"
TUTORIAL = REPOSITORY.parent / "shared" / "tutorial.md"
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


@pytest.fixture(scope="session")
def executions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executions]:
    with (
        ExitStack() as supervisors,
        ThreadPoolExecutor(2) as pool,
    ):
        started = Executions(pool, supervisors)
        if TUTORIAL.exists():
            for name, entry in tutorial_files(tmp_path_factory.mktemp("tutorial")).items():
                started.start(name, entry, PATIENT)
        for name, limits in RUNS.items():
            started.start(name, MESSY / name, limits)
        yield started


def tutorial_files(folder: Path) -> dict[str, Path]:
    """The complete programs as modules, and as one notebook; and all blocks in order, whatever they are."""
    blocks = re.findall(r"```\n(.*?)```", TUTORIAL.read_text("utf-8"), re.DOTALL)
    programs = [block for block in blocks if "import numpy" in block]
    files = {"all blocks": folder / "blocks.ipynb", "programs": folder / "programs.ipynb"}
    files["all blocks"].write_text(notebook(*blocks), "utf-8")
    files["programs"].write_text(notebook(*programs), "utf-8")
    for number in (0, 3):
        files[f"program {number}"] = folder / f"program_{number}.py"
        files[f"program {number}"].write_text(programs[number], "utf-8")
    return files
