"""A class among the files of the system, as in many containers: no run reads what is not its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from grader.assignments.course import load_course
from grader.execution import Supervisor
from grader.execution.supervisor import among_system_files
from grader.runs.options import RunOptions
from grader.runs.workers import Processes
from tests.execution.conftest import Left
from tests.execution.running import printed
from tests.levels import missing

ATTACK = """
import os
for folder, _, files in os.walk({folder!r}):
    for name in files:
        try:
            print("READ", open(os.path.join(folder, name)).read())
        except OSError as error:
            print("refused", error)
"""


@pytest.fixture
def class_folder() -> Iterator[Path]:
    """Beneath /usr/src, with a neighbour's work in it."""
    folder = Path("/usr/src", f"class-{uuid4().hex[:8]}")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("only root may write there")
    try:
        (folder / "anna.py").write_text("anna's answer")
        yield folder
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@pytest.mark.long
@pytest.mark.parametrize(
    ("level", "secret"),
    [("full", True), ("full", False), ("partial", True), pytest.param("partial", False, marks=pytest.mark.slow)],
    ids=["full", "full, control", "partial", "partial, control"],
)
def test_a_run_does_not_see_the_work_of_others(
    class_folder: Path, bare_python: Path, left: Left, level: str, *, secret: bool
) -> None:
    if reason := missing(level):
        pytest.skip(reason)
    with Supervisor(level, bare_python, secret=(class_folder,) if secret else ()) as supervisor:
        text = printed(left(ATTACK.format(folder=str(class_folder)), "mallory.py", supervisor))
    assert ("READ anna's answer" in text) is not secret


def test_folders_elsewhere_and_around_the_python_are_not_hidden(tmp_path: Path) -> None:
    """A sandbox has no trace of the former, not even their names; the latter it needs."""
    python = Path(sys.executable)
    assert among_system_files([tmp_path, tmp_path / "nowhere", python.parent.parent], python) == ()


def test_the_cache_is_hidden_where_a_run_would_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds what others printed and built."""
    python = Path(sys.executable)
    packages = Path(pytest.__file__).parent  # stands for a cache in a folder of Python
    monkeypatch.setenv("GRADER_CACHE", str(packages))
    with Processes() as processes:
        worker = processes.supervisor(load_course(["one_input"]), RunOptions("none"))
    assert packages.resolve() in among_system_files(worker.secret, python)
