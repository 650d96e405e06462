"""A worker for tests that grade one submission after another in their own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grader.assignments.course import Course
from grader.runs.options import RunOptions
from grader.runs.workers import Worker, supervisor, trainer


@contextmanager
def worker(course: Course, options: RunOptions) -> Iterator[Worker]:
    with trainer(course, options) as trains, supervisor(course, options) as runs:
        yield Worker(runs, trains)
