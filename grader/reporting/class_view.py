"""What is told of a class: figures and lists, and a table, in which the page's script finds what it filters and sorts.

The page for staff, the terminal and `grades.csv` render what is here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import mean, median
from typing import Any

from grader.domain import ClassReport
from grader.reporting import wording
from grader.reporting.charts import score_chart
from grader.reporting.class_groups import MistakeGroup, Topic, answer_groups, topics
from grader.reporting.document import GradeDocument, SubmissionPart, grades_of
from grader.reporting.same_code import alike
from grader.reporting.wording import Mark

_MISSING = -1  # sorts after everything


@dataclass(frozen=True)
class Distribution:
    """The scores of one assignment."""

    id: str
    title: str
    chart: str
    mean: str


@dataclass(frozen=True)
class Issue:
    """Why grades of an assignment must be reviewed, or could not be given; `people` are pairs of id and who."""

    people: tuple[tuple[str, str], ...]
    assignment: str
    reasons: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(map(wording.sentence, self.reasons))


@dataclass(frozen=True)
class Cell:
    """One submission's result for one assignment: a grade only where it has points to show."""

    mark: Mark
    grade: GradeDocument | None = None
    detail: str = ""
    group: MistakeGroup | None = None

    @property
    def score(self) -> str:
        """Blank unless it is settled."""
        grade = self.grade
        return f"{grade.score} / {grade.max_score}" if grade and grade.status == "graded" else ""

    @property
    def sort(self) -> int:
        return self.grade.score if self.grade else _MISSING

    @property
    def failed(self) -> list[str]:
        """The checks that failed, as the menu of `failed_checks` has them."""
        grade = self.grade
        return [f"{grade.assignment}/{check.id}" for check in grade.checks if check.status == "failed"] if grade else []


@dataclass(frozen=True)
class SubmissionRow:
    """One submission across the assignments."""

    submission: SubmissionPart
    who: str
    cells: tuple[Cell, ...]
    settled: tuple[GradeDocument, ...]

    @property
    def total(self) -> str:
        most = sum(grade.max_score for grade in self.settled)
        return f"{self.total_sort} / {most}" if self.settled else ""

    @property
    def total_sort(self) -> int:
        return sum(grade.score for grade in self.settled) if self.settled else _MISSING

    @property
    def about(self) -> list[str]:
        return wording.about_submission(self.submission)

    @property
    def findings(self) -> str:
        """What its failed checks say, for the search."""
        checks = [check for cell in self.cells if cell.grade for check in cell.grade.checks]
        return " ".join(dict.fromkeys(check.message for check in checks if check.status == "failed"))


