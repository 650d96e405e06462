"""Files as somebody hands them in, and what running them leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.domain import Execution, Limits, Submission
from grader.execution import execute
from grader.execution.recordings import Runs

PATIENT = Limits(seconds=240)


def submission(entry: Path, folder: Path | None = None) -> Submission:
    return Submission(entry.stem, entry.stem, entry, folder, "")


def executed(runs: Runs, entry: Path, limits: Limits = PATIENT, **asked: Any) -> Execution:
    """Of a file on its own; unless it is asked for, no function is listed and no exercise has a mark."""
    return execute(submission(entry), runs, limits=limits, **{"functions": (), "marks": {}, **asked})


def printed(execution: Execution) -> str:
    return "".join(output.content for output in execution.outputs)
