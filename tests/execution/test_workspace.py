"""What of a submission is copied into its run, and what becomes of a folder that changes meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.domain import Submission
from grader.errors import GraderFault
from grader.execution.workspace import copy_submission


def submission(folder: Path, files: tuple[str, ...] | None) -> Submission:
    for name in ("my.py", "helpers.py", "classmate.py"):
        (folder / name).write_text("x = 1\n")
    return Submission("my", "my", folder / "my.py", folder, "", files=files)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (None, ["classmate.py", "helpers.py", "my.py"]),
        ((), ["my.py"]),
        (("helpers.py",), ["helpers.py", "my.py"]),
    ],
)
def test_only_what_travels_is_copied(tmp_path: Path, files: tuple[str, ...] | None, expected: list[str]) -> None:
    """A whole folder, or the files that were chosen."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "work").mkdir()
    assert copy_submission(submission(tmp_path / "folder", files), tmp_path / "work") == "my.py"
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("becomes", ["link", "pipe", "nothing", "folder"])
def test_an_entry_that_changes_meanwhile_is_a_fault(tmp_path: Path, becomes: str) -> None:
    """It is not followed or waited for, and not held against the student."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "work").mkdir()
    one = submission(tmp_path / "folder", ())
    one.entry.unlink()
    if becomes == "link":
        one.entry.symlink_to("/etc/passwd")
    elif becomes == "pipe":
        os.mkfifo(one.entry)
    elif becomes == "folder":
        one.entry.mkdir()
    with pytest.raises(GraderFault, match="grade this submission again"):
        copy_submission(one, tmp_path / "work")
    assert not (tmp_path / "work" / "my.py").exists()
