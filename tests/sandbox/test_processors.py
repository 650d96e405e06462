"""How many processors this process may use, whatever the machine has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.sandbox import processors
from grader.sandbox.processors import usable_processors


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 16 processors, and its control groups in a folder; this process is in `jobs/7`."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(processors, "GROUPS", tmp_path)
    monkeypatch.setattr(processors, "OWN", tmp_path / "own")
    (tmp_path / "own").write_text("0::/jobs/7\n")
    (tmp_path / "jobs" / "7").mkdir(parents=True)
    return tmp_path


def test_those_that_it_may_run_on(groups: Path) -> None:
    assert usable_processors() == 16


@pytest.mark.parametrize("place", [".", "jobs", "jobs/7"])
@pytest.mark.parametrize(("quota", "expected"), [("350000 100000", 3), ("50000 100000", 1), ("max 100000", 16)])
def test_those_that_a_group_above_grants(groups: Path, place: str, quota: str, expected: int) -> None:
    """As containers are limited."""
    (groups / place / "cpu.max").write_text(f"{quota}\n")
    assert usable_processors() == expected


def test_nowhere_is_it_the_number_that_the_machine_has() -> None:
    """Everything of ours asks here."""
    top = Path(processors.__file__).parents[1]
    found = [path.name for path in top.rglob("*.py") if "cpu_count" in path.read_text("utf-8")]
    assert found == ["processors.py"]
