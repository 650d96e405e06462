"""`grader lint`: what an author may have got wrong although the spec is valid, found before anything is trained.

`lint` reads specs, pages and data only; `examine` also runs the reference and the starters. An *error* costs students
points or cannot be graded; a *warning* is worth a look.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, is_zipfile

from grader.assignments.course import Course, files_beside, usable_calibration
from grader.assignments.folder import CourseFolder
from grader.assignments.spec import load_assignments, load_readable
from grader.authoring.references import author_code, reference_cases
from grader.domain import Assignment, Grade, ModelGraph, Status
from grader.domain.words import counted, did_you_mean, listed
from grader.errors import GraderError, InvalidAssignment
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from grader.training.calibration.calibrate import calibrate
from grader.training.calibration.thresholds import given_thresholds
from grader.training.host import local_trainer

Cases = Sequence[tuple[str, ModelGraph]]
STARTERS = ("starter.py", "starter.ipynb")
_ROW = re.compile(r"^\|\s*`?(?P<id>\w+)`?\s*\|\s*(?P<points>\d+)\s*\|", re.MULTILINE)
_TO_WRITE = re.compile(r"^[\s>*#-]*TODO:")
_EPOCHS = re.compile(r"\b(\d[\d,]{0,12})\s{1,9}epochs?\b|\bepochs\s{0,9}=\s{0,9}(\d{1,9})")


@dataclass(frozen=True)
class LintFinding:
    """One thing in a file of an assignment: where it is, what is wrong with it, and what to do."""

    file: Path
    key: str
    what: str
    what_to_do: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else str(self.file)
        return f"{self.severity}: {where}: {self.what} {self.what_to_do}"


# What can be seen without running anything


def lint(
    assignment: Assignment, others: Sequence[Assignment] = (), reference: ModelGraph | None = None
) -> list[LintFinding]:
    """All that is odd about an assignment of a course; `reference` is its network, if that is known."""
    others = [other for other in others if other.id != assignment.id]
    spec = assignment.folder / "assignment.toml"
    findings = [*_points(assignment, others, spec), *_names(assignment, others, spec), *_data(assignment, spec)]
    findings += _freedoms(assignment, reference, spec) if reference else []
    return [*findings, *page_findings(assignment)]


def _points(assignment: Assignment, others: Sequence[Assignment], file: Path) -> Iterator[LintFinding]:
    total = assignment.max_score
    usual, times = Counter(other.max_score for other in others).most_common(1)[0] if others else (total, 0)
    if total == 0:
        yield LintFinding(file, "checks", "No check is worth any points.", "Give points to what the exercise is about.")
    elif total != usual and times > 1:
        problem = f"The points sum to {total}; {counted(times, 'other assignment')} of the course sum to {usual}."
        yield LintFinding(file, "checks", problem, "Change the points, or leave them if this is intended.", "warning")


def _names(assignment: Assignment, others: Sequence[Assignment], file: Path) -> Iterator[LintFinding]:
    """Names decide which model is which exercise's: one name for two exercises decides nothing."""
    for number, name in enumerate(assignment.names, start=1):
        for other in others:
            if name in other.called:
                problem = f"`{name}` names `{other.id}` too, so it cannot say which exercise a model is for."
                yield LintFinding(file, f"names[{number}]", problem, "Remove it from one of the two.")


def _data(assignment: Assignment, file: Path) -> Iterator[LintFinding]:
    """Names that the data do not have."""
    data = assignment.data
    if data.file is None:
        return
    try:
        shapes = array_shapes(data.file)
    except ValueError as error:
        yield LintFinding(data.file, "", f"This is not an .npz file of arrays ({error}).", "Write it with `np.savez`.")
        return
    arrays = sorted(array for array in shapes if not array.endswith("_val"))
    todo = f"It has {listed([f'`{array}`' for array in arrays])}; each needs one with `_val` after its name."
    for part, names in (("inputs", data.inputs), ("targets", data.targets)):
        for number, name in enumerate(names, start=1):
            missing = [array for array in (name, f"{name}_val") if array not in shapes]
            if missing:
                near = did_you_mean(name, arrays) if name in missing else ""
                problem = f"{data.file.name} has no array `{missing[0]}`{near or '.'}"
                yield LintFinding(file, f"data.{part}[{number}]", problem, todo)


