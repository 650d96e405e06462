"""Runs small programs in the sandbox of each level."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.domain import Execution, Limits, Submission
from grader.execution import execute
from tests.conftest import Supervisors

PATIENT = Limits(seconds=60)

Runner = Callable[..., Execution]


@pytest.fixture
def behind(supervisors: Supervisors, tmp_path: Path) -> Runner:
    """Runs the text of a module in the sandbox of a level."""

    def run(level: str, text: str, limits: Limits = PATIENT) -> Execution:
        module = tmp_path / "program.py"
        module.write_text(text, "utf-8")
        submission = Submission("program", "program", module, None, "")
        return execute(submission, supervisors(level), functions=(), marks=(), limits=limits)

    return run