@dataclass(frozen=True)
class ClassView:
    """A class, from the documents of its report; what is asked for is made once."""

    report: ClassReport
    grades: tuple[GradeDocument, ...]

    @classmethod
    def of(cls, report: ClassReport | ClassView) -> ClassView:
        """With brief documents, since all of them are in memory."""
        return report if isinstance(report, ClassView) else cls(report, tuple(map(_brief, grades_of(report))))

    @cached_property
    def assignments(self) -> tuple[str, ...]:
        """Assignments in the order of the run, then any others that grades or gaps mention."""
        named = [str(name) for name in self.report.provenance.get("assignments", ())]
        graded = [grade.assignment for grade in self.grades if grade.assignment]
        return tuple(dict.fromkeys([*named, *graded, *(name for _, name in self.report.not_found)]))

    @cached_property
    def excused(self) -> frozenset[tuple[str, str]]:
        """Pairs of submission, or of a person without one, and assignment that are excused, from what the run says."""
        return frozenset((str(who), str(name)) for who, name in self.report.provenance.get("excused", ()))

    @property
    def later(self) -> list[SubmissionPart]:
        """Those that no run was asked to grade: who they are is all that is known."""
        entries = self.report.provenance.get("not_graded_yet") or ()
        return [SubmissionPart.model_validate({"path": "", "sha256": "", **entry}) for entry in entries]

    @cached_property
    def counts(self) -> list[tuple[int, str, str]]:
        """Each number of a class with its noun, and where on the page those are."""
        status, submissions = Counter(grade.status for grade in self.grades), len(self.rows)
        full = sum(grade.status == "graded" and grade.score == grade.max_score for grade in self.grades)
        return [
            (submissions, "submission" if submissions == 1 else "submissions", "submissions"),
            (status["graded"], "grade" if status["graded"] == 1 else "grades", "scores"),
            (full, "with full marks", ""),
            (status["needs_review"], "to review", "review"),
            (status["not_graded"], "not graded", "absent"),
            (len(self.report.missing), "not submitted", "absent"),
        ]

    @cached_property
    def groups(self) -> dict[str, MistakeGroup]:
        return answer_groups(self.grades)

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """What to teach next."""
        return topics(tuple(self.groups.values()))

    @cached_property
    def similar(self) -> list[tuple[SubmissionPart, ...]]:
        """Submissions with the same code but for comments and spaces; not within one group of students."""
        submissions = {grade.submission.id: grade.submission for grade in self.grades}
        name_groups = alike({name: submission.sketch for name, submission in submissions.items()})
        groups = [tuple(submissions[name] for name in members) for members in name_groups]
        return [members for members in groups if len({member.group or member.id for member in members}) > 1]

    def issues(self, kind: str) -> list[Issue]:
        """Why grades need review, or could not even be tried ("unreadable").

        Once for all with the same reasons, the most common first.
        """
        by_reasons: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
        for grade in self.grades:
            unreadable = grade.assignment is None or grade.execution.outcome == "unreadable"
            if kind == ("unreadable" if unreadable else grade.status):
                about = (grade.title or grade.assignment or "", tuple(grade.reasons) or (wording.verdict(grade),))
                by_reasons[about].append((grade.submission.id, grade.submission.name))
        issues = [Issue(tuple(people), *about) for about, people in by_reasons.items()]
        return sorted(issues, key=lambda issue: -len(issue.people))

    @property
    def distributions(self) -> list[Distribution]:
        """Scores by assignment; only grades that are settled count as scores."""
        distributions = []
        for name in self.assignments:
            grades = [grade for grade in self.grades if grade.assignment == name]
            scores = [grade.score for grade in grades if grade.status == "graded"]
            top = max((grade.max_score for grade in grades), default=10)
            figures = f"{mean(scores):.1f} of {top} on average, median {median(scores):g}" if scores else ""
            text = f"{figures}, {len(scores)} graded" if scores else "none graded yet"
            title = next((grade.title for grade in grades if grade.title), name)
            distributions.append(Distribution(name, title, score_chart(scores, top), text))
        return distributions

    @cached_property
    def rows(self) -> tuple[SubmissionRow, ...]:
        """A row for each submission, in order of its id, which stands behind a name that several have."""
        by_submission: dict[str, dict[str | None, GradeDocument]] = defaultdict(dict)
        for grade in self.grades:
            by_submission[grade.submission.id][grade.assignment] = grade
        for identity, _ in self.report.not_found:
            by_submission.setdefault(identity, {})
        rows = []
        for identity, grades in sorted(by_submission.items()):
            nothing = SubmissionPart.model_construct(id=identity, path="", sha256="")
            submission = next((grade.submission for grade in grades.values()), nothing)
            if None in grades:
                cells = (Cell(wording.grade_mark(grades[None]), detail="nothing to grade"),) * len(self.assignments)
            else:
                cells = tuple(self._cell(identity, name, grades.get(name)) for name in self.assignments)
            settled = tuple(grade for grade in grades.values() if grade.status == "graded")
            rows.append(SubmissionRow(submission, submission.name, cells, settled))
        times = Counter(row.who for row in rows)
        return tuple(
            row if times[row.who] < 2 else replace(row, who=f"{row.who} ({row.submission.id})") for row in rows
        )

    def _cell(self, identity: str, name: str, grade: GradeDocument | None) -> Cell:
        is_free = (identity, name) in self.excused
        if is_free or grade is None:
            return Cell(wording.GRADE_MARKS["excused" if is_free else "not_found"])
        by_hand = "by hand" if wording.overridden(grade) else ""
        detail = by_hand if grade.status == "graded" else f"{grade.score} / {grade.max_score} so far"
        return Cell(
            wording.grade_mark(grade), grade, detail, self.groups.get(grade.group.digest) if grade.group else None
        )

    @property
    def failed_checks(self) -> list[tuple[str, str, str, int]]:
        """The checks that somebody failed, as a menu has them: exercise, value, title, and how many failed."""
        counts = Counter[tuple[str, str, str]]()
        for grade in self.grades:
            exercise = grade.title or str(grade.assignment)
            for check in grade.checks:
                counts[exercise, f"{grade.assignment}/{check.id}", check.title] += check.status == "failed"
        return [(*about, count) for about, count in counts.items() if count]


def _brief(grade: GradeDocument) -> GradeDocument:
    """What pages, tables and summaries of a class tell of a grade."""
    nothing: dict[str, Any] = {"expected": "", "actual": "", "hint": "", "differences": []}
    return grade.model_copy(update={
        "checks": [check.model_copy(update=nothing) for check in grade.checks],
        "training": None,
        "notes": [note for note in grade.notes if note.code == "override"],
        "basis": None,
    })  # fmt: skip
