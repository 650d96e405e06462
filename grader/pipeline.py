"""The story: discover submissions, execute each in a sandbox that returns only data, grade that data, render the report."""

from __future__ import annotations

import importlib.metadata
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.course import Course
from grader.domain import Execution, Outcome, Report, Submission
from grader.errors import GraderFault
from grader.execution import execute, resolve_isolation
from grader.grading import Graded, grade_execution, missing_models
from grader.overrides import Overrides, apply, load_overrides
from grader.publishing import RunFolder, run_key
from grader.submissions import discover, read_roster
from grader.training.memo import Memo, default_folder
from grader.training.trainer import Trainer


@dataclass(frozen=True)
class Options:
    """How to grade, whoever asks: the same for a notebook, a terminal, a class and CI."""

    isolation: str = "auto"
    python: Path | None = None
    full_fit: bool = False
    seed: int = 1


@dataclass(frozen=True)
class ClassOptions:
    """What only a class has."""

    layout: str = "auto"
    only: tuple[str, ...] = ()
    roster: Path | None = None
    jobs: int = 2
    fresh: bool = False
    command: str = ""


type_of_progress = Callable[[int, int, str], None]


def grade_path(path: Path, course: Course, options: Options) -> list[Graded]:
    """Discover, execute, grade: what `check` does with one file or repository."""
    with Trainer(Memo(default_folder())) as trainer:
        return [grade_submission(submission, course, options, trainer) for submission in discover(path)]


def grade_submission(submission: Submission, course: Course, options: Options, trainer: Trainer) -> Graded:
    """Execute one submission, and grade what it left; in full, where a `fit` cut short may have cost it a model."""
    execution = run_submission(submission, course, options)
    graded = grade_execution(submission, execution, course, trainer, options.seed)
    if missing_models(graded) and execution.was_cut and not execution.full_fit:
        execution = run_submission(submission, course, replace(options, full_fit=True))
        graded = grade_execution(submission, execution, course, trainer, options.seed)
    return graded


def run_submission(submission: Submission, course: Course, options: Options) -> Execution:
    """What running it left behind; a file that cannot be run is an outcome too."""
    if submission.problem:
        return Execution(Outcome.UNREADABLE, 0.0, options.isolation, submission.problem)
    return execute(
        submission,
        functions=course.functions,
        marks=tuple(assignment.id for assignment in course.assignments),
        limits=course.limits,
        python=options.python,
        isolation=options.isolation,
        full_fit=options.full_fit,
    )


def grade_class(
    path: Path, out: Path, course: Course, options: Options, of_class: ClassOptions, progress: type_of_progress
) -> Report:
    """Discover, execute, grade, render: a whole class, written as it goes; what is done already is not done again."""
    started = time.monotonic()
    options = replace(options, isolation=resolve_isolation(options.isolation))
    submissions = discover(path, layout=of_class.layout, only=of_class.only)
    overrides = load_overrides(out / "overrides.toml")
    provenance = _provenance(course, options, of_class)
    folder = RunFolder(out, run_key(course, _result_depends_on(options, overrides)))
    documents: dict[str, list[dict[str, Any]]] = {}
    absent: dict[str, list[str]] = {}

    def finish(submission: Submission, graded: Graded | None) -> None:
        done = folder.finished(submission) if graded is None else folder.publish(graded, course, provenance)
        documents[submission.id] = done or []
        absent[submission.id] = folder.not_found(submission)
        progress(len(documents), len(submissions), submission.id)

    todo = [s for s in submissions if of_class.fresh or folder.finished(s) is None]
    for submission in submissions:
        if submission not in todo:
            finish(submission, None)
    for graded in _grade_all(todo, course, options, of_class.jobs):
        finish(graded.submission, _with_overrides(graded, overrides))
    report = Report(
        grades=tuple(document for submission in submissions for document in documents[submission.id]),
        not_found=tuple((s.id, assignment) for s in submissions for assignment in absent[s.id]),
        missing=_missing(of_class.roster, submissions),
        provenance={
            **provenance,
            "seconds": round(time.monotonic() - started, 1),
            "excused": [[e.submission, e.assignment] for e in overrides.excused],
        },
    )
    folder.close(report)
    return report


def _grade_all(todo: Sequence[Submission], course: Course, options: Options, jobs: int) -> Any:
    """Grade submissions side by side, each worker with a trainer of its own; as they come."""
    own = threading.local()
    with ExitStack() as stack, ThreadPoolExecutor(jobs, thread_name_prefix="grade") as pool:
        memo = Memo(default_folder())

        def one(submission: Submission) -> Graded:
            if not hasattr(own, "trainer"):
                own.trainer = stack.enter_context(Trainer(memo))
            return _surviving(submission, course, options, own.trainer)

        futures = [pool.submit(one, submission) for submission in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _surviving(submission: Submission, course: Course, options: Options, trainer: Trainer) -> Graded:
    """One submission must not cost the others: a fault of ours is retried, then reported with this one."""
    for attempt in (1, 2):
        try:
            return grade_submission(submission, course, options, trainer)
        except GraderFault as fault:
            problem = str(fault)
        except Exception as error:  # noqa: BLE001  (whatever it is, the rest of the class goes on)
            problem = f"{type(error).__name__}: {error}"
        if attempt == 2:
            break
    message = f"the grader failed on this submission, which is not the student's fault: {problem}"
    execution = Execution(Outcome.UNREADABLE, 0.0, options.isolation, message)
    return grade_execution(submission, execution, course, trainer)


def _with_overrides(graded: Graded, overrides: Overrides) -> Graded:
    grades = (
        apply(grade, overrides.of(graded.submission.id, grade.assignment.id if grade.assignment else None))
        for grade in graded.grades
    )
    return replace(graded, grades=tuple(grades))


def _missing(roster: Path | None, submissions: Sequence[Submission]) -> tuple[str, ...]:
    present = {name.casefold() for submission in submissions for name in (submission.id, submission.who)}
    return tuple(name for name in (read_roster(roster) if roster else ()) if name.casefold() not in present)


def _result_depends_on(options: Options, overrides: Overrides) -> dict[str, Any]:
    return {
        "isolation": options.isolation, "python": str(options.python), "full_fit": options.full_fit, "seed": options.seed,
        "overrides": overrides, "versions": versions(),
    }  # fmt: skip


def _provenance(course: Course, options: Options, of_class: ClassOptions) -> dict[str, Any]:
    return {
        "schema": "grader.run/1",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "isolation": options.isolation,
        "seed": options.seed,
        "assignments": [assignment.id for assignment in course.assignments],
        "command": of_class.command,
    }


def versions() -> dict[str, str]:
    """Versions of all that a grade depends on, from package metadata."""
    found = {}
    for name in ("keras-grader", "keras", "tensorflow", "numpy"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
