"""Honest submissions, graded in the same sandbox: whoever wants nothing but a grade must get it."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.authoring.validate import reference_graph
from grader.domain import Grade, GradeStatus, Outcome
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Worker
from grader.submissions import discover
from tests.alone import worker
from tests.spellings.variants import variants
from tests.spellings.writer import write

SUBMISSIONS = Path(__file__).resolve().parents[1] / "submissions"
VARIANTS_EACH = 3


@dataclass(frozen=True)
class Honest:
    """One honest submission: what it was to get, and why it did not, if so."""

    submission: str
    expected: str
    refused: str


@dataclass(frozen=True)
class Asked:
    """A file or folder, and the score that each exercise in it must get; no exercise only has to run."""

    path: Path
    scores: dict[str, int]
    named: bool = True  # whether the exercise is asked for by name


def refusals(level: str) -> Iterator[Honest]:
    """All of them, in turn, each in one sandbox after the other."""
    options = RunOptions(isolation=level)
    course = load_course()
    with worker(course, options) as here:
        for asked in asked_for():
            yield graded(asked, options, here)


def asked_for() -> Iterator[Asked]:
    for path in sorted((SUBMISSIONS / "good").glob("*/*.*")):
        yield Asked(path, {path.parent.name: 10})
    yield Asked(SUBMISSIONS / "teaching" / "idioms.py", {}, named=False)
    yield from of_the_class()
    folder = Path(tempfile.mkdtemp(prefix="variants-"))
    for assignment in (course := load_course()).assignments:
        graph = reference_graph(assignment, course, tutorial())
        found = variants(assignment, graph)
        for number, variant in enumerate(found[:: len(found) // VARIANTS_EACH][:VARIANTS_EACH]):
            path = folder / f"{assignment.id}-{number}.py"
            path.write_text(write(variant.program), "utf-8")
            yield Asked(path, {assignment.id: 10})


def of_the_class() -> Iterator[Asked]:
    """Whoever has at least one right answer in the sample class."""
    expected = tomllib.loads((SUBMISSIONS / "class" / "expected.toml").read_text("utf-8"))["expected"]
    scores: dict[str, dict[str, int]] = {}
    for entry in expected:
        if "assignment" in entry:
            scores.setdefault(entry["submission"], {})[entry["assignment"]] = entry["score"]
    for name, wanted in scores.items():
        if 10 in wanted.values():
            (path,) = (one for one in (SUBMISSIONS / "class").iterdir() if one.stem == name)
            yield Asked(path, wanted, named=False)


def graded(asked: Asked, options: RunOptions, here: Worker) -> Honest:
    course = load_course(tuple(asked.scores) if asked.named else ())
    (submission,) = discover(asked.path)
    grades = grade_submission(submission, course, options, here).grades
    found = {grade.assignment.id: score(grade) for grade in grades if grade.assignment}
    execution = grades[0].execution
    why = ""
    if not asked.scores and execution.outcome is not Outcome.OK:
        why = f"{execution.outcome}: {execution.message}"
    elif asked.scores and found != asked.scores:
        why = f"{found}; {execution.outcome}: {execution.message}"
    expected = ", ".join(f"{name} {points}" for name, points in asked.scores.items())
    return Honest(str(asked.path.name), expected or "runs", why)


def score(grade: Grade) -> int | None:
    settled = grade.status is not GradeStatus.NOT_GRADED
    return sum(result.score for result in grade.results) if settled else None
