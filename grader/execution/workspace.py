"""The private folder of one run after another: a copy of the submission, places to write to, room for the recording.

    given/, or box/work/   the copy of the submission: kept apart where `box` is memory of the sandbox
    box/                   all that a run may write to
    out/                   the recording
    bin/, job.json         what a run may read
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.domain import Limits, Submission
from grader.errors import GraderFault
from grader.execution.surroundings import PLACES, shadow_installers
from grader.files import MOST_BYTES, copy_regular, empty, regular_size, travelling_files


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
    """Copies the entry and what travels with it; returns the entry relative to the copy.

    A folder may change while it is read: what can no longer be copied is a fault, and not the student's.
    """
    folder, entry = submission.folder, submission.entry
    alone = folder is None or not entry.is_relative_to(folder)
    start = entry.parent if folder is None or alone else folder
    for path in [*(() if folder is None or alone else travelling_files(folder, submission.files)), entry]:
        copy = work / path.relative_to(start)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy_regular(path, copy, MOST_BYTES)
        except OSError as error:
            raise GraderFault(f"{path}: cannot be copied ({error.strerror}); grade this submission again") from None
    return entry.relative_to(start).as_posix()


def can_be_copied(submission: Submission) -> bool:
    return regular_size(submission.entry) is not None
