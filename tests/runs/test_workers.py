"""A class is worked through side by side, by as many workers as there are jobs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import Course, load_course
from grader.domain import Submission
from grader.runs.options import RunOptions, equal_ones_together
from grader.runs.workers import Processes, Worker, side_by_side


class Started(Processes):
    """Which slots of supervisors were asked for, and which trainers, each lazy or not. None of them is a process."""

    def __init__(self) -> None:
        super().__init__()
        self.slots: list[tuple[int, int]] = []
        self.lazy: list[bool] = []

    def supervisor(self, course: object, options: object, slot: int = 0, slots: int = 1) -> Any:
        self.slots.append((slot, slots))
        return slot, slots

    def trainer(self, course: object, options: object, memo: object = None, *, lazy: bool = False) -> Any:
        self.lazy.append(lazy)
        return "one"


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_worker_serves_many_submissions(jobs: int) -> None:
    """Its sandbox starts once, no two workers share a slot, and all share a trainer."""
    used: set[tuple[object, object]] = set()
    started = Started()

    def work(item: int, here: Worker) -> int:
        time.sleep(0.01)
        used.add((here.supervisor, here.trainer))
        return item

    items = list(side_by_side(range(24), work, Course((), {}, asked=False), RunOptions(), jobs, started))
    assert sorted(items) == list(range(24))
    assert len(used) == len(started.slots) <= jobs
    assert started.slots == [(slot, jobs) for slot in range(len(used))]
    assert len(started.lazy) == 1


def test_a_rubric_that_looks_at_no_network_starts_no_trainer() -> None:
    """It is there, and starts if something is asked of it all the same."""
    course, started = load_course(["one_input"]), Started()
    (assignment,) = course.assignments
    plain = tuple(check for check in assignment.checks if check.kind in ("runs", "functional", "compiled"))
    for checks in (assignment.checks, plain):
        variant = replace(course, assignments=(replace(assignment, checks=checks),))
        assert list(side_by_side([0], lambda item, here: item, variant, RunOptions(), 1, started)) == [0]
    assert started.lazy == [False, True]


def test_equal_submissions_are_worked_on_together() -> None:
    """What cannot run is alone."""
    contents = enumerate(("x", "y", "x", "", ""))
    everybody = [Submission(f"s{n}", f"s{n}", Path(f"s{n}.py"), None, f"h{n}", "", text) for n, text in contents]
    groups = equal_ones_together(everybody)
    assert [[submission.id for submission in group] for group in groups] == [["s0", "s2"], ["s1"], ["s3"], ["s4"]]
