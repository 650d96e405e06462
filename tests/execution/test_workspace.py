"""What of a submission is copied into its run, and what becomes of a folder that changes meanwhile."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import GraderFault
from grader.execution.workspace import Workspace, copy_beside, copy_submission


def submission(tmp_path: Path, files: tuple[str, ...] | None) -> Submission:
    """A file among others, and an empty folder to copy it to."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "work").mkdir()
    for name in ("my.py", "helpers.py", "classmate.py"):
        (folder / name).write_text("x = 1\n")
    return Submission("my", "my", folder / "my.py", folder, "", files=files)


@pytest.mark.parametrize(
    ("files", "expected"),
    [(None, ["classmate.py", "helpers.py", "my.py"]), ((), ["my.py"]), (("helpers.py",), ["helpers.py", "my.py"])],
)
def test_only_what_travels_is_copied(tmp_path: Path, files: tuple[str, ...] | None, expected: list[str]) -> None:
    assert copy_submission(submission(tmp_path, files), tmp_path / "work") == "my.py"
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("becomes", ["link", "pipe", "nothing", "folder"])
def test_an_entry_that_changes_meanwhile_is_a_fault(tmp_path: Path, becomes: str) -> None:
    """It is not followed or waited for, and not held against the student."""
    work = submission(tmp_path, ())
    work.entry.unlink()
    if becomes == "link":
        work.entry.symlink_to("/etc/passwd")
    elif becomes == "pipe":
        os.mkfifo(work.entry)
    elif becomes == "folder":
        work.entry.mkdir()
    with pytest.raises(GraderFault, match="grade this submission again"):
        copy_submission(work, tmp_path / "work")
    assert not (tmp_path / "work" / "my.py").exists()


def test_a_recording_is_read_where_it_is_a_file_of_its_own(tmp_path: Path) -> None:
    """One of two names, or a link, may be somewhere that a run cannot write to."""
    space = Workspace(tmp_path, "", apart=False)
    path = tmp_path / ("recording" if sys.platform == "linux" else "run/out") / "recording.json"
    path.parent.mkdir(parents=True)
    assert space.recorded() == (b"", "")
    path.write_text("{}")
    assert space.recorded() == (b"{}", "")
    os.link(path, tmp_path / "second")
    assert space.recorded() == (b"", "it is not a regular file")
    path.unlink()
    path.symlink_to(tmp_path / "second")
    assert space.recorded()[0] == b""
    assert space.recorded()[1]


def test_files_of_the_course_are_next_to_the_submission(tmp_path: Path) -> None:
    """Data of the exercise; a file of the student's with the same name is the student's."""
    (tmp_path / "course").mkdir()
    data = [tmp_path / "course" / name for name in ("first.npz", "second.npz")]
    for path in data:
        path.write_text("of the course")
    work = tmp_path / "work"
    work.mkdir()
    (work / "second.npz").write_text("of the student")
    (work / "data").write_text("of the student")
    copy_beside({**{path.name: path for path in data}, "deep/er/a.csv": data[0], "data/train.csv": data[0]}, work)
    assert (work / "deep" / "er" / "a.csv").read_text() == "of the course"
    assert (work / "data").read_text() == "of the student"
    assert [(work / path.name).read_text() for path in data] == ["of the course", "of the student"]
