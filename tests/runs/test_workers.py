"""A class is worked through side by side, by as many workers as there are jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grader.assignments.course import Course
from grader.runs import workers
from grader.runs.options import RunOptions
from grader.runs.workers import side_by_side


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The slot of each worker that was started, and of how many; none of them starts a process."""
    slots: list[tuple[int, int]] = []

    @contextmanager
    def worker(course: object, options: object, memo: object, slot: int, of: int, nursery: None) -> Iterator[tuple[int, int]]:
        slots.append((slot, of))
        yield slot, of

    monkeypatch.setattr(workers, "worker", worker)
    return slots


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_worker_serves_many_submissions(started: list[tuple[int, int]], jobs: int) -> None:
    """Its sandbox and its trainer start once, and no two workers share a slot."""

    def work(item: int, _: object) -> int:
        time.sleep(0.01)
        return item

    done = list(side_by_side(range(12), work, Course((), {}, asked=False), RunOptions(), jobs))
    assert sorted(done) == list(range(12))
    assert len(started) <= jobs
    assert started == [(slot, jobs) for slot in range(len(started))]
