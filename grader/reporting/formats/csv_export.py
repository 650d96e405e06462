"""`grades.csv`: long format, and no formula in it.

A score is blank unless the grade is settled: not submitted, excused, not graded, needs review and not found
are words in the status column, never zeros.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from grader.domain import Report
from grader.reporting.class_view import assignments, briefly, excused
from grader.reporting.display import one_line
from grader.reporting.document import GradeDocument, SubmissionPart, grades_of
from grader.reporting.wording import attempt, overridden

COLUMNS = (
    "submission", "who", "assignment", "score", "max_score", "status", "reasons",
    "student_id", "email", "group", "late", "submitted", "attempt",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def grades_csv(report: Report, *, include_review: bool = False) -> str:
    """Long format, a row for each submission and assignment, and for each that is missing.

    `include_review` also gives the score so far of grades that need review.
    """
    report, out = briefly(report), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    free = excused(report)
    for grade in grades_of(report):
        submission, name = grade.submission, grade.assignment
        is_free = (submission.id, name) in free
        writer.writerow(_row(grade, include_review=include_review, is_excused=is_free))
    writer.writerows(_absent(report))
    return out.getvalue()


def safe_cell(text: object) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what could start one."""
    raw = str(text)
    cell = one_line(raw, 1000)
    return f"'{cell}" if raw.startswith(_FORMULA_STARTS) or cell.startswith(_FORMULA_STARTS) else cell


def _row(grade: GradeDocument, *, include_review: bool, is_excused: bool) -> list[str]:
    status = "excused" if is_excused else str(grade.status)
    shown = status == "graded" or (include_review and status == "needs_review")
    submission = grade.submission
    return [
        safe_cell(submission.id),
        safe_cell(submission.who),
        safe_cell(grade.assignment or ""),
        str(grade.score) if shown else "",
        str(grade.max_score) if grade.assignment else "",
        status,
        safe_cell("; ".join([*grade.reasons, *overridden(grade)])),
        *_origin(submission),
    ]


def _origin(submission: SubmissionPart) -> list[str]:
    """What an LMS or a roster says; several students of a group are separated by semicolons."""
    ids = "; ".join(one.id for one in submission.students if one.id)
    emails = "; ".join(one.email for one in submission.students if one.email)
    late = "late" if submission.late else ""
    said = (ids, emails, submission.group, late, submission.submitted, attempt(submission))
    return [safe_cell(cell) for cell in said]


def _absent(report: Report) -> Iterator[list[str]]:
    """Rows without a grade: not found, not submitted, not graded yet, excused."""
    who = {grade.submission.id: grade.submission.who for grade in grades_of(report)}
    tops = {grade.assignment: str(grade.max_score) for grade in grades_of(report)}
    graded = {(grade.submission.id, grade.assignment) for grade in grades_of(report)}
    absent = {(identity, who.get(identity, ""), name): "not_found" for identity, name in report.not_found}
    absent |= {("", person, name): "not_submitted" for person in report.missing for name in assignments(report)}
    later = [(one["id"], one["who"]) for one in report.provenance.get("not_graded_yet") or ()]
    absent |= {(identity, person, name): "not_graded_yet" for identity, person in later for name in assignments(report)}
    for person, name in sorted(excused(report)):
        identity = person if person in who else ""
        if (identity, name) not in graded:
            absent[identity, who.get(identity, person), name] = "excused"
    for (identity, person, name), status in absent.items():
        cells = [*map(safe_cell, (identity, person, name)), "", tops.get(name, ""), status]
        yield [*cells, *[""] * (len(COLUMNS) - len(cells))]
