"""A part of a class as a command with files: `python -m grader.runs.dask_worker FOLDER`, on a machine of a cluster.

    FOLDER/manifest.json     submissions, ids of assignments, their course, options, and what key results are valid for
    FOLDER/files/            the submissions, by their paths in the class
    FOLDER/companions/       what goes along with each of them
    FOLDER/out/              what `grade` leaves for them: results, feedback, journal; before, perhaps overrides.toml

It ends when its standard input closes, and FOLDER with it: there is nobody to take the results. The exit code is 0, or
2 where this machine grades by other specs or versions than the one that sent the part.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.assignments.course import load_course
from grader.assignments.folder import read_course, tutorial
from grader.errors import GraderError, UsageError
from grader.filesystem import lines
from grader.grading.overrides import load_overrides
from grader.pipeline import grade_into
from grader.runs.basis import basis_of, run_key
from grader.runs.dask import FILES, MANIFEST, OUT, submission_of
from grader.runs.folder import RunFolder
from grader.runs.options import ClassOptions, RunOptions, equal_ones_together, provenance
from grader.sandbox import resolve_isolation


def _grade_part(folder: Path) -> None:
    """Grade what the manifest names into `out`."""
    told: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    python = told["options"]["python"]
    options = RunOptions(**{**told["options"], "python": Path(python) if python else None})
    course = load_course(told["assignments"], read_course(Path(told["course"])) if told["course"] else tutorial())
    course = replace(course, companions={name: folder / place for name, place in told["companions"].items()})
    if run_key(course, options) != told["key"]:
        raise UsageError(
            "the assignments, calibrations or versions on this worker differ from those of the machine that runs "
            "`grader grade`; install the same ones on both"
        )
    source = folder / FILES
    submissions = [submission_of(one, source) for one in told["submissions"]]
    here = replace(options, isolation=resolve_isolation(options.isolation, unattended=True))
    overrides = load_overrides(folder / OUT / "overrides.toml")
    place = RunFolder(folder / OUT, source, told["key"], overrides, basis_of(course, options))
    facts = provenance(course, here)
    for _ in grade_into(place, equal_ones_together(submissions), course, here, ClassOptions(jobs=1), facts):
        pass


def _end_with(lifeline: int, folder: Path) -> None:
    """Wait until the lifeline is closed; processes that run submissions have their own, closed with this process."""
    for _ in lines(lifeline):
        pass
    for _ in range(2):  # a result may be written at this moment
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(3)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(), Path(sys.argv[1])), daemon=True).start()
    try:
        _grade_part(Path(sys.argv[1]))
    except GraderError as error:
        print(error, file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 3)
