"""Runs small programs in the sandbox of each level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from grader.domain import Execution, Limits
from grader.execution import Supervisor
from tests.conftest import Supervisors
from tests.execution.running import executed
from tests.levels import missing

PATIENT = Limits(seconds=60)

Runner = Callable[..., Execution]


@pytest.fixture(scope="module")
def bare(bare_python: Path) -> Iterator[Supervisors]:
    """Supervisors whose runs have a Python without Keras."""
    with ExitStack() as stack:

        @cache
        def get(level: str) -> Supervisor:
            if reason := missing(level):
                pytest.skip(reason)
            return stack.enter_context(Supervisor(level, bare_python))

        yield get


@pytest.fixture
def behind(bare: Supervisors, tmp_path: Path) -> Runner:
    """Runs the text of a module in the sandbox of a level."""

    def run(level: str, text: str, limits: Limits = PATIENT, of: Supervisors = bare) -> Execution:
        (tmp_path / "program.py").write_text(text, "utf-8")
        return executed(of(level), tmp_path / "program.py", limits)

    return run
