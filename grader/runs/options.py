"""Options of a run and of a class, versions, and what grades depend on besides the submissions.

A document holds the last as short digests. Two of them can so say why they differ: by the rubric, the task, the
calibration, an override, versions, options, or a change of the grader itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.checks.registry import files_of_kinds
from grader.domain import Assignment, Grade, Submission
from grader.grading.overrides import Decision, GroupOverride, Overrides
from grader.sandbox.packages import DISTRIBUTIONS, interpreter
from grader.submissions import Reader
from grader.training.trainer import file_digest

DIGITS = 12
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
    by_name = {} if python else {"python": platform.python_version()}
    places = [str(place) for place in interpreter(python).packages] if python else sys.path
    for distribution in importlib.metadata.distributions(path=places):
        name = str(distribution.metadata["Name"]).lower()
        if name in PACKAGES:
            by_name.setdefault(name, distribution.version)
    return by_name


@cache
def program_digest() -> str:
    """A digest of all of the grader's own files, as this process loads them: a checkout changes without a version."""
    files = sorted(path for path in Path(__file__).parents[1].rglob("*") if path.is_file() and path.suffix != ".pyc")
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


@dataclass(frozen=True)
class Basis:
    """Of a run: what all its grades share, and what those of one assignment do; `key` is a digest of all of it."""

    shared: Mapping[str, str]
    by_assignment: Mapping[str, Mapping[str, Any]]
    key: str

    def of(self, grade: Grade, overrides: Overrides) -> dict[str, Any]:
        """Of one grade, for its document."""
        if grade.assignment is None:
            return dict(self.shared)
        own = self.by_assignment.get(grade.assignment.id, {})
        return {**self.shared, **own, "overrides": decided(overrides.about(grade))}


def decided(decisions: Iterable[Decision]) -> dict[str, str]:
    """By check, a digest of what was decided about it."""
    by_check: dict[str, list[Any]] = {}
    for decision in decisions:
        unsaid = {"members"} if isinstance(decision, GroupOverride) else set()
        by_check.setdefault(decision.check, []).append(decision.model_dump(mode="json", exclude=unsaid))
    return {check: short(entries) for check, entries in by_check.items()}


def basis_of(course: Course, options: RunOptions) -> Basis:
    """All that results depend on besides the submissions: specs, calibrations, options, versions."""
    asked = [options.seed, options.full_fit, str(options.python), course.asked]
    installed = [versions(), versions(options.python) if options.python else {}]  # what grades, and what executes
    shared = {"versions": short(installed), "options": short(asked), "grader": program_digest()[:DIGITS]}
    by_assignment = {assignment.id: _assignment(assignment, course) for assignment in course.assignments}
    specs = [(assignment.id, assignment.digest) for assignment in course.assignments]
    return Basis(shared, by_assignment, digest([shared, by_assignment, specs, repr(options)]))


def _assignment(assignment: Assignment, course: Course) -> dict[str, Any]:
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files_of_kinds(assignment.folder)]
    data = assignment.data
    task = [
        assignment.title, assignment.names, data.inputs, data.targets, file_digest(data), repr(assignment.recipe),
        repr(assignment.limits), assignment.fixed, assignment.free, course.companions_digest,
    ]  # fmt: skip
    return {
        "rubric": {check.id: short([repr(check), code]) for check in assignment.checks},
        "task": short(task),
        "calibration": hashlib.sha256((assignment.folder / "calibration.json").read_bytes()).hexdigest()[:DIGITS],
    }


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def short(value: Any) -> str:
    """Enough of a digest to see a change."""
    return digest(value)[:DIGITS]
