"""`grades.csv`: long format, and no formula in it.

A score is blank unless the grade is settled: not submitted, excused, not graded, needs review and not found
are words in the status column, never zeros.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from grader.domain import ClassReport
from grader.reporting.class_view import ClassView
from grader.reporting.document import GradeDocument, SubmissionPart
from grader.reporting.safe_text import one_line
from grader.reporting.wording import attempt, overridden

COLUMNS = (
    "submission", "who", "assignment", "score", "max_score", "status", "reasons",
    "student_id", "email", "group", "late", "submitted", "attempt",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def grades_csv(report: ClassReport | ClassView) -> str:
    """Long format, a row for each submission and assignment, and for each that is missing."""
    view = ClassView.of(report)
    return table(COLUMNS, [*map(_graded, view.grades), *_absent(view)])


def table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A CSV in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(safe_cell, row) for row in rows)
    return out.getvalue()


def safe_cell(text: object) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what could start one."""
    raw = str(text)
    cell = one_line(raw, 1000)
    return f"'{cell}" if raw.startswith(_FORMULA_STARTS) or cell.startswith(_FORMULA_STARTS) else cell


def _graded(grade: GradeDocument) -> list[object]:
    """A grade, with what an LMS or a roster says; several students of a group are separated by semicolons."""
    submission, name = grade.submission, grade.assignment
    points = [grade.score if grade.status == "graded" else "", grade.max_score if name else ""]
    reasons = "; ".join([*grade.reasons, *overridden(grade)])
    ids = "; ".join(student.id for student in submission.students if student.id)
    emails = "; ".join(student.email for student in submission.students if student.email)
    about = [ids, emails, submission.group, *delivery(submission)]
    return [submission.id, submission.who, name or "", *points, grade.status, reasons, *about]


def delivery(submission: SubmissionPart) -> tuple[str, str, str]:
    """Whether it was late, when it came, and which attempt it is."""
    return "late" if submission.late else "", submission.submitted, attempt(submission)


def _absent(view: ClassView) -> Iterator[list[str]]:
    """Rows without a grade: not found, not submitted, not graded yet, excused."""
    there = [*(grade.submission for grade in view.grades), *view.later]
    who = {submission.id: submission.who for submission in there}
    known_ids = {*who, *view.report.provenance.get("submissions", ())}  # of whom every grade may be excused
    tops = {grade.assignment: str(grade.max_score) for grade in view.grades}
    absent = {(identity, who.get(identity, ""), name): "not_found" for identity, name in view.report.not_found}
    people = [(("", person), "not_submitted") for person in view.report.missing]
    people += [((submission.id, submission.who), "not_graded_yet") for submission in view.later]
    absent |= {(*key, name): status for key, status in people for name in view.assignments}
    for person, name in sorted(view.excused):
        absent[person if person in known_ids else "", who.get(person, person), name] = "excused"
    for (identity, person, name), status in absent.items():
        cells = [identity, person, name, "", tops.get(name, ""), status]
        yield [*cells, *[""] * (len(COLUMNS) - len(cells))]