def array_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The arrays of an .npz file, in its order. Raises `ValueError` for what is not such a file."""
    import numpy as np

    if not is_zipfile(file):
        raise ValueError("it is not a zip" if file.is_file() else "there is no such file")
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name].shape for name in archive.files}
    except (OSError, EOFError, BadZipFile) as error:
        raise ValueError(str(error)) from None


def _freedoms(assignment: Assignment, reference: ModelGraph, file: Path) -> Iterator[LintFinding]:
    """A freedom of a layer that the reference lacks makes every student's network a different one."""
    names = [layer.name for layer in reference.layers]
    for number, check in enumerate(assignment.checks, start=1):
        for name in check.options.get("free", {}) if check.kind == "graph" else ():
            if name not in names:
                problem = f"The reference has no layer `{name}`{did_you_mean(name, names)}"
                problem += "" if problem.endswith("?") else f"; it has {listed([f'`{layer}`' for layer in names])}."
                todo = f'Give the layer `name="{name}"` in the reference solution, or write its name here.'
                yield LintFinding(file, f"checks[{number}].free.{name}", problem, todo)


def page_findings(assignment: Assignment) -> Iterator[LintFinding]:
    """All of a README that would mislead students; none if there is no README."""
    path = assignment.folder / "README.md"
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if _TO_WRITE.match(line):
            problem = f"This is still to be written: {line.strip()[:80]}"
            yield LintFinding(path, f"line {number}", problem, "Replace the line, or remove it.")
    # A task may mention other numbers, such as those after which something is to be seen, but also the right one.
    numbers = dict.fromkeys((match[1] or match[2]).replace(",", "") for match in _EPOCHS.finditer(text))
    epochs = assignment.recipe.epochs
    if numbers and str(epochs) not in numbers:
        problem = f"The page asks for {listed([*numbers])} epochs; `training.epochs` is {epochs}."
        yield LintFinding(path, "", problem, f"Write {epochs}, or change the spec.")
    yield from _points_told(assignment, text, path)


def _points_told(assignment: Assignment, text: str, path: Path) -> Iterator[LintFinding]:
    """The table of checks, against the rubric."""
    rows = {row["id"]: int(row["points"]) for row in _ROW.finditer(text)}
    rubric = {check.id: check.points for check in assignment.checks}
    if not set(rows) & set(rubric):
        return  # a README without such a table says nothing wrong
    for name in dict.fromkeys([*rows, *rubric]):
        row_points, points = rows.get(name), rubric.get(name)
        if row_points != points:
            texts = (
                f"gives {counted(number, 'point')}" if number is not None else "has no such check"
                for number in (row_points, points)
            )
            near = did_you_mean(name, rubric) if points is None else ""
            problem = "The table {}, the rubric {}{}".format(*texts, near or ".")
            yield LintFinding(path, name, problem, "Correct the table.", "error" if row_points or points else "warning")


# What shows when the reference and the starters run: seconds that save hours


def examine(ids: Sequence[str], folder: CourseFolder) -> list[LintFinding]:
    """All that is odd about these assignments, or about all of a course."""
    everything, broken = load_readable(folder)
    if readable := [name for name in ids if name not in broken]:
        load_assignments(readable, folder)  # raises for a name that no assignment has
    assignments = [assignment for assignment in everything if not ids or assignment.id in ids]
    findings = [_invalid(why) for name, why in broken.items() if not ids or name in ids]
    if not assignments:
        return findings
    with local_trainer() as trainer, author_code(files_beside(folder)) as supervisor:
        worker = Worker(supervisor, trainer)
        return [
            *findings,
            *(finding for assignment in assignments for finding in _examined(assignment, everything, folder, worker)),
        ]


