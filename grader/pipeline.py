"""Discover submissions, execute each in a sandbox that returns only data, grade that data, render the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from grader.assignments.course import Course
from grader.domain import ClassReport, Execution, Step, Submission
from grader.execution import Executor, execute, most_seconds, once
from grader.execution.execute import LEAST_SECONDS
from grader.execution.recordings import RECORDINGS, Recordings, kept_checks
from grader.execution.supervisor import checked_interpreter
from grader.filesystem import private_folder
from grader.grading.grade import Graded, grade_execution, pooled, stopped, with_what_follows
from grader.grading.overrides import load_overrides
from grader.runs import previous
from grader.runs.dask import arrived, grade_on_cluster, written
from grader.runs.folder import RunFolder, StoredDocuments, close
from grader.runs.grading_process import GradingProcess, Task
from grader.runs.journal import cells_name, ever_graded, page_name, result_name
from grader.runs.options import ClassOptions, RunOptions, basis_of, equal_ones_together, provenance
from grader.runs.workers import (
    NO_REPLAY,
    Processes,
    Replay,
    Worker,
    environment,
    replay_of,
    side_by_side,
)
from grader.sandbox import resolve_isolation
from grader.submissions import Intake, Reader, chosen, enrolled, opened
from grader.submissions.identity import write_ids
from grader.training.memo import default_folder


class Progress:
    """What grading says while it goes on, never two things at once. This one says nothing; a terminal's prints."""

    def stage(self, text: str) -> None:
        """What begins now and may take a moment."""

    def begin(self, total: int, done: int, kept: int) -> None:
        """Of `total` submissions `done` are finished; `kept` others need no run."""

    def advance(self, done: int, last: str, review: int) -> None:
        """So many are finished now; `last` was the last one."""


SILENT = Progress()


# Seconds after which no step is tried: of all such runs together, and of the process that grades, which is killed after
# a few times as many.
MOST_TRIED, MOST_GRADING = 15.0, 10.0


@dataclass(frozen=True)
class Checked:
    """The work of one student: a report, its page, and a notebook's cell."""

    report: ClassReport
    page: str
    cells: str = ""


def check_path(
    path: Path,
    course: Course,
    options: RunOptions,
    *,
    fresh: bool = False,
    processes: Processes | None = None,
    for_python: bool = False,
    progress: Progress = SILENT,
) -> Checked:
    """What `check` does: grade the work of one student, in one file or several.

    A file that was checked before is graded from what its run left, unless `fresh` says to execute it again. Who checks
    several has `processes` for all of them. `cells` are those of a result `for_python`.
    """
    options = replace(options, secret=(path.parent,), isolation=resolve_isolation(options.isolation))
    with opened(path, Reader(of_one=True)) as intake, private_folder("grader-check-") as place:
        (submission,) = intake.submissions
        kept = kept_checks(default_folder(), environment(course, options))
        kept = replace(kept, again={submission.id} if fresh else ()) if kept else None
        facts = {**provenance(course, options), **intake.facts(), **_base(path)}
        folder = RunFolder(place(), for_python=for_python)
        groups = [[submission]]
        replay = replay_of(kept, groups, course, options)
        for _ in grade_into(Task(course, options, folder, facts), groups, 1, replay, processes, progress.stage):
            pass
        report = _report(folder, intake, facts)
        report = replace(report, grades=tuple(report.grades))  # the folder goes
        cells = folder.text(cells_name(submission.id)) if for_python else ""
        return Checked(report, folder.text(page_name(submission.id)), cells)


def _base(path: Path) -> dict[str, str]:
    """Where the paths of a report begin, from the current folder: CI shows messages next to files."""
    folder, here = path.resolve(), Path.cwd()
    return {"base": folder.relative_to(here).as_posix()} if folder.is_dir() and folder.is_relative_to(here) else {}


def grade_submission(
    submission: Submission, course: Course, options: RunOptions, here: Worker, run: Executor | None = None
) -> Graded:
    """Execute one submission, each of its files by itself, and grade the results.

    All its files together take no longer than one that runs for as long as it may.
    """
    run = run or runner(course, options, here)
    graded, left, begun = list[Graded](), most_seconds(course.limits), time.process_time()
    for part in submission.parts:
        execution = run(part, max(left, LEAST_SECONDS))
        left -= execution.seconds
        graded.append(grade_execution(part, execution, course, here.trainer, options.seed))

    left = MOST_TRIED

    def again(part: Submission, done: Sequence[Step], goes_on: bool) -> Execution | None:
        nonlocal left
        if left < 0 or time.process_time() - begun > MOST_GRADING:
            return None
        execution = run(part, MOST_TRIED, done, goes_on)
        left -= execution.seconds
        return None if execution.undecided else execution

    # Last, so that it takes no time from what decides a grade.
    graded = [
        with_what_follows(part, partial(again, part.submission), course, here.trainer, options.seed)
        if all(grade.execution.seconds < MOST_TRIED for grade in part.grades)
        else part
        for part in graded
    ]
    return graded[0] if len(graded) == 1 else pooled(submission, graded)


def runner(
    course: Course, options: RunOptions, here: Worker, announce: Callable[[str], None] = SILENT.stage
) -> Executor:
    """Executes submissions of a course; among equal ones in a row, only the first."""

    def run(submission: Submission, within: float, done: Sequence[Step] = (), goes_on: bool = False) -> Execution:
        return execute(
            submission,
            here.supervisor,
            functions=course.functions,
            marks=course.marks,
            limits=course.limits,
            full_fit=options.full_fit,
            within=within,
            done=done,
            goes_on=goes_on,
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
) -> ClassReport:
    """What `grade` does: a whole class, written as it goes; finished results of an earlier run are kept."""
    progress.stage(f"looking for submissions in {path}")
    with opened(path, of_class.reader) as taken:
        intake = enrolled(taken, of_class.roster)
        course = replace(course, companions={**course.companions, **intake.companions})
        announce(intake)
        started = time.monotonic()
        if not of_class.dask:  # on a cluster, each machine determines its own level
            progress.stage("trying out the sandbox")
            options = replace(options, isolation=resolve_isolation(options.isolation, unattended=True))
        return _grade_intake(intake, out, course, options, of_class, started, progress)


