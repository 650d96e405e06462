"""What a grade depends on besides the submission, as short digests in its document.

Two documents can so say why they differ: by the rubric, the task, the calibration, an override, versions, options, or
a change of the grader itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.assignments.course import Course
from grader.checks.registry import files_of_kinds
from grader.domain import Assignment, Grade
from grader.grading.overrides import Decision, GroupOverride, Overrides
from grader.runs.options import RunOptions, installed, program_digest
from grader.training.trainer import file_digest

DIGITS = 12


@dataclass(frozen=True)
class Basis:
    """Of a run: what all its grades share, and what those of one assignment do."""

    shared: Mapping[str, str] = field(default_factory=dict)
    by_assignment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, grade: Grade, overrides: Overrides) -> dict[str, Any]:
        """Of one grade, for its document."""
        if grade.assignment is None:
            return dict(self.shared)
        own = self.by_assignment.get(grade.assignment.id, {})
        return {**self.shared, **own, "overrides": decided(overrides.about(grade))}


NO_BASIS = Basis()


def decided(decisions: Iterable[Decision]) -> dict[str, str]:
    """By check, a digest of what was decided about it."""
    found: dict[str, list[Any]] = {}
    for one in decisions:
        unsaid = {"members"} if isinstance(one, GroupOverride) else set()
        found.setdefault(one.check, []).append(one.model_dump(mode="json", exclude=unsaid))
    return {check: short(entries) for check, entries in found.items()}


def basis_of(course: Course, options: RunOptions) -> Basis:
    """Read once for a run."""
    asked = [options.seed, options.full_fit, str(options.python), course.asked]
    shared = {"versions": short(installed(options)), "options": short(asked), "grader": program_digest()[:DIGITS]}
    return Basis(shared, {one.id: _assignment(one, course) for one in course.assignments})


def _assignment(assignment: Assignment, course: Course) -> dict[str, Any]:
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files_of_kinds(assignment.folder)]
    data = assignment.data
    task = [
        assignment.title, assignment.names, data.inputs, data.targets, file_digest(data), repr(assignment.recipe),
        repr(assignment.limits), assignment.fixed, assignment.free, course.companions_digest,
    ]  # fmt: skip
    calibration = course.calibrations[assignment.id]
    made = [calibration.digest, sorted(calibration.versions.items()), calibration.thresholds, calibration.seeds]
    found = assignment.folder / "calibration.json"
    return {
        "rubric": {check.id: short([repr(check), code]) for check in assignment.checks},
        "task": short(task),
        "calibration": short(hashlib.sha256(found.read_bytes()).hexdigest() if found.is_file() else made),
    }


def run_key(course: Course, options: RunOptions) -> str:
    """A digest of all that results depend on besides the submissions: specs, calibrations, options, versions."""
    basis = basis_of(course, options)
    specs = [(one.id, one.digest, course.calibrations[one.id].digest) for one in course.assignments]
    return digest([basis.shared, basis.by_assignment, specs, course.companions_digest, repr(options)])


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def short(value: Any) -> str:
    """Enough of a digest to see a change."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:DIGITS]
