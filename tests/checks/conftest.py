"""Programs of students, graded as they are handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader import pipeline
from grader.assignments.course import load_course
from grader.domain import Grade, ModelGraph, Training
from grader.grading import grade
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker
from grader.submissions import discover
from tests.checks.students import LEARNED

Graded = Callable[[str, str], Grade]
OPTIONS = RunOptions(isolation="none")


@pytest.fixture(scope="session")
def here(processes: Processes) -> Worker:
    return Worker(processes.supervisor(load_course(), OPTIONS), processes.trainer(load_course(), OPTIONS))


@pytest.fixture
def trained(tmp_path: Path, here: Worker) -> Graded:
    """The grade of a program, for an exercise."""

    def grade_of(assignment: str, text: str) -> Grade:
        path = tmp_path / f"{assignment}.py"
        path.write_text(text, "utf-8")
        (submission,) = discover(path)
        return grade_submission(submission, load_course([assignment]), OPTIONS, here).grades[0]

    return grade_of


@pytest.fixture
def graded(trained: Graded, monkeypatch: pytest.MonkeyPatch) -> Graded:
    """The same where every network learns at once: a test is about all other checks."""

    def judged(graph: ModelGraph, *_: object, **__: object) -> Training:
        heads = len(graph.outputs)
        return replace(LEARNED, thresholds=LEARNED.thresholds * heads, heads=LEARNED.heads * heads)

    monkeypatch.setattr(grade, "judge", judged)
    return trained


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program runs once, as where grading takes long: its steps are told, and not tried."""
    monkeypatch.setattr(pipeline, "MOST_GRADING", -1.0)
