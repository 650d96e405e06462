"""What the class's page shows of a report: figures and lists, and its table with the data of the page's script."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.charts import score_chart
from grader.reporting.class_groups import Group
from grader.reporting.display import clean
from grader.reporting.document import CheckPart, GradeDocument, Part, SubmissionPart, grades_of
from grader.reporting.similar import alike
from grader.reporting.wording import Mark

MOST_GROUPS_LISTED = 200  # in the menu of the filter; any group can be named in the address
_MISSING = -1  # sorts after everything
NO_SUBMISSION = SubmissionPart.model_validate({"id": "-", "path": "", "sha256": ""})


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

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(map(wording.sentence, self.reasons))


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


@dataclass(frozen=True)
class Cell:
    """One submission's result for one assignment: a grade only where it has points to show."""

    mark: Mark
    grade: GradeDocument | None = None
    detail: str = ""
    group: Group | None = None

    @property
    def score(self) -> str:
        """Blank unless it is settled."""
        grade = self.grade
        return f"{grade.score} / {grade.max_score}" if grade and grade.status == "graded" else ""

    @property
    def sort(self) -> int:
        return self.grade.score if self.grade else _MISSING

    @property
    def failed(self) -> list[CheckPart]:
        return [check for check in self.grade.checks if check.status == "failed"] if self.grade else []


@dataclass(frozen=True)
class Row:
    """One submission across the assignments; `similar` says who has the same code."""

    submission: SubmissionPart
    who: str
    cells: tuple[Cell, ...]
    settled: tuple[GradeDocument, ...]
    similar: str = ""

    @property
    def total(self) -> str:
        most = sum(grade.max_score for grade in self.settled)
        return f"{self.total_sort} / {most}" if self.settled else ""

    @property
    def total_sort(self) -> int:
        return sum(grade.score for grade in self.settled) if self.settled else _MISSING

    @property
    def states(self) -> list[str]:
        return [*(["late"] if self.submission.late else []), *(["similar"] if self.similar else [])]

    @property
    def about(self) -> list[str]:
        """Decisions about its files."""
        return wording.remarks(self.submission)


def table(report: Report, groups: Mapping[str, Group], similar: Mapping[str, str]) -> dict[str, Any]:
    """The table of submissions by assignments, and the menus of its filter; `similar` has a remark by submission id.

    `data` is JSON for the script.
    """
    found = rows(report, groups, similar)
    has_late = any(row.submission.late for row in found)
    return {
        "rows": found,
        "checks": _failed_checks(report),
        "groups": tuple(groups.values())[:MOST_GROUPS_LISTED],
        "has_late": has_late,
        "data": _data(found, assignments(report), has_late=has_late),
    }


def assignments(report: Report) -> tuple[str, ...]:
    """Assignments in the order of the run, then any others that grades or gaps mention."""
    named = [str(name) for name in report.provenance.get("assignments", ())]
    graded = [grade.assignment for grade in grades_of(report) if grade.assignment]
    return tuple(dict.fromkeys([*named, *graded, *(name for _, name in report.not_found)]))


def excused(report: Report) -> frozenset[tuple[str, str]]:
    """Pairs of submission, or of a person without one, and assignment that are excused, from what the run says."""
    return frozenset((str(who), str(name)) for who, name in report.provenance.get("excused", ()))


def rows(
    report: Report,
    groups: Mapping[str, Group] | None = None,
    similar: Mapping[str, str] | None = None,
) -> tuple[Row, ...]:
    """The rows, in order of submission id, which stands behind a name that several have."""
    by_submission: dict[str, dict[str | None, GradeDocument]] = defaultdict(dict)
    for grade in grades_of(report):
        by_submission[grade.submission.id][grade.assignment] = grade
    for identity, _ in report.not_found:
        by_submission.setdefault(identity, {})
    names, free = assignments(report), excused(report)
    found = []
    for identity, grades in sorted(by_submission.items()):
        nothing = NO_SUBMISSION.model_copy(update={"id": identity})
        submission = next((grade.submission for grade in grades.values()), nothing)
        if None in grades:
            cells = (Cell(wording.grade_mark(grades[None]), detail="nothing to grade"),) * len(names)
        else:
            cells = tuple(_cell(grades.get(name), groups or {}, free=(identity, name) in free) for name in names)
        settled = tuple(grade for grade in grades.values() if grade.status == "graded")
        found.append(Row(submission, submission.name, cells, settled, (similar or {}).get(identity, "")))
    times = Counter(row.who for row in found)
    return tuple(replace(row, who=f"{row.who} ({row.submission.id})") if times[row.who] > 1 else row for row in found)


def _cell(grade: GradeDocument | None, groups: Mapping[str, Group], *, free: bool) -> Cell:
    if free or grade is None:
        return Cell(wording.GRADE_MARKS["excused" if free else "not_found"])
    mark = wording.grade_mark(grade)
    if grade.status == "not_graded":
        return Cell(mark)
    by_hand = "by hand" if wording.overridden(grade) else ""
    detail = by_hand if grade.status == "graded" else f"{grade.score} / {grade.max_score} so far"
    return Cell(mark, grade, detail, groups.get(grade.group.digest) if grade.group else None)


def _failed_checks(report: Report) -> list[dict[str, Any]]:
    """The checks that somebody failed, in order of the assignments, then of the rubric."""
    order = {name: place for place, name in enumerate(assignments(report))}
    found: dict[str, dict[str, Any]] = {}
    for grade in grades_of(report):
        name = str(grade.assignment)
        about = {"assignment": grade.title or name, "place": order.get(name, len(order)), "count": 0}
        for check in grade.checks:
            value = f"{name}/{check.id}"
            entry = found.setdefault(value, {**about, "value": value, "title": check.title})
            entry["count"] += check.status == "failed"
    return sorted((one for one in found.values() if one["count"]), key=lambda one: one["place"])


def _data(found: Sequence[Row], names: Sequence[str], *, has_late: bool) -> str:
    """What the script needs of each cell: state, score, failed checks, group, messages, as numbers of long lists."""
    checks, messages = dict[str, int](), dict[str, int]()

    def of_cell(name: str, cell: Cell) -> list[Any]:
        failed = [checks.setdefault(f"{name}/{check.id}", len(checks)) for check in cell.failed]
        texts = dict.fromkeys(clean(check.message).lower() for check in cell.failed)
        said = [messages.setdefault(text, len(messages)) for text in texts]
        return [cell.mark.word, cell.sort, failed, cell.group.about.digest if cell.group else "", said]

    listed = [
        [[of_cell(name, cell) for name, cell in zip(names, row.cells, strict=True)], row.total_sort, row.states]
        for row in found
    ]
    content = {
        "assignments": list(names), "late": has_late, "rows": listed, "checks": list(checks), "messages": list(messages)
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
