"""A class is worked through side by side, by as many workers as there are jobs."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace

import pytest

from grader.assignments.course import Course, load_course
from grader.runs import workers
from grader.runs.options import RunOptions
from grader.runs.workers import Worker, side_by_side


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[object]]:
    """What was started, by the part of a worker: slots of supervisors, and trainers. None of them starts a process."""
    parts: dict[str, list[object]] = {"supervisors": [], "trainers": [], "lazy": []}

    class Parts:
        def supervisor(self, course: object, options: object, slot: int, of: int) -> tuple[int, int]:
            parts["supervisors"].append((slot, of))
            return slot, of

        def trainer(self, course: object, options: object, memo: object, slot: int, *, lazy: bool) -> int:
            parts["trainers"].append(slot)
            parts["lazy"].append(lazy)
            return slot

    monkeypatch.setattr(workers, "Processes", lambda: nullcontext(Parts()))
    return parts


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_worker_serves_many_submissions(started: dict[str, list[object]], jobs: int) -> None:
    """Its sandbox starts once, no two workers share a slot, and two or three share a trainer."""
    used: set[tuple[object, object]] = set()

    def work(item: int, here: Worker) -> int:
        time.sleep(0.01)
        used.add((here.supervisor, here.trainer))
        return item

    done = list(side_by_side(range(24), work, Course((), {}, asked=False), RunOptions(), jobs))
    assert sorted(done) == list(range(24))
    slots = started["supervisors"]
    assert len(slots) <= jobs
    assert slots == [(slot, jobs) for slot in range(len(slots))]
    assert started["trainers"] == {1: [0], 2: [0], 5: [0, 1, 2]}[jobs]
    assert len(used) == len(slots)


def test_a_rubric_that_looks_at_no_network_starts_no_trainer(started: dict[str, list[object]]) -> None:
    """It is there, and starts if something is asked of it all the same."""
    course = load_course(["one_input"])
    (one,) = course.assignments
    plain = tuple(check for check in one.checks if check.kind in ("runs", "functional", "compiled"))
    for checks in (one.checks, plain):
        asked = replace(course, assignments=(replace(one, checks=checks),))
        assert list(side_by_side([0], lambda item, here: item, asked, RunOptions(), 1)) == [0]
    assert started["lazy"] == [False, True]
