"""One score for each submission, if it is settled, otherwise the reason why there is none; and tables of these.

The tables are those that no platform has to know: a column for each check, and nbgrader's export.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain

from grader.domain import ClassReport, Student
from grader.domain.words import suggestion
from grader.errors import UsageError
from grader.reporting.class_view import ClassView
from grader.reporting.document import GradeDocument, StudentPart, SubmissionPart
from grader.reporting.formats.csv_export import delivery, table

WHO = ("name", "id", "email", "submission", "group", "late", "submitted", "attempt")
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


@dataclass(frozen=True)
class Total:
    """All requested exercises of one submission. `blank` says why there is no score; `excused` that none is wanted.

    `grades` are all of the submission; there are none of somebody who submitted nothing.
    """

    submission: SubmissionPart
    score: int = 0
    max_score: int = 0
    blank: str = ""
    excused: bool = False
    grades: tuple[GradeDocument, ...] = ()

    @property
    def who(self) -> str:
        return self.submission.name

    @property
    def students(self) -> tuple[Student, ...]:
        return tuple(Student(student.name, student.id, student.email) for student in self.submission.students)

    @property
    def people(self) -> tuple[Student, ...]:
        """Whom it serves; a file without a platform is called by its name."""
        return self.students or (Student(self.who, self.submission.id),)

    @property
    def is_told(self) -> bool:
        """Whether its page may reach the student: also one that says why a file could not be graded."""
        return bool(self.grades) and (not self.blank or all(grade.status != "needs_review" for grade in self.grades))

    def of(self, top: float) -> float:
        """The score if the best is `top`."""
        return self.score * top / self.max_score if self.max_score else 0.0


def totals(
    report: ClassReport | ClassView, wanted: Sequence[str] = (), *, provisional: bool = False
) -> tuple[Total, ...]:
    """One for each submission. Without `wanted`, all exercises that anybody has a grade for."""
    view = ClassView.of(report)
    names, free = exercises(view, wanted), view.excused
    by_submission: dict[str, list[GradeDocument]] = defaultdict(list)
    for grade in view.grades:
        by_submission[grade.submission.id].append(grade)
    graded = tuple(_total(grades, names, free, provisional) for grades in by_submission.values())
    later = {submission.id: submission for submission in view.later}
    people = dict.fromkeys((*later, *view.report.missing, *(who for who, _ in sorted(free))))
    absent = (_absent(who, later.get(who), names, free) for who in people if who not in by_submission)
    return (*graded, *absent)


def exercises(report: ClassReport | ClassView, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Those that were requested, or all that anybody has a grade for. Raises `UsageError` for an unknown one."""
    view = ClassView.of(report)
    graded = dict.fromkeys(grade.assignment for grade in view.grades)
    names = [name for name in view.assignments if name in graded]
    for name in wanted:
        if name not in names:
            raise UsageError(f"--assignment {name}: nobody has a grade for it. {suggestion(name, names)}".rstrip())
    return tuple(wanted or names)


def _total(
    grades: Sequence[GradeDocument], names: Sequence[str], free: Collection[tuple[str, str]], provisional: bool
) -> Total:
    by_name = {grade.assignment: grade for grade in grades}
    submission = grades[0].submission
    counted = [name for name in names if (submission.id, name) not in free]
    exempt = bool(names) and not counted
    blanks = (_why_blank(by_name.get(name), name, grades, provisional) for name in counted or [""])
    present = [by_name[name] for name in counted if name in by_name]
    return Total(
        submission,
        score=sum(grade.score for grade in present),
        max_score=sum(grade.max_score for grade in present),
        blank="excused" if exempt else next(filter(None, blanks), ""),
        excused=exempt,
        grades=tuple(grades),
    )


def _why_blank(grade: GradeDocument | None, name: str, grades: Sequence[GradeDocument], provisional: bool) -> str:
    if grade is None:
        unreadable = next((grade for grade in grades if grade.assignment is None), None)
        return "; ".join(unreadable.reasons) if unreadable else f"{name} is not in the submission"
    return "" if _counts(grade, provisional=provisional) else f"{name} needs review: {grade.reasons[0]}"


