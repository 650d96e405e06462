"""What submissions are graded against: assignments, calibrations, and the reference networks.

`copy_course` makes one's own course of the built-in one: its rubrics can be changed, an installation cannot.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

from grader.assignments.calibration import changed_source, digest_of, load_calibration
from grader.assignments.folder import REFERENCES, SETTINGS, CourseFolder, tutorial
from grader.assignments.spec import load_assignments, load_readable
from grader.assignments.toml import toml
from grader.domain import Assignment, Calibration, Limits, ModelGraph
from grader.errors import InvalidAssignment, UsageError
from grader.execution.student.source.marks import key_of
from grader.filesystem import files_below, write
from grader.submissions.companions import look_up


@dataclass(frozen=True)
class Course:
    """Assignments with their calibrations. `asked`: these were requested by name, so each of them is mandatory."""

    assignments: tuple[Assignment, ...]
    calibrations: Mapping[str, Calibration]
    asked: bool
    others: tuple[Assignment, ...] = ()  # that were not requested, or are left out
    root: Path | None = None  # of a course of one's own
    left_out: Mapping[str, str] = field(default_factory=dict)  # assignments that cannot be graded, and why
    companions: Mapping[str, Path] = field(default_factory=dict)  # what else goes along with each submission
    elsewhere: tuple[str, ...] = ()  # names of declared companions that are not in the course

    @property
    def references(self) -> dict[str, ModelGraph]:
        """Expected networks, of the assignments whose structure is fixed."""
        graphs = {a.id: self.calibrations[a.id].reference for a in self.assignments if a.fixed}
        return {name: graph for name, graph in graphs.items() if graph is not None}

    @property
    def limits(self) -> Limits:
        """What one execution may use: the most generous of the assignments, since one file may hold several."""
        return Limits(*map(max, zip(*(astuple(assignment.limits) for assignment in self.assignments), strict=True)))

    @property
    def data_files(self) -> tuple[Path, ...]:
        """Data files of the assignments."""
        return _data_of(self.assignments)

    @property
    def files_beside(self) -> Mapping[str, Path]:
        """Data and companions, by the names that a submission finds next to it.

        A file may hold several exercises, so it needs the data of those that are not graded, too. Of data, not files of
        which two have the same name.
        """
        files = self.data_files
        own_names = Counter(path.name for path in files)
        other_files = [path for path in _data_of(self.others) if path.name not in own_names]
        names = own_names + Counter(path.name for path in other_files)
        return {**self.companions, **{path.name: path for path in (*files, *other_files) if names[path.name] == 1}}

    def with_companions(self, names: Iterable[str]) -> Course:
        """The same course, with what is declared to go along: files in it, and others that are next to submissions."""
        paths, missing = look_up(names, self.root) if self.root else ({}, tuple(names))
        return replace(self, companions={**self.companions, **paths}, elsewhere=(*self.elsewhere, *missing))

    @property
    def companions_digest(self) -> str:
        """Changes with what goes along: results depend on it."""
        digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.companions.items()}
        return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest() if digests else ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the course is kept, references included; no submission is to see it."""
        places = dict.fromkeys(assignment.folder.parent for assignment in self.assignments)
        own = [path for place in places for path in (place, place.with_name(REFERENCES))]
        return (*([self.root] if self.root else ()), *own)

    @property
    def marks(self) -> Mapping[str, str]:
        """What comments, headings and tags may say, with the id of the exercise: also of those that were not requested,
        to recognise them."""
        exercises = [*self.assignments, *self.others]
        counts = Counter(key_of(exercise.title) for exercise in exercises)
        titles = {exercise.title: exercise.id for exercise in exercises if counts[key_of(exercise.title)] == 1}
        return {**{exercise.id: exercise.id for exercise in exercises}, **titles}

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of functions that are called, once the file has run, for the model they return."""
        names = dict.fromkeys(name for assignment in self.assignments for name in assignment.names)
        return (*(name for name in names if name.startswith("build_")), "build_model")


def _data_of(assignments: Iterable[Assignment]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(assignment.data.file for assignment in assignments if assignment.data.file))


def load_course(ids: Sequence[str] = (), folder: CourseFolder | None = None) -> Course:
    """The course of these assignments, or of all that are valid and calibrated: an unfinished one does no harm."""
    folder = folder or tutorial()
    everything, left_out = load_readable(folder)
    assignments, calibrations = load_assignments(ids, folder) if ids else everything, {}
    for assignment in assignments:
        try:
            calibrations[assignment.id] = usable_calibration(assignment, folder)
        except InvalidAssignment as error:
            if ids:
                raise
            left_out[assignment.id] = str(error)
    left_out = {} if ids else left_out
    if not calibrations:
        reasons = "\n".join(left_out.values()) or f"{folder.assignments}: there are no assignments"
        raise InvalidAssignment(reasons)
    own = tuple(assignment for assignment in assignments if assignment.id in calibrations)
    others = tuple(assignment for assignment in everything if assignment.id not in calibrations)
    return Course(own, calibrations, bool(ids), others, folder.root, left_out).with_companions(folder.companions)


def files_beside(folder: CourseFolder) -> Mapping[str, Path]:
    """What a file of this course finds next to it, whether its assignments are calibrated or not."""
    everything = Course(load_readable(folder)[0], {}, True, root=folder.root)
    return everything.with_companions(folder.companions).files_beside


def usable_calibration(assignment: Assignment, folder: CourseFolder) -> Calibration:
    """Raises `InvalidAssignment` with what to do if there is none, or if the assignment has changed since."""
    path, remedy = assignment.folder / "calibration.json", f"run `{folder.command('calibrate', assignment.id)}`"
    if not path.is_file():
        raise InvalidAssignment(f"{path}: not calibrated yet; {remedy}")
    calibration = load_calibration(path)
    if calibration.digest != digest_of(assignment, calibration.thresholds):
        raise InvalidAssignment(f"{path}: the spec has changed since this calibration; {remedy}")
    if changed := changed_source(calibration, folder.references.parent):
        raise InvalidAssignment(f"{path}: {changed} has changed since this calibration; {remedy}")
    return calibration


def copy_course(ids: Sequence[str], source: CourseFolder, target: Path) -> dict[str, bool]:
    """Copy these exercises, or all: spec, task, starters and calibration, and references where there are any.

    Returns which were copied, and whether each has a reference. Raises `UsageError` if one is there already: nobody's
    changes are overwritten.
    """
    assignments = load_assignments(ids, source)
    for assignment in assignments:
        if (place := target / "assignments" / assignment.id).exists():
            raise UsageError(f"{place} exists already, and nothing was copied; remove it, or name another folder.")
    references = {assignment.id: source.reference(assignment.id) for assignment in assignments}
    files = {f"{REFERENCES}/{path.name}": path for path in references.values() if path.is_file()}
    files |= {f"assignments/{path.name}": path for path in source.assignments.glob("checks.py")}
    for assignment in assignments:
        files |= {
            f"assignments/{assignment.id}/{path.relative_to(assignment.folder)}": path
            for path in files_below(assignment.folder)
        }
    contents = {name: path.read_bytes() for name, path in files.items()}
    contents[SETTINGS] = f"title = {toml(source.title)}\n".encode()
    for name, content in contents.items():
        if not (target / name).exists():
            write(target / name, content)
    return {name: path.is_file() for name, path in references.items()}
