"""Tables that no platform has to know: a column for each check, and nbgrader's export."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import chain

from grader.domain import Student
from grader.gradebooks.platforms import Filled
from grader.gradebooks.totals import Document, Total
from grader.reporting.document import typed
from grader.reporting.formats.csv_export import safe_cell
from grader.reporting.wording import attempt

WHO = ("name", "id", "email", "submission", "group", "late", "submitted", "attempt")
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def grades_by_check(found: Sequence[Total], exercises: Sequence[str], *, provisional: bool = False) -> Filled:
    """A row for each student, a column for each check of each exercise, and for what is settled of each exercise."""
    checks = {name: _checks(found, name) for name in exercises}
    filled = Filled()
    columns = [f"{name}.{check}" for name in exercises for check in ("score", "max", "status", *checks[name])]
    rows = [[*WHO, *columns, "total", "max", "status"]]
    for total in found:
        each = [_of_exercise(total, name, checks[name], provisional=provisional) for name in exercises]
        end = [str(total.score), str(total.max_score), "settled"] if not total.blank else ["", "", total.blank]
        late, submitted, tried = _delivery(total)
        for student in total.students or (Student(total.who),):
            who = [student.shown, student.id, student.email, total.submission, total.group]
            rows.append([*who, late, submitted, tried, *chain(*each), *end])
            _note(filled, total, student.shown)
    return _written(filled, rows)


def _delivery(total: Total) -> tuple[str, str, str]:
    """Whether it was late, when it came, and which attempt it is."""
    if not total.grades:
        return "", "", ""
    submission = typed(total.grades[0]).submission
    return "late" if submission.late else "", submission.submitted, attempt(submission)


def _note(filled: Filled, total: Total, who: str) -> None:
    if total.blank:
        filled.blank.append((who, total.blank))
    else:
        filled.written.append(who)


def _written(filled: Filled, rows: Sequence[Sequence[str]]) -> Filled:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([*rows[:1], *(map(safe_cell, row) for row in rows[1:])])
    filled.text = out.getvalue()
    return filled


def _checks(found: Sequence[Total], name: str) -> list[str]:
    grades = [grade for total in found for grade in total.grades if grade["assignment"] == name]
    return list(dict.fromkeys(check["id"] for grade in grades for check in grade["checks"]))


def _of_exercise(total: Total, name: str, checks: Sequence[str], *, provisional: bool) -> list[str]:
    """Blank unless it is settled: not there, not graded and needs review are words in the status."""
    grade: Document | None = next((one for one in total.grades if one["assignment"] == name), None)
    if grade is None:
        return ["", "", "not_found" if total.grades else "not_submitted", *("" for _ in checks)]
    shown = grade["status"] == "graded" or (provisional and grade["status"] == "needs_review")
    scores = {check["id"]: str(check["score"]) for check in grade["checks"]} if shown else {}
    score = str(grade["score"]) if shown else ""
    return [score, str(grade["max_score"]), grade["status"], *(scores.get(check, "") for check in checks)]


def nbgrader_grades(found: Sequence[Total]) -> Filled:
    """The columns of `nbgrader export`; what is not settled has no score."""
    filled, rows = Filled(), [[*NBGRADER]]
    for total in found:
        said = total.grades[0]["submission"] if total.grades else {}
        for student in total.students or (Student(total.who, total.who),):
            first, _, last = student.name.rpartition(" ")
            score = "" if total.blank else str(total.score)
            top = str(total.max_score) if total.max_score else ""
            time = said.get("submitted", "")
            who = [student.id or student.name, last, first, student.email]
            rows.append([total.work, "", time, *who, score, "0.0" if score else "", score, top])
            _note(filled, total, student.shown)
    return _written(filled, rows)