def _grade_intake(
    intake: Intake,
    out: Path,
    course: Course,
    options: RunOptions,
    of_class: ClassOptions,
    started: float,
    progress: Progress,
) -> ClassReport:
    """The same for submissions that are found, `started` then."""
    options = replace(options, secret=(intake.source, out))
    submissions = intake.submissions
    ever = {*(submission.id for submission in submissions), *intake.ids.values(), *ever_graded(out)}
    overrides = load_overrides(out / "overrides.toml", ever, course.marks.values())
    facts = {**provenance(course, options, of_class), **intake.facts(), "source": str(intake.source)}
    python = checked_interpreter(options.python)
    folder = RunFolder(out, basis_of(course, options), overrides, python)
    asked = {submission.id for submission in chosen(submissions, of_class.only)}
    with folder.held():
        write_ids(out, intake.ids)
        plan = previous.plan(folder, [submission for submission in submissions if submission.id in asked], of_class)
        previous.begin(folder, submissions, plan.todo)
        groups = equal_ones_together(plan.todo)
        kept = Recordings(out / RECORDINGS, environment(course, options), again=plan.again, decided=plan.decided)
        replay = NO_REPLAY if of_class.dask else replay_of(kept, groups, course, options)
        done, review = len(asked) - len(plan.todo), plan.review
        progress.begin(len(asked), done, replay.known)
        if plan.todo and of_class.dask:
            progress.stage(f"sending submissions to {of_class.dask}")
        elif not replay.is_all:
            progress.stage("starting TensorFlow")
        task = Task(course, options, folder, facts)
        finishing = (
            grade_on_cluster(of_class.dask, groups, task, grade_part)
            if of_class.dask
            else grade_into(task, groups, of_class.jobs, replay)
        )
        for finished in finishing:
            done += len(finished)
            review += sum(entry.review for submission in finished if (entry := folder.entry(submission)))
            progress.advance(done, finished[-1].id, review)
        report = _report(folder, intake, {**facts, "seconds": round(time.monotonic() - started, 1)})
        if of_class.dask:  # each machine has determined its own level
            levels = sorted({str(grade["execution"]["isolation"]) for grade in report.grades})
            report = replace(report, provenance={**report.provenance, "isolation": ", ".join(levels)})
        report = previous.flagged(previous.end(folder, report), overrides)
        close(out, report)
    return report


def grade_into(
    task: Task,
    groups: Sequence[list[Submission]],
    jobs: int = 1,
    replay: Replay = NO_REPLAY,
    processes: Processes | None = None,
    announce: Callable[[str], None] = SILENT.stage,
) -> Iterator[list[Submission]]:
    """Grade groups of equal submissions, each written when it is done; what takes long about one is announced."""
    course, folder, again = task.course, task.folder, replay.kept.again if replay.kept else ()

    def work(equal: list[Submission], here: Worker) -> list[Submission]:
        """Equal ones one after another in one process, which remembers their run; what stops one stops all."""
        grading, why = gradings[here.slot], ""
        for submission in equal:
            earlier = None if submission.id in again else folder.entry(submission)
            why = why or (earlier.why_stopped(submission.sha256) if earlier else "")
            why = why or grading.grade(submission, task, here, announce)
            if why:
                folder.publish(stopped(submission, course, task.options.isolation, why), course, task.facts, {})
        return equal

    with nullcontext(processes) if processes else Processes() as running:
        slots = range(min(jobs, len(groups)))
        gradings = [running.kept((GradingProcess, slot), GradingProcess) for slot in slots]
        yield from side_by_side(groups, work, course, task.options, jobs, running, replay)


def grade_part(packed: bytes) -> dict[str, bytes]:
    """On a worker of a cluster: grade a part of a class, with a sandbox and a trainer of its own. What came of it."""
    with private_folder("grader-part-") as place:
        task, submissions = arrived(packed, place())
        for _ in grade_into(task, equal_ones_together(submissions)):
            pass
        return written(task.folder)


def _report(folder: RunFolder, intake: Intake, facts: Mapping[str, Any]) -> ClassReport:
    """The class, from what is in the folder. Whoever was not asked for stays as an earlier run left him."""
    submissions, excuses = intake.submissions, folder.overrides.excuses(intake.submissions)
    excused = {result_name(who, assignment) for who, assignment in excuses}
    free = {entry.submission.casefold() for entry in folder.overrides.excused}
    absent = tuple(person.shown for person in intake.absent if not person.keys & free)
    entries = [(submission, entry) for submission in submissions if (entry := folder.kept(submission))]
    graded = {submission.id for submission, _ in entries}
    later = [
        {
            "id": submission.id,
            "who": submission.who,
            "students": [asdict(student) for student in submission.origin.students],
        }
        for submission in submissions
        if submission.id not in graded
    ]
    return ClassReport(
        grades=StoredDocuments(
            folder.path, [name for _, entry in entries for name in entry.results if name not in excused]
        ),
        not_found=tuple((submission.id, name) for submission, entry in entries for name in entry.not_found),
        missing=absent,
        provenance={
            **facts,
            "submissions": [submission.id for submission, _ in entries],
            "excused": [list(excuse) for excuse in excuses],
            "missing": list(absent),
            **({"not_graded_yet": later} if later else {}),
        },
    )
