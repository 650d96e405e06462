"""What the class's page shows of a report besides its table: figures, rankings and lists, ready for the template."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.charts import score_chart
from grader.reporting.class_table import assignments
from grader.reporting.code.similar import Alike, alike
from grader.reporting.document import GradeDocument, Part, SubmissionPart, grades_of
from grader.reporting.wording import Mark


@dataclass(frozen=True)
class Distribution:
    """The scores of one assignment, and the grades without a score. `figures` are the same for paper."""

    id: str
    title: str
    chart: str
    counts: tuple[tuple[Mark, int], ...]
    mean: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class SimilarFiles:
    """Submissions with equal code, as pairs of id and who."""

    what: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Issue:
    """Why grades of an assignment must be reviewed, or could not be given; `people` are pairs of id and who."""

    people: tuple[tuple[str, str], ...]
    assignment: str
    reasons: tuple[str, ...]


def distributions(report: Report) -> tuple[Distribution, ...]:
    """Scores by assignment; only grades that are settled count as scores."""
    return tuple(_distribution(report, name) for name in assignments(report))


_ALIKE = {
    "exact": "Identical code",
    "tokens": "Identical except for comments and spaces",
}


def similar_files(report: Report) -> tuple[SimilarFiles, ...]:
    """Submissions with the same code; not within one group of students."""
    submissions: dict[str, SubmissionPart] = {}
    for grade in grades_of(report):
        submissions.setdefault(grade.submission.id, grade.submission)
    found = alike({name: one.sketch for name, one in submissions.items()})
    groups = (_similar(one, submissions) for one in found)
    return tuple(group for group in groups if group)


def _similar(found: Alike, submissions: Mapping[str, SubmissionPart]) -> SimilarFiles | None:
    who = tuple((name, submissions[name].name) for name in found.members)
    groups = {submissions[name].group or name for name in found.members}
    return SimilarFiles(_ALIKE[found.kind], who) if len(groups) > 1 else None


def similar_remarks(groups: Sequence[SimilarFiles]) -> dict[str, str]:
    """A remark for the row of each submission that is like another."""
    remarks: dict[str, str] = {}
    for group in groups:
        for name, _ in group.members:
            remarks.setdefault(name, f"{group.what[:1].lower()}{group.what[1:]}: {len(group.members)} files")
    return remarks


def issues(report: Report, status: str) -> tuple[Issue, ...]:
    """What there is to say of grades of that status; unreadable files have a list of their own."""
    return _issues([grade for grade in grades_of(report) if grade.status == status and not _is_unreadable(grade)])


def unreadable(report: Report) -> tuple[Issue, ...]:
    """Files that could not be read as a submission at all."""
    return _issues([grade for grade in grades_of(report) if _is_unreadable(grade)])


def _is_unreadable(grade: GradeDocument) -> bool:
    return grade.assignment is None or grade.execution.outcome == "unreadable"


def _issues(grades: Sequence[GradeDocument]) -> tuple[Issue, ...]:
    """Once for all with the same reasons, the most common first."""
    found: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
    for grade in grades:
        submission = grade.submission
        name = grade.title or grade.assignment or ""
        found[name, _reasons(grade)].append((submission.id, submission.name))
    issues = [Issue(tuple(people), name, reasons) for (name, reasons), people in found.items()]
    return tuple(sorted(issues, key=lambda one: -len(one.people)))


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
    average = "none graded yet"
    if scores:
        average = f"{sum(scores) / len(scores):.1f} of {top} on average, {len(scores)} graded"
    title = next((grade.title for grade in grades if grade.title), name)
    return Distribution(name, title, score_chart(scores, top), counts, average, _figures(scores, top, absent))


FIGURES = ("Graded", "Mean", "Median", "Full marks", "No points", "To review", "Not graded", "Not found")


def _figures(scores: Sequence[int], top: int, absent: Mapping[str, int]) -> tuple[str, ...]:
    """One for each of `FIGURES`."""
    middle = (f"{mean(scores):.1f} / {top}", f"{median(scores):g} / {top}") if scores else ("", "")
    ends = (sum(score == top for score in scores), sum(score == 0 for score in scores))
    kinds = (absent.get(key, 0) for key in ("needs_review", "not_graded", "not_found"))
    return (str(len(scores)), *middle, *map(str, ends), *map(str, kinds))


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
