"""The private folder of one run: a copy of the submission, a home, a place for the recording."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.domain import Limits, Submission
from grader.files import regular_size, travelling_files

STUDENT_SIDE = Path(__file__).with_name("student") / "main.py"


@dataclass(frozen=True)
class Workspace:
    """All of it lies under `root`, which is gone after the run."""

    root: Path
    entry: str

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def arguments(self, python: Path) -> tuple[str, ...]:
        return (str(python), "-X", "utf8", "-P", str(STUDENT_SIDE), str(self.root / "job.json"))

    def write_job(self, functions: tuple[str, ...], marks: tuple[str, ...], limits: Limits, full_fit: bool) -> None:
        job: dict[str, Any] = {
            "work": str(self.work),
            "entry": self.entry,
            "out": str(self.out),
            "scratch": str(self.root),
            "functions": functions,
            "marks": marks,
            "full_fit": full_fit,
            "limits": {"output_bytes": limits.output_kb * 1024, "models": limits.models},
        }
        (self.root / "job.json").write_text(json.dumps(job), "utf-8")


@contextlib.contextmanager
def workspace(submission: Submission) -> Iterator[Workspace]:
    """A fresh one, with the submission in it."""
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="grader-")))
    try:
        for name in ("work", "out"):
            (root / name).mkdir()
        yield Workspace(root, copy_submission(submission, root / "work"))
    finally:
        remove(root)


def copy_submission(submission: Submission, work: Path) -> str:
    """Copies entry and folder; returns the entry relative to the copy."""
    folder, entry = submission.folder, submission.entry
    if folder is None or not entry.is_relative_to(folder):
        shutil.copyfile(entry, work / entry.name)
        return entry.name
    for path in [*travelling_files(folder), entry]:
        copy = work / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy, follow_symlinks=False)
    return entry.relative_to(folder).as_posix()


def can_be_copied(submission: Submission) -> bool:
    return regular_size(submission.entry) is not None


def remove(root: Path) -> None:
    """Also what the submission made unremovable; links are removed, never followed."""
    for folder, names, _ in os.walk(root):
        for name in names:
            path = Path(folder, name)
            with contextlib.suppress(OSError):
                if not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
    shutil.rmtree(root, ignore_errors=True)
