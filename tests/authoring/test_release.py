"""Students get the task, the starters and the data, and nothing of the solution."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.folder import read_course, tutorial
from grader.assignments.spec import load_assignments
from grader.authoring.release import release, task
from grader.errors import UsageError

SOLUTIONS = ("calibration.json", "assignment.toml", "checks.py", "reference.py")


def test_a_release_has_task_and_starters(tmp_path: Path) -> None:
    written = release(["two_inputs"], tutorial(), tmp_path)
    names = sorted(path.relative_to(tmp_path).as_posix() for path in written)
    assert names == [f"two_inputs/{name}" for name in ("README.md", "starter.ipynb", "starter.py", "task.html")]
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)


def test_nothing_of_a_solution_is_released(tmp_path: Path) -> None:
    """No file of the grader's, and no statement that builds the network of a reference."""
    for path in release([], tutorial(), tmp_path):
        assert path.name not in SOLUTIONS
        reference = tutorial().reference(path.parent.name).read_text()
        secret = {line.strip() for line in reference.splitlines() if "layers.Dense(" in line}
        assert secret
        assert not secret & {line.strip() for line in path.read_text().splitlines()}


def test_a_zip_holds_the_same_files_and_is_reproducible(tmp_path: Path) -> None:
    folder, first, second = (
        release(["one_input"], tutorial(), tmp_path / name) for name in ("folder", "a.zip", "b.zip")
    )
    with zipfile.ZipFile(first[0]) as archive:
        assert sorted(archive.namelist()) == sorted(path.relative_to(tmp_path / "folder").as_posix() for path in folder)
    assert first[0].read_bytes() == second[0].read_bytes()


def test_an_unfinished_task_is_not_released(tmp_path: Path) -> None:
    shutil.copytree(tutorial().assignments / "two_inputs", tmp_path / "course" / "assignments" / "two_inputs")
    page = tmp_path / "course" / "assignments" / "two_inputs" / "README.md"
    page.write_text(f"{page.read_text()}\nTODO: Say why.\n")
    with pytest.raises(UsageError, match=r"README\.md: line \d+: This is still to be written"):
        release([], read_course(tmp_path / "course"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_task_has_its_rubric_once() -> None:
    """The author's own table, or the one that follows from the spec."""
    (assignment,) = load_assignments(["two_inputs"])
    assert task(assignment).count("| Check | Points |") == 1
    plain = task(replace(assignment, folder=assignment.folder / "nowhere"))
    assert plain.startswith("# Two inputs, one output")
    assert "| graph | 1 | The whole network |" in plain
