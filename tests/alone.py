"""A worker for tests that grade one submission after another in their own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grader.assignments.course import Course
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker


@contextmanager
def worker(course: Course, options: RunOptions) -> Iterator[Worker]:
    with Processes() as processes:
        yield Worker(processes.supervisor(course, options), processes.trainer(course, options))