def _counts(grade: GradeDocument, *, provisional: bool) -> bool:
    """Whether its points are written: only settled ones, and those so far of one that needs review if requested."""
    return grade.status == "graded" or (provisional and grade.status == "needs_review")


def _absent(who: str, later: SubmissionPart | None, names: Sequence[str], free: Collection[tuple[str, str]]) -> Total:
    """On the roster, or excused, without a submission; or with one that is graded `later`."""
    exempt = bool(names) and all((who, name) in free for name in names)
    students = [StudentPart(name=who, id=who)]
    nothing = SubmissionPart.model_construct(id="", who=who, path="", sha256="", students=students)
    why = "not graded yet" if later else "not submitted"
    return Total(later or nothing, blank="excused" if exempt else why, excused=exempt)


@dataclass
class Filled:
    """A filled file; whom it has a score (or another `noun`) of, who was left blank and why, and what else there is."""

    content: str | bytes = ""
    written: list[str] = field(default_factory=list)
    blank: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    noun: str = "score"


def grades_by_check(all_totals: Sequence[Total], exercises: Sequence[str], *, provisional: bool = False) -> Filled:
    """A row for each student, a column for each check of each exercise, and for what is settled of each exercise."""
    checks = {name: _checks(all_totals, name) for name in exercises}
    columns = [f"{name}.{check}" for name in exercises for check in ("score", "max", "status", *checks[name])]

    def row(total: Total, student: Student) -> list[str]:
        cells = [_of_exercise(total, name, checks[name], provisional=provisional) for name in exercises]
        end = [str(total.score), str(total.max_score), "settled"] if not total.blank else ["", "", total.blank]
        who = [student.shown, student.id, student.email, total.submission.id, total.submission.group]
        return [*who, *delivery(total.submission), *chain(*cells), *end]

    return _table([*WHO, *columns, "total", "max", "status"], all_totals, row)


def nbgrader_grades(all_totals: Sequence[Total]) -> Filled:
    """The columns of `nbgrader export`; what is not settled has no score."""

    def row(total: Total, student: Student) -> list[str]:
        first, _, last = student.name.rpartition(" ")
        score = "" if total.blank else str(total.score)
        top = str(total.max_score) if total.max_score else ""
        who = [student.id or student.name, last, first, student.email]
        return [total.submission.work, "", total.submission.submitted, *who, score, "0.0" if score else "", score, top]

    return _table([*NBGRADER], all_totals, row)


def _table(header: Sequence[str], all_totals: Sequence[Total], row: Callable[[Total, Student], list[str]]) -> Filled:
    """A row for each student of each submission."""
    students = [(total, student) for total in all_totals for student in total.students or (Student(total.who),)]
    return Filled(
        table(header, (row(total, student) for total, student in students)),
        written=[student.shown for total, student in students if not total.blank],
        blank=[(student.shown, total.blank) for total, student in students if total.blank],
    )


def _checks(all_totals: Sequence[Total], name: str) -> list[str]:
    grades = [grade for total in all_totals for grade in total.grades if grade.assignment == name]
    return list(dict.fromkeys(check.id for grade in grades for check in grade.checks))


def _of_exercise(total: Total, name: str, checks: Sequence[str], *, provisional: bool) -> list[str]:
    """Blank unless it is settled: not there, not graded and needs review are words in the status."""
    grade = next((grade for grade in total.grades if grade.assignment == name), None)
    if grade is None:
        return ["", "", "not_found" if total.grades else "not_submitted", *("" for _ in checks)]
    counts = _counts(grade, provisional=provisional)
    scores = {check.id: str(check.score) for check in grade.checks} if counts else {}
    score = str(grade.score) if counts else ""
    return [score, str(grade.max_score), grade.status, *(scores.get(check, "") for check in checks)]
