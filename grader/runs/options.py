"""Options of a run and of a class, and what a report says of both: versions and settings that reproduce it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.domain import Submission
from grader.sandbox.packages import DISTRIBUTIONS, interpreter
from grader.submissions import Reader

PACKAGES = ("keras-grader", *DISTRIBUTIONS["keras"], *DISTRIBUTIONS["tensorflow"], "numpy")


def equal_ones_together(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """Groups of submissions whose runs give the same result; a submission that cannot run is alone."""
    groups: dict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        groups[submission.content or f"alone {submission.id}"].append(submission)
    return list(groups.values())


@dataclass(frozen=True)
class RunOptions:
    """How to grade: the same options for a notebook, a terminal, a class and CI."""

    isolation: str = "auto"
    python: Path | None = None
    full_fit: bool = False
    seed: int = 1
    secret: tuple[Path, ...] = field(default=(), repr=False, compare=False)
    """Folders of others' work that no run may see, wherever they are; they change no grade."""


@dataclass(frozen=True)
class ClassOptions:
    """Options that only a class has."""

    reader: Reader = field(default_factory=Reader)
    only: tuple[str, ...] = ()
    roster: Path | None = None
    jobs: int = 2
    fresh: bool = False
    rerun: tuple[str, ...] = ()
    dask: str | None = None
    never_lower: bool = False
    command: str = ""


def provenance(course: Course, options: RunOptions, of_class: ClassOptions | None = None) -> dict[str, Any]:
    """The provenance of a run, for run.json and the class page."""
    return {
        "schema": "grader.run/1",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "isolation": options.isolation,
        "seed": options.seed,
        "assignments": [assignment.id for assignment in course.assignments],
        "command": of_class.command if of_class else "",
        **({"directory": str(Path.cwd())} if of_class and of_class.command else {}),
    }


def versions(python: Path | None = None) -> dict[str, str]:
    """Versions of all that a grade depends on, from package metadata: nothing is imported.

    For another Python, what is installed there.
    """
    found = {} if python else {"python": platform.python_version()}
    places = [str(place) for place in interpreter(python).packages] if python else sys.path
    for one in importlib.metadata.distributions(path=places):
        name = str(one.metadata["Name"]).lower()
        if name in PACKAGES:
            found.setdefault(name, one.version)
    return found


def installed(options: RunOptions) -> list[list[tuple[str, str]]]:
    """The versions that grade, and those that run submissions if another Python does."""
    return [sorted(versions().items()), sorted(versions(options.python).items()) if options.python else []]


def program_digest() -> str:
    """A digest of all of the grader's own files: a checkout changes without a new version."""
    files = sorted(path for path in Path(__file__).parents[1].rglob("*") if path.is_file() and path.suffix != ".pyc")
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
