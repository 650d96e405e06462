"""The private folder of one run after another: a copy of the submission, places to write to, room for the recording.

    given/, or box/work/   the copy of the submission: kept apart where `box` is memory of the sandbox
    box/                   all that a run may write to
    out/                   the recording
    bin/, job.json         what a run may read
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.domain import Limits, Submission
from grader.execution.surroundings import PLACES, shadow_installers
from grader.files import empty, regular_size, travelling_files


@dataclass(frozen=True)
class Workspace:
    """`root` is the folder as we see it, `inside` as the run does; `apart` says that `box` is the sandbox's own."""

    root: Path
    inside: str
    apart: bool

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def work_inside(self) -> str:
        return f"{self.inside}/box/work"

    def furnish(self, uid: int) -> None:
        """Once: folders that stay from run to run, and a name for the user."""
        for name in ("box", "out", "bin", "given"):
            (self.root / name).mkdir()
        shadow_installers(self.root / "bin")
        line = f"student:x:{uid}:{uid}:Student:{self.inside}/box/home:/bin/sh\n"
        (self.root / "passwd").write_text(line, "ascii")

    def prepare(self, submission: Submission, job: dict[str, Any], limits: Limits) -> None:
        """For each run: nothing is left of the one before it."""
        for name in ("box", "out", "given"):
            empty(self.root / name)
        if not self.apart:
            for place in PLACES:
                (self.root / "box" / place).mkdir()
        entry = copy_submission(submission, self.root / "given" if self.apart else self.root / "box" / "work")
        whole = {
            **job,
            "work": self.work_inside,
            "entry": entry,
            "out": f"{self.inside}/out",
            "scratch": f"{self.inside}/box",
            "limits": {"output_bytes": limits.output_kb * 1024, "models": limits.models},
        }
        (self.root / "job.json").write_text(json.dumps(whole), "utf-8")


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
