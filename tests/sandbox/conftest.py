"""Runs small programs behind the walls of each level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.domain import Execution, Limits, Submission
from grader.execution import Supervisor, execute
from grader.sandbox import probes

LAYERS = {"full": probes.full, "partial": probes.partial}
PATIENT = Limits(seconds=60)

Runner = Callable[..., Execution]


def missing(level: str) -> str:
    """Why a level cannot be shown on this machine, or nothing."""
    gap = next((layer for layer in LAYERS[level]() if not layer.ok), None)
    return f"{level} is not proven here: {gap.name}: {gap.found}" if gap else ""


@pytest.fixture(scope="session")
def supervisors() -> Iterator[Callable[[str], Supervisor]]:
    """One for each level, started when first asked for."""
    started: dict[str, Supervisor] = {}
    with ExitStack() as stack:

        def get(level: str) -> Supervisor:
            if reason := missing(level) if level in LAYERS else "":
                pytest.skip(reason)
            if level not in started:
                started[level] = stack.enter_context(Supervisor(level))
            return started[level]

        yield get


@pytest.fixture
def behind(supervisors: Callable[[str], Supervisor], tmp_path: Path) -> Runner:
    """Runs the text of a module behind the walls of a level."""

    def run(level: str, text: str, limits: Limits = PATIENT) -> Execution:
        module = tmp_path / "program.py"
        module.write_text(text, "utf-8")
        submission = Submission("program", "program", module, None, "")
        return execute(submission, supervisors(level), functions=(), marks=(), limits=limits)

    return run
