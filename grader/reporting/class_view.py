"""What the class's page shows of a report besides its table: figures, rankings and lists, ready for the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.charts import score_chart
from grader.reporting.class_table import assignments
from grader.reporting.document import GradeDocument, Part, SubmissionPart, grades_of
from grader.reporting.similar import alike
from grader.reporting.wording import Mark


@dataclass(frozen=True)
class Distribution:
    """The scores of one assignment, and the grades without a score."""

    id: str
    title: str
    chart: str
    counts: tuple[tuple[Mark, int], ...]
    mean: str


@dataclass(frozen=True)
class Issue:
    """Why grades of an assignment must be reviewed, or could not be given; `people` are pairs of id and who."""

    people: tuple[tuple[str, str], ...]
    assignment: str
    reasons: tuple[str, ...]


def counts(report: Report, submissions: int) -> list[tuple[int, str, str]]:
    """Each number of a class with its noun, and where on the page those are."""
    status = Counter(grade.status for grade in grades_of(report))
    full = sum(grade.status == "graded" and grade.score == grade.max_score for grade in grades_of(report))
    return [
        (submissions, "submission" if submissions == 1 else "submissions", "submissions"),
        (status["graded"], "grade" if status["graded"] == 1 else "grades", "scores"),
        (full, "with full marks", ""),
        (status["needs_review"], "to review", "review"),
        (status["not_graded"], "not graded", "absent"),
        (len(report.missing), "not submitted", "absent"),
    ]


def distributions(report: Report) -> tuple[Distribution, ...]:
    """Scores by assignment; only grades that are settled count as scores."""
    return tuple(_distribution(report, name) for name in assignments(report))


def similar_files(report: Report) -> list[tuple[SubmissionPart, ...]]:
    """Submissions with the same code but for comments and spaces; not within one group of students."""
    submissions = {grade.submission.id: grade.submission for grade in grades_of(report)}
    found = alike({name: one.sketch for name, one in submissions.items()})
    groups = [tuple(submissions[name] for name in members) for members in found]
    return [members for members in groups if len({one.group or one.id for one in members}) > 1]


def similar_remarks(groups: Sequence[Sequence[SubmissionPart]]) -> dict[str, str]:
    """A remark for the row of each submission that is like another."""
    return {one.id: f"same code: {len(members)} files" for members in groups for one in members}


def issues(report: Report) -> dict[str, list[Issue]]:
    """What there is to say of grades that need review, are not graded, or of files that could not be read at all.

    Once for all with the same reasons, the most common first.
    """
    found: dict[str, dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]]]
    found = {"needs_review": {}, "not_graded": {}, "unreadable": {}}
    for grade in grades_of(report):
        unreadable = grade.assignment is None or grade.execution.outcome == "unreadable"
        name, who = grade.title or grade.assignment or "", (grade.submission.id, grade.submission.name)
        if (kind := "unreadable" if unreadable else grade.status) in found:
            found[kind].setdefault((name, _reasons(grade)), []).append(who)
    return {
        kind: sorted((Issue(tuple(people), *why) for why, people in those.items()), key=lambda one: -len(one.people))
        for kind, those in found.items()
    }


def _reasons(grade: GradeDocument) -> tuple[str, ...]:
    reviews = [check.review for check in grade.checks if check.review]
    return tuple(dict.fromkeys([*grade.reasons, *reviews])) or (wording.verdict(grade),)


def _distribution(report: Report, name: str) -> Distribution:
    grades = [grade for grade in grades_of(report) if grade.assignment == name]
    scores = [grade.score for grade in grades if grade.status == "graded"]
    top = max((grade.max_score for grade in grades), default=10)
    absent: Counter[str] = Counter(grade.status for grade in grades if grade.status != "graded")
    absent["not_found"] = sum(other == name for _, other in report.not_found)
    counts = tuple((wording.GRADE_MARKS[key], absent[key]) for key in sorted(absent) if absent[key])
    figures = f"{mean(scores):.1f} of {top} on average, median {median(scores):g}" if scores else ""
    title = next((grade.title for grade in grades if grade.title), name)
    said = f"{figures}, {len(scores)} graded" if scores else "none graded yet"
    return Distribution(name, title, score_chart(scores, top), counts, said)


def briefly(report: Report) -> Report:
    """The same report with brief documents, all in memory: what thousands of them share is there once."""
    shared: dict[object, Any] = {}
    grades: Any = tuple(_brief(grade, shared) for grade in grades_of(report))  # documents that are read already
    return replace(report, grades=grades)


def _brief(grade: GradeDocument, shared: dict[object, Any]) -> GradeDocument:
    """What pages, tables and summaries of a class tell of a grade; what its group is about, once."""

    def once(part: Part, **empty: object) -> Any:
        """The same part for all that are equal in what is kept."""
        kept = part.model_copy(update=empty)
        return shared.setdefault(repr(kept.__dict__), kept)

    nothing: dict[str, Any] = {"expected": "", "actual": "", "hint": "", "differences": []}
    group = grade.group
    if group and group.digest in shared:
        lists: dict[str, Any] = {key: [] for key in ("causes", "topics", "consequences", "marked", "expected_marked")}
        group = once(group, **lists, network=None, expected=None)
    elif group:
        shared[group.digest] = group
    return grade.model_copy(update={
        "execution": once(grade.execution, seconds=0.0, message="", failures=[], cell=None, line=None),
        "model": once(grade.model, name="", reason="", cell=None, line=None),
        "checks": [once(check, **nothing) for check in grade.checks],
        "training": None,
        "notes": [note for note in grade.notes if note.code in ("override", "comment")],
        "group": group,
        "basis": None,
    })  # fmt: skip
