"""A part of a class as a command: `python -m grader.runs.dask_worker FOLDER`, on a machine of a cluster.

The part comes in on standard input, from the process that starts this one. Its files go into FOLDER, and
FOLDER/out has what `grade` leaves for them: results, feedback, journal.

It ends when its standard input closes, and FOLDER with it: there is nobody to take the results. The exit code is 0, or
2 where this machine grades by other specs or versions than the one that sent the part.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

from grader.assignments.course import load_course
from grader.assignments.folder import read_course, tutorial
from grader.errors import GraderError, UsageError
from grader.filesystem import lines
from grader.grading.overrides import load_overrides
from grader.pipeline import grade_into
from grader.runs.dask import FILES, OUT, OVERRIDES, Part, moved
from grader.runs.folder import RunFolder
from grader.runs.options import ClassOptions, basis_of, equal_ones_together, program_digest, provenance, run_key
from grader.sandbox import resolve_isolation

DIFFERS = (
    "the assignments, calibrations or versions on this worker differ from those of the machine that runs "
    "`grader grade`; install the same ones on both"
)


def _grade(part: Part, folder: Path) -> None:
    for name, content in part.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    course = load_course(list(part.assignments), read_course(part.root) if part.root else tutorial())
    course = replace(course, companions={name: folder / place for name, place in part.companions.items()})
    if run_key(course, part.options) != part.key:
        raise UsageError(DIFFERS)
    submissions = [moved(one, lambda path: folder / path) for one in part.submissions]
    here = replace(part.options, isolation=resolve_isolation(part.options.isolation, unattended=True))
    overrides, basis = load_overrides(folder / OVERRIDES), basis_of(course, part.options)
    place = RunFolder(folder / OUT, folder / FILES, part.key, overrides, basis)
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


def main(folder: Path) -> None:
    program, packed = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(), folder), daemon=True).start()
    if program != program_digest():
        raise UsageError(DIFFERS)
    _grade(pickle.loads(packed), folder)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except GraderError as error:
        print(error, file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 3)