def _invalid(why: str) -> LintFinding:
    file, _, problem = why.partition(": ")
    todo = "Correct it first: until then, nothing else is examined here, and the assignment is not graded."
    return LintFinding(Path(file), "", problem if problem.endswith("?") else f"{problem}.", todo)


def _examined(
    assignment: Assignment, others: Sequence[Assignment], folder: CourseFolder, worker: Worker
) -> Iterator[LintFinding]:
    path = folder.reference(assignment.id)
    try:
        cases = reference_cases(assignment, folder, worker.supervisor)
        for check in assignment.checks:
            if check.kind == "learns":
                given_thresholds(assignment, check)
    except GraderError as error:
        yield from lint(assignment, others)
        if str(error).startswith(f"{assignment.folder}{os.sep}assignment.toml"):
            yield _invalid(str(error))
        else:
            yield LintFinding(path, "", f"{str(error).removeprefix(f'{path}: ')}.", "Fix the reference solution.")
        return
    yield from (findings := lint(assignment, others, cases[0][1]))
    has_data = not any(finding.key.startswith("data") or finding.file == assignment.data.file for finding in findings)
    if has_data and (why := worker.trainer.unsuitable(cases[0][1], assignment.data, assignment.recipe)):
        yield LintFinding(
            path, "", f"The reference does not fit the data: {why}.", "Change `[data]`, or the reference."
        )
    for message in lost_points(_grade_untrained(assignment, cases, path, worker)):
        yield LintFinding(path, "", f"The reference loses points on {message}", "Fix the rubric, or the reference.")
    try:
        usable_calibration(assignment, folder)
    except InvalidAssignment as error:
        yield replace(_invalid(str(error)), what_to_do="Until then, it is not graded.", severity="warning")
    for name in STARTERS:
        starter = assignment.folder / name
        if starter.is_file():
            yield from starter_findings(starter, _grade_untrained(assignment, cases, starter, worker))
        else:
            yield LintFinding(starter, "", "There is no such file.", "Write one for students to start from.", "warning")


def starter_findings(starter: Path, grade: Grade) -> Iterator[LintFinding]:
    """What is wrong with a file that students start from; it must also run, so that they see their own errors only."""
    if grade.score:
        problem = f"The unchanged starter gets {counted(grade.score, 'point')}."
        yield LintFinding(starter, "", problem, "Leave more for students to do.")
    for failure in grade.execution.failures[:1]:
        problem = f"The unchanged starter raises an error: {failure.type}: {failure.message[:200]}"
        todo = "Let it run to the end, for example with `model = None` where students write."
        place = replace(failure.location, file="" if failure.location.file == starter.name else failure.location.file)
        yield LintFinding(starter, str(place), problem.rstrip(".") + ".", todo, "warning")


def _grade_untrained(assignment: Assignment, cases: Cases, path: Path, worker: Worker) -> Grade:
    """The grade of an author's file by the rubric without `learns`, for which nothing has to be calibrated."""
    learns = {check.id for check in assignment.checks if check.kind == "learns"}
    rest = tuple(check for check in assignment.checks if check.id not in learns and not learns & set(check.requires))
    bare = replace(assignment, checks=rest)
    course = Course((bare,), {bare.id: calibrate(bare, cases, worker.trainer, lambda _: None)}, asked=True)
    (submission,) = discover(path)
    return grade_submission(submission, course, RunOptions(), worker).grades[0]


def lost_points(grade: Grade) -> list[str]:
    """What an author reads about each check that is not passed; of one that raised, the error."""
    missed = [result for result in grade.results if result.status is not Status.PASSED]
    return [f"`{result.check.id}`: {result.review or result.message}" for result in missed]


def refuse_own_rubric(assignment: Assignment, cases: Cases, reference: Path, here: Worker) -> None:
    """Raise `InvalidAssignment` if the reference loses points on a check other than `learns`."""
    if lost := lost_points(_grade_untrained(assignment, cases, reference, here)):
        raise InvalidAssignment(
            f"{reference}: the reference loses points under its own rubric, so nothing was trained.\n" + "\n".join(lost)
        )
