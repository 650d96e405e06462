"""Discover submissions, execute each in a sandbox that returns only data, grade that data, render the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.domain import Execution, Report, Submission
from grader.domain.words import counted
from grader.execution import Run, execute, once
from grader.execution.execute import job_of
from grader.execution.recordings import RECORDINGS, Recordings, environment_of, kept_checks
from grader.execution.supervisor import checked_interpreter
from grader.grading.grade import Graded, grade_execution, pooled, surviving
from grader.grading.overrides import Overrides, load_overrides
from grader.reporting import class_page
from grader.runs import regrade
from grader.runs.basis import basis_of
from grader.runs.folder import Documents, RunFolder, close, document, page, result_name, run_key
from grader.runs.options import ClassOptions, RunOptions, equal_ones_together, provenance
from grader.runs.progress import Progress
from grader.runs.workers import Worker, imported_early, lone_worker, side_by_side
from grader.sandbox import likely_isolation
from grader.sandbox.nursery import Nursery
from grader.submissions import Intake, Reader, chosen, enrolled, opened
from grader.training.memo import default_folder

SILENT = Progress()


@dataclass(frozen=True)
class Checked:
    """The work of one student: a report, and for each submission in it what it was made of and its page."""

    report: Report
    graded: tuple[Graded, ...]
    pages: tuple[str, ...]

    @property
    def page(self) -> str:
        """The page of the one submission; of several, that of a class."""
        return self.pages[0] if len(self.pages) == 1 else class_page(self.report)


def check_path(
    path: Path,
    course: Course,
    options: RunOptions,
    *,
    fresh: bool = False,
    early: Nursery | None = None,
    progress: Progress = SILENT,
) -> Checked:
    """What `check` does: grade the work of one student, in one file or several.

    A file that was checked before is graded from what its run left, unless `fresh` says to execute it again. Keras is
    imported for it, unless that was done `early`, for several.
    """
    options = replace(options, secret=(path.parent,))
    with opened(path, Reader(of_one=True)) as intake:
        kept = cache(partial(recordings_of_checks, course, options, fresh=fresh))  # once for each level
        likely = kept(likely_isolation(options.isolation))
        parts = [part for one in intake.submissions for part in one.parts]
        known = likely is not None and all(_is_kept(part, likely, course, options) for part in parts)
        with lone_worker(course, options, kept, early, lazy=known) as here:
            options = replace(options, isolation=here.supervisor.isolation)
            run = runner(course, here, progress.stage)
            graded = tuple(grade_submission(one, course, options, here, run) for one in intake.submissions)
        report = Report(
            grades=tuple(document(grade, intake.source) for one in graded for grade in one.grades),
            not_found=tuple((one.submission.id, name) for one in graded for name in one.not_found),
            provenance={**provenance(course, options), **intake.facts(), **_base(path)},
        )
        pages = tuple(page(one, course, report.provenance) for one in graded)  # they show code, which a zip takes along
    return Checked(report, graded, pages)


def _base(path: Path) -> dict[str, str]:
    """Where the paths of a report begin, from the current folder: CI shows messages next to files."""
    folder, here = path.resolve(), Path.cwd()
    return {"base": folder.relative_to(here).as_posix()} if folder.is_dir() and folder.is_relative_to(here) else {}


def grade_submission(
    submission: Submission, course: Course, options: RunOptions, here: Worker, run: Run | None = None
) -> Graded:
    """Execute one submission, each of its files by itself, and grade the results."""
    run = run or runner(course, here)
    graded = [
        grade_execution(part, run(part, options.full_fit), course, here.trainer, options.seed)
        for part in submission.parts
    ]
    return graded[0] if len(graded) == 1 else pooled(submission, graded)


def runner(course: Course, here: Worker, announce: Callable[[str], None] = SILENT.stage) -> Run:
    """Executes submissions of a course; among equal ones in a row, only the first."""

    def run(submission: Submission, full_fit: bool) -> Execution:
        return execute(
            submission,
            here.supervisor,
            functions=course.functions,
            marks=course.marks,
            limits=course.limits,
            full_fit=full_fit,
            announce=announce,
        )

    return once(run)


def grade_class(
    path: Path,
    out: Path,
    course: Course,
    options: RunOptions,
    of_class: ClassOptions,
    progress: Progress = SILENT,
    announce: Callable[[Intake], None] = lambda intake: None,
) -> Report:
    """What `grade` does: a whole class, written as it goes; finished results of an earlier run are kept."""
    progress.stage(f"looking for submissions in {path}")
    with opened(path, of_class.reader) as taken:
        intake = enrolled(taken, of_class.roster)
        announce(intake)
        started = time.monotonic()
        if of_class.dask:  # on a cluster, each machine determines its own level
            return _grade_intake(intake, out, course, options, of_class, started, progress)
        progress.stage("trying out the sandbox")
        with imported_early(options, unattended=True, lazy=(out / RECORDINGS).is_dir()) as (resolved, early):
            return _grade_intake(intake, out, course, resolved, of_class, started, progress, early)


def _grade_intake(
    intake: Intake,
    out: Path,
    course: Course,
    options: RunOptions,
    of_class: ClassOptions,
    started: float,
    progress: Progress = SILENT,
    early: Nursery | None = None,
) -> Report:
    """The same for submissions that are found, `started` then."""
    options = replace(options, secret=(intake.source, out))
    everybody = intake.submissions
    submissions = [one for one in everybody if of_class.shard is None or of_class.shard.holds(one)]
    overrides = load_overrides(out / "overrides.toml", {submission.id for submission in everybody}, course.marks)
    facts = {**provenance(course, options, of_class), **intake.facts(), "source": str(intake.source)}
    folder = RunFolder(out, intake.source, run_key(course, options), overrides, basis_of(course, options))
    asked = {one.id for one in chosen(everybody, of_class.only)}
    with folder.held():
        folder = regrade.holding(folder, submissions) if of_class.never_lower else folder
        todo = [one for one in submissions if one.id in asked and (of_class.fresh or not folder.is_settled(one))]
        regrade.begin(folder, submissions, todo)
        groups = equal_ones_together(todo)
        replay = _replay(folder, groups, course, options, of_class)
        waiting = {one.id for one in todo}
        review = sum(folder.review(one) for one in submissions if one.id not in waiting)
        if of_class.shard:
            progress.stage(f"part {of_class.shard}: {counted(len(submissions), 'submission')}")
        progress.begin(len(submissions), done := len(submissions) - len(todo), replay.known, review)
        if todo and of_class.dask:
            progress.stage(f"sending submissions to {of_class.dask}")
        elif not replay.is_all:
            progress.stage("starting TensorFlow")
        for finished in grade_into(folder, groups, course, options, of_class, facts, replay, early):
            done, review = done + len(finished), review + sum(map(folder.review, finished))
            progress.advance(done, finished[-1].id, review)

        absent = _absent(intake, overrides)
        facts |= {"seconds": time.monotonic() - started}
        report = _report(folder, submissions, overrides, absent, facts)
        if of_class.dask:  # each machine has determined its own level
            levels = sorted({str(grade["execution"]["isolation"]) for grade in report.grades})
            report = replace(report, provenance={**report.provenance, "isolation": ", ".join(levels)})
        report = regrade.end(folder, report)
        report = report if of_class.shard else regrade.flagged(report, overrides)
        close(out, report)
    return report


@dataclass(frozen=True)
class Replay:
    """What need not be executed: `known` submissions, and whether that is all of them."""

    kept: Recordings | None = None
    known: int = 0
    is_all: bool = False


NO_REPLAY = Replay()


def _replay(
    folder: RunFolder, groups: Sequence[list[Submission]], course: Course, options: RunOptions, of_class: ClassOptions
) -> Replay:
    """The recordings of earlier runs in this folder; on a cluster, none are there."""
    if of_class.dask:
        return Replay()
    environment = environment_of(options.isolation, checked_interpreter(options.python), course.files_beside)
    kept = Recordings(folder.path / RECORDINGS, environment, of_class.fresh)
    known = [group for group in groups if all(_is_kept(part, kept, course, options) for part in group[0].parts)]
    return Replay(kept, sum(map(len, known)), len(known) == len(groups))


def recordings_of_checks(course: Course, options: RunOptions, isolation: str, *, fresh: bool) -> Recordings | None:
    """What earlier checks of this user left, at this level; nothing if others can write there."""
    environment = environment_of(isolation, checked_interpreter(options.python), course.files_beside)
    return kept_checks(default_folder(), environment, fresh)


def _is_kept(submission: Submission, kept: Recordings, course: Course, options: RunOptions) -> bool:
    """Whether the first run of a submission need not be repeated; one that cannot run needs none."""
    limits, full = course.limits, options.full_fit
    job = job_of(course.functions, course.marks, full=full)
    seconds = limits.full_fit_seconds if full else limits.seconds
    return bool(submission.problem) or kept.holds(submission, kept.key(submission, job, limits, seconds))


def grade_into(
    folder: RunFolder,
    groups: Sequence[list[Submission]],
    course: Course,
    options: RunOptions,
    of_class: ClassOptions,
    facts: dict[str, Any],
    replay: Replay = NO_REPLAY,
    early: Nursery | None = None,
) -> Iterator[list[Submission]]:
    """Grade groups of equal submissions, here or on a cluster, each written when it is done."""
    if of_class.dask:
        from grader.runs.dask import grade_on_cluster

        yield from grade_on_cluster(of_class.dask, groups, course, options, folder)
        return

    def work(equal: list[Submission], here: Worker) -> list[Submission]:
        run = runner(course, here)
        for submission in equal:
            grade = partial(grade_submission, submission, course, options, here, run)
            folder.publish(surviving(submission, options.isolation, grade), course, facts)
        return equal

    yield from side_by_side(groups, work, course, options, of_class.jobs, replay.kept, early, lazy=replay.is_all)


def _absent(intake: Intake, overrides: Overrides) -> tuple[str, ...]:
    """Those on the roster without a submission who are not excused."""
    excused = {one.submission.casefold() for one in overrides.excused}
    return tuple(person.shown for person in intake.absent if not person.keys & excused)


def _report(
    folder: RunFolder,
    submissions: Sequence[Submission],
    overrides: Overrides,
    absent: tuple[str, ...],
    facts: dict[str, Any],
) -> Report:
    """The class, from what is in the folder."""
    excused = {result_name(one.submission, one.assignment) for one in overrides.excused}
    entries = [(submission, entry) for submission in submissions if (entry := folder.finished(submission))]
    return Report(
        grades=Documents(folder.path, [name for _, entry in entries for name in entry.results if name not in excused]),
        not_found=tuple((submission.id, name) for submission, entry in entries for name in entry.not_found),
        missing=absent,
        provenance={
            **facts,
            "seconds": round(facts["seconds"], 1),
            "submissions": [submission.id for submission, _ in entries],
            "excused": [[one.submission, one.assignment] for one in overrides.excused],
            "missing": list(absent),
        },
    )
