"""What submissions are graded against: assignments, calibrations, and the reference networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from grader.assignments.spec import load_assignments
from grader.domain import Assignment, Calibration, Limits, ModelGraph
from grader.errors import InvalidAssignment
from grader.assignments.calibration import changed_source, digest_of, load_calibration


@dataclass(frozen=True)
class Course:
    """Assignments with their calibrations. `asked`: these were requested by name, so each of them is mandatory."""

    assignments: tuple[Assignment, ...]
    calibrations: Mapping[str, Calibration]
    asked: bool
    other_names: frozenset[str] = frozenset()  # ids and names of assignments that were not requested

    @property
    def references(self) -> dict[str, ModelGraph]:
        """Expected networks, of the assignments whose structure is fixed."""
        found = {a.id: self.calibrations[a.id].reference for a in self.assignments if a.fixed}
        return {name: graph for name, graph in found.items() if graph is not None}

    @property
    def limits(self) -> Limits:
        """What one execution may use: the most generous of the assignments, since one file may hold several."""
        every = [assignment.limits for assignment in self.assignments]
        return Limits(*(max(getattr(limits, field.name) for limits in every) for field in fields(Limits)))

    @property
    def data_files(self) -> tuple[Path, ...]:
        """Data files of the assignments."""
        return tuple(dict.fromkeys(one.data.file for one in self.assignments if one.data.file))

    @property
    def marks(self) -> tuple[str, ...]:
        """What tags, comments and headings may name: also exercises that were not requested, to recognise them."""
        return (*(assignment.id for assignment in self.assignments), *sorted(self.other_names))

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of functions that are called, once the file has run, for the model they return."""
        names = dict.fromkeys(name for assignment in self.assignments for name in assignment.names)
        return (*(name for name in names if name.startswith("build_")), "build_model")


def load_course(ids: Sequence[str] = (), root: Path | None = None) -> Course:
    """The course of these assignments, or of all that are calibrated: an unfinished one does no harm."""
    found = load_assignments(ids, root)
    assignments = tuple(one for one in found if ids or (one.folder / "calibration.json").is_file())
    others = [a for a in load_assignments(root=root) if a.id not in {own.id for own in assignments}]
    calibrations = {assignment.id: _calibration(assignment) for assignment in assignments}
    names = frozenset(name for other in others for name in (other.id, *other.names))
    return Course(assignments, calibrations, asked=bool(ids), other_names=names)


def _calibration(assignment: Assignment) -> Calibration:
    path = assignment.folder / "calibration.json"
    calibration = load_calibration(path)
    if calibration.digest != digest_of(assignment, calibration.thresholds):
        raise InvalidAssignment(f"{path}: the spec has changed since this calibration; run `grader calibrate {assignment.id}`")
    if changed := changed_source(calibration, assignment.folder.parent.parent / "reference_solutions"):
        raise InvalidAssignment(
            f"{path}: {changed} has changed since this calibration; run `grader calibrate {assignment.id}`"
        )
    return calibration
