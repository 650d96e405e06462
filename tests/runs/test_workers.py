"""Workers are as many as there are jobs, however long the list is: each holds a sandbox and a trainer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from grader.runs import workers


def test_a_worker_serves_one_submission_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each submission would fill the memory of the machine: its processes end with the class only."""
    made: list[int] = []

    @contextmanager
    def worker(course: Any, options: Any, memo: Any, slot: int, slots: int) -> Iterator[int]:
        made.append(slot)
        yield slot

    monkeypatch.setattr(workers, "worker", worker)
    none: Any = None
    done = list(workers.side_by_side(range(20), lambda item, _: item, none, none, jobs=2))
    assert sorted(done) == list(range(20))
    assert len(made) <= 2
