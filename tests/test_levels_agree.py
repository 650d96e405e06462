"""Every level gives the same verdict, and so does a machine that has other things to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import load_course
from grader.domain import Limits
from grader.pipeline import grade_class
from grader.runs.options import ClassOptions, RunOptions
from tests.levels import missing
from tests.runs.programs import hand_in, one_input

pytestmark = pytest.mark.long

SUBMISSIONS = Path(__file__).parent / "submissions"
LEVELS = ("none", "full", "partial", "container")  # the last one is `partial`, as far as its container allows that
SLICE = ("class/student-05.py", "messy/exits_midway.py", "messy/plots_history.ipynb")
BUSY = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end:\n    pass\n"
Verdicts = dict[tuple[str, str | None], tuple[Any, ...]]


def files(everything: bool) -> list[Path]:
    if not everything:
        return [SUBMISSIONS / name for name in SLICE]
    folders = ("class", "good", "messy", "wrong", "teaching", "review")
    return sorted(
        path for folder in folders for path in (SUBMISSIONS / folder).rglob("*")
        if path.suffix in (".py", ".ipynb") and path.parent.name != "term_notebook"
    )  # fmt: skip


def collected(paths: list[Path], folder: Path) -> Path:
    """As a class, each file with a folder of its own."""
    for path in paths:
        place = folder / "-".join(path.relative_to(SUBMISSIONS).with_suffix("").parts)
        place.mkdir(parents=True)
        shutil.copyfile(path, place / path.name)
    return folder


def verdicts(folder: Path, out: Path, level: str, limits: Limits | None = None) -> Verdicts:
    """By submission and exercise: status, points, and each check."""
    course = load_course([])
    if limits:
        course = replace(
            course, assignments=tuple(replace(assignment, limits=limits) for assignment in course.assignments)
        )
    report = grade_class(folder, out, course, RunOptions(isolation=level), ClassOptions(jobs=1))
    return {
        (row["submission"]["id"], row["assignment"]): (
            row["status"], row["score"],
            tuple((check["id"], check["status"], check["score"]) for check in row["checks"])
        )
        for row in report.grades
    }  # fmt: skip


@pytest.mark.parametrize("everything", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["a slice", "all"])
def test_every_level_gives_the_same_verdicts(tmp_path: Path, everything: bool) -> None:
    """What a sandbox takes away is nothing that a network needs."""
    folder = collected(files(everything), tmp_path / "class")
    levels = [level for level in (LEVELS if everything else LEVELS[:-1]) if not missing(level)]
    by_level = {level: verdicts(folder, tmp_path / level, level) for level in levels}
    for level in levels:
        assert by_level[level] == by_level["none"], level
    assert len(by_level["none"]) >= len(files(everything))


@contextmanager
def busy_machine(processes: int) -> Iterator[None]:
    """Processes that take all processors from whoever else wants them."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long a process waited for a processor")
def test_a_busy_machine_gives_the_same_verdicts(tmp_path: Path) -> None:
    """A program that needs most of its time gets it, however many others want the processors."""
    hand_in(tmp_path, student=BUSY + one_input())
    with busy_machine(4):
        busy = verdicts(tmp_path / "class", tmp_path / "busy", "none", Limits(seconds=4))
    assert {verdict[:2] for verdict in busy.values()} == {("graded", 10)}
