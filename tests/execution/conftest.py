"""Messy submissions run once in a session, and many tests look at what each left.

All run at the strongest level that there is on this machine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Execution, Limits, RecordedModel
from grader.execution import Supervisor, execute
from grader.sandbox import resolve_isolation
from tests.conftest import Supervisors
from tests.execution.running import PATIENT, executed, submission
from tests.notebooks import notebook

MESSY = Path(__file__).parents[1] / "submissions" / "messy"
MARKS = {name: name for name in ("one_input", "two_inputs", "three_inputs", "two_outputs", "shared_layer")}
SMALL = Limits(seconds=60, memory_mb=512)
LIMITS = {
    "infinite_loop.py": Limits(seconds=2),
    **dict.fromkeys(("killed_for_memory.py", "shared_memory.py", "too_much_memory.py"), SMALL),
}
Left = Callable[..., Execution]
Executions = Callable[[str], Execution]
Built = dict[str, list[RecordedModel]]


@pytest.fixture(scope="session")
def supervisor(supervisors: Supervisors) -> Supervisor:
    """For tests that run something of their own."""
    return supervisors(resolve_isolation("auto"))


@pytest.fixture(scope="session")
def executions(supervisor: Supervisor) -> Executions:
    """What each file left, which runs when it is first asked for."""

    @functools.cache
    def run(name: str) -> Execution:
        entry = MESSY / name
        handed_in = submission(entry, entry.parent if entry.parent != MESSY else None)
        limits = LIMITS.get(name, PATIENT)
        return execute(handed_in, supervisor, functions=("build_model",), marks=MARKS, limits=limits)

    return run


@pytest.fixture
def left(tmp_path: Path, supervisor: Supervisor) -> Left:
    """What a program leaves that is in a file of this name."""

    def execute_text(
        text: str | bytes, name: str = "work.py", runs: Supervisor = supervisor, **asked: Any
    ) -> Execution:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return executed(runs, tmp_path / name, **asked)

    return execute_text


@pytest.fixture(scope="module")
def of_cells(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, supervisor: Supervisor
) -> Execution:
    """What the `PROGRAMS` of a module of tests leave, which run as the cells of one notebook below its `START`."""
    path = tmp_path_factory.mktemp("cells") / "work.ipynb"
    path.write_text(notebook(request.module.START, *request.module.PROGRAMS.values()), "utf-8")
    return executed(supervisor, path, goes_on=getattr(request.module, "GOES_ON", False))


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, of_cells: Execution) -> Built:
    """The models of each of these programs, by its name."""
    cells = enumerate(request.module.PROGRAMS, start=2)
    return {name: [model for model in of_cells.models if model.location.cell == cell] for cell, name in cells}
