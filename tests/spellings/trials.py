"""Runs many generated programs and grades each as if it had been submitted alone.

Starting Python with Keras takes seconds, building a network a few hundredths. So programs run in batches, as the
cells of one notebook or as the parts of one module; the results of each are recognised by its location, and graded
in the same way as any submission. Programs that define functions for the grader to call run alone, and so do modules
with a statement that may fail, since only the first error of a module is reported.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import nbformat

from grader.assignments.course import Course
from grader.domain import Execution, Grade, Location, Outcome
from grader.execution import execute
from grader.grading.grade import grade_execution
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker, side_by_side
from grader.sandbox import resolve_isolation
from grader.sandbox.cgroups import usable_processors
from grader.submissions import discover
from tests.spellings.program import Program
from tests.spellings.writer import sections, write

BATCH = 24
SECONDS_EACH = 10.0
ALONE = ("function", "function called", "build_model")


@dataclass(frozen=True)
class Trial:
    """A program in the form in which it is submitted."""

    program: Program = field(repr=False)  # as text it is as long as a book
    form: str  # "notebook" or "module"

    @property
    def is_alone(self) -> bool:
        return self.program.style.layout in ALONE or (self.form == "module" and bool(self.program.tail))


def run_trials(trials: Sequence[Trial], course: Course, isolation: str, progress: Callable[[int], None]) -> list[Grade]:
    """The grade of each trial for the course's one assignment, in order."""
    grades: dict[int, Grade] = {}

    def run(batch: Sequence[int], here: Worker) -> list[tuple[int, Grade]]:
        found = _graded([trials[number] for number in batch], course, here)
        return list(zip(batch, found, strict=True))

    options = RunOptions(resolve_isolation(isolation))
    with Processes() as processes:
        for found in side_by_side(list(_batches(trials)), run, course, options, usable_processors(), processes):
            grades.update(found)
            progress(len(grades))
    return [grades[number] for number in range(len(trials))]


def _batches(trials: Sequence[Trial]) -> Iterator[list[int]]:
    """Numbers of trials that run in one process."""
    for form, fits in itertools.product(("notebook", "module"), (False, True)):  # an error after a `fit` repeats it all
        batched = [n for n, trial in enumerate(trials) if trial.form == form and not trial.is_alone]
        together = [n for n in batched if (trials[n].program.style.fit != "none") is fits]
        for start in range(0, len(together), BATCH):
            yield together[start : start + BATCH]
    yield from ([number] for number, trial in enumerate(trials) if trial.is_alone)


def _graded(trials: Sequence[Trial], course: Course, here: Worker) -> list[Grade]:
    """Grades of trials that run in one process; one by one, if that process did not finish."""
    limits = replace(course.limits, seconds=course.limits.seconds + SECONDS_EACH * len(trials), models=1000)
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        (submission,) = discover(_handed_in(trials, Path(folder)))
        execution = execute(submission, here.supervisor, functions=course.functions, marks=course.marks, limits=limits)
    stopped = execution.outcome is not Outcome.OK and (trials[0].form == "module" or not execution.failures)
    if len(trials) > 1 and stopped:
        return [grade for trial in trials for grade in _graded([trial], course, here)]
    parts = [execution] if len(trials) == 1 else _parts(execution, trials)
    graded = [grade_execution(submission, part, course, here.trainer) for part in parts]
    return [one.grades[0] for one in graded]


def _handed_in(trials: Sequence[Trial], folder: Path) -> Path:
    """The file that holds all of these programs."""
    if trials[0].form == "module":
        path = folder / "program.py"
        path.write_text("".join(_texts(trials)), encoding="utf-8")
        return path
    path = folder / "programs.ipynb"
    cells = sections(trials[0].program) if len(trials) == 1 else _texts(trials)
    new_cell: Any = nbformat.v4.new_code_cell
    new_notebook: Any = nbformat.v4.new_notebook
    path.write_text(json.dumps(new_notebook(cells=[new_cell(text) for text in cells])), encoding="utf-8")
    return path


def _texts(trials: Sequence[Trial]) -> list[str]:
    return [write(trial.program) for trial in trials]


def _parts(execution: Execution, trials: Sequence[Trial]) -> list[Execution]:
    """The execution of each program of a batch: by cell, or by line if all are in one module."""
    if trials[0].form == "notebook":
        return [_part(execution, lambda location, n=n: location.cell == n) for n in range(1, len(trials) + 1)]  # type: ignore[misc]
    ends = list(accumulate(text.count("\n") for text in _texts(trials)))
    starts = [0, *ends[:-1]]
    return [
        _part(execution, lambda location, a=start, b=end: a < (location.line or 0) <= b)  # type: ignore[misc]
        for start, end in zip(starts, ends, strict=True)
    ]


def _part(execution: Execution, holds: Callable[[Location], bool]) -> Execution:
    failures = tuple(failure for failure in execution.failures if holds(failure.location))
    return replace(
        execution,
        outcome=Outcome.ERROR if failures else Outcome.OK,
        message=failures[0].message if failures else "",
        models=tuple(model for model in execution.models if holds(model.location)),
        failures=failures,
        notes=tuple(note for note in execution.notes if holds(note.location)),
        outputs=(),
    )
