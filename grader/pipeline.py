"""Discover submissions, execute each in a sandbox that returns only data, grade that data, render the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.course import Course
from grader.domain import Execution, Report, Submission
from grader.execution import Supervisor, execute
from grader.grading import Graded, grade_execution, missing_models, of_one_student, surviving
from grader.isolation import resolve_isolation
from grader.overrides import Overrides, apply_overrides, load_overrides
from grader.pool import Station, side_by_side, station
from grader.provenance import ClassOptions, Options, provenance
from grader.publishing import RunFolder, document, page, run_key
from grader.submissions import discover, read_roster

Progress = Callable[[int, int, str], None]


def check_path(path: Path, course: Course, options: Options) -> tuple[Report, list[str]]:
    """What `check` does: grade the work of one student, in one file or several; a report, and a page for each file."""
    options = replace(options, isolation=resolve_isolation(options.isolation))
    submissions = discover(path)
    with station(course, options) as here:
        graded = of_one_student([grade_submission(one, course, options, here) for one in submissions])
    facts = provenance(course, options, "")
    source = path if path.is_dir() else path.parent
    report = Report(
        grades=tuple(document(grade, source) for one in graded for grade in one.grades),
        not_found=tuple((one.submission.id, name) for one in graded for name in one.not_found),
        provenance=facts,
    )
    return report, [page(one, course, facts) for one in graded]


def grade_submission(submission: Submission, course: Course, options: Options, here: Station) -> Graded:
    """Execute one submission, and grade what it left; in full, where a `fit` cut short may have cost it a model."""
    execution = run_submission(submission, course, here.supervisor, full_fit=options.full_fit)
    graded = grade_execution(submission, execution, course, here.trainer, options.seed)
    if missing_models(graded) and execution.was_cut and not execution.full_fit:
        execution = run_submission(submission, course, here.supervisor, full_fit=True)
        graded = grade_execution(submission, execution, course, here.trainer, options.seed)
    return graded


def run_submission(submission: Submission, course: Course, supervisor: Supervisor, *, full_fit: bool) -> Execution:
    """What running it left behind."""
    return execute(
        submission,
        supervisor,
        functions=course.functions,
        marks=course.marks,
        limits=course.limits,
        full_fit=full_fit,
    )


def grade_class(
    path: Path, out: Path, course: Course, options: Options, of_class: ClassOptions, progress: Progress
) -> Report:
    """What `grade` does: a whole class, written as it goes; what an earlier run has finished is not done again."""
    started = time.monotonic()
    options = replace(options, isolation=resolve_isolation(options.isolation, unattended=True))
    submissions = discover(path, layout=of_class.layout)
    chosen = {one.id for one in discover(path, layout=of_class.layout, only=of_class.only)}
    roster = read_roster(of_class.roster) if of_class.roster else ()
    overrides = load_overrides(out / "overrides.toml", {submission.id for submission in submissions})
    facts = provenance(course, options, of_class.command)
    folder = RunFolder(out, path, run_key(course, options), overrides)
    folder.tidy()

    todo = [one for one in submissions if one.id in chosen and (of_class.fresh or not folder.is_settled(one))]
    done = len(submissions) - len(todo)

    def work(submission: Submission, here: Station) -> Graded:
        return surviving(submission, options.isolation, lambda: grade_submission(submission, course, options, here))

    for graded in side_by_side(todo, work, course, options, of_class.jobs):
        folder.publish(_settled(graded, overrides), course, facts)
        done += 1
        progress(done, len(submissions), graded.submission.id)

    report = _report(folder, submissions, overrides, roster, facts | {"seconds": time.monotonic() - started})
    folder.close(report)
    return report


def _settled(graded: Graded, overrides: Overrides) -> Graded:
    return replace(graded, grades=tuple(apply_overrides(grade, overrides) for grade in graded.grades))


def _report(
    folder: RunFolder,
    submissions: Sequence[Submission],
    overrides: Overrides,
    roster: Sequence[str],
    facts: dict[str, Any],
) -> Report:
    """The class, from what is in the folder."""
    entries = [(submission, folder.finished(submission)) for submission in submissions]
    excused = {one.submission.casefold() for one in overrides.excused}
    present = {name.casefold() for submission in submissions for name in (submission.id, submission.who)}
    return Report(
        grades=tuple(grade for _, entry in entries if entry for grade in entry.grades if not overrides.excuses(grade)),
        not_found=tuple((s.id, name) for s, entry in entries if entry for name in entry.not_found),
        missing=tuple(name for name in roster if name.casefold() not in present | excused),
        provenance={
            **facts,
            "seconds": round(facts["seconds"], 1),
            "excused": [[one.submission, one.assignment] for one in overrides.excused],
        },
    )
