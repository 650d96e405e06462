"""Grades generated programs, each as if it had been submitted alone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader import pipeline
from grader.assignments.course import Course
from grader.domain import Grade
from grader.runs.options import RunOptions
from grader.runs.workers import Worker, side_by_side
from grader.sandbox.cgroups import usable_processors
from grader.submissions import discover
from tests.notebooks import notebook
from tests.spellings.writer import Program, sections, write


@dataclass(frozen=True)
class Trial:
    """A program in the form in which it is submitted."""

    program: Program = field(repr=False)  # as text it is as long as a book
    form: str  # "notebook" or "module"


def run_trials(trials: Sequence[Trial], course: Course) -> list[Grade]:
    """The grade of each trial for the course's one assignment, in order; no sandbox is needed, they do no harm."""
    options = RunOptions("none")

    def graded(number: int, here: Worker) -> tuple[int, Grade]:
        program, form = trials[number].program, trials[number].form
        with tempfile.TemporaryDirectory(prefix="grader-") as folder:
            path = Path(folder) / ("program.py" if form == "module" else "program.ipynb")
            path.write_text(write(program) if form == "module" else notebook(*sections(program)), encoding="utf-8")
            (submission,) = discover(path)
            return number, pipeline.grade_submission(submission, course, options, here).grades[0]

    with pipeline.Processes() as processes:
        grades = dict(side_by_side(range(len(trials)), graded, course, options, usable_processors(), processes))
    return [grades[number] for number in range(len(trials))]
