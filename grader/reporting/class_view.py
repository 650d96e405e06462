"""What the class's page shows of a report, ready for the template: rows, rankings and lists."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.charts import score_chart
from grader.reporting.wording import Document, Mark

TEACH_NEXT = 8


@dataclass(frozen=True)
class Cell:
    """One submission's result for one assignment; `score` is blank unless there is one to show."""

    mark: Mark
    score: str
    detail: str
    sort: int


@dataclass(frozen=True)
class Row:
    """One submission across the assignments, with what its filter looks for."""

    id: str
    who: str
    path: str
    cells: tuple[Cell, ...]
    total: str
    total_sort: int
    states: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Distribution:
    """The scores of one assignment, and the grades without a score."""

    id: str
    title: str
    chart: str
    counts: tuple[tuple[Mark, int], ...]
    mean: str


@dataclass(frozen=True)
class Teachable:
    """One check that submissions missed, and what was found most often."""

    assignment: str
    check: str
    missed: int
    seen: int
    finding: str
    percent: int


@dataclass(frozen=True)
class Issue:
    """A grade that somebody must review, or that could not be given."""

    id: str
    who: str
    assignment: str
    reasons: tuple[str, ...]


def assignments(report: Report) -> tuple[str, ...]:
    """Assignments in the order of the run, then any others that grades or gaps mention."""
    named = [str(name) for name in report.provenance.get("assignments", ())]
    graded = [str(grade["assignment"]) for grade in report.grades if grade["assignment"]]
    return tuple(dict.fromkeys([*named, *graded, *(name for _, name in report.not_found)]))


def excused(report: Report) -> frozenset[tuple[str, str]]:
    """Pairs of who (or submission) and assignment that are excused, from the provenance of the run."""
    return frozenset((str(who), str(name)) for who, name in report.provenance.get("excused", ()))


def rows(report: Report) -> tuple[Row, ...]:
    """The table of submissions by assignments, in order of submission id."""
    by_submission: dict[str, dict[str | None, Document]] = defaultdict(dict)
    for grade in report.grades:
        by_submission[grade["submission"]["id"]][grade["assignment"]] = grade
    for identity, _ in report.not_found:
        by_submission.setdefault(identity, {})
    names, free = assignments(report), excused(report)
    return tuple(_row(key, by_submission[key], names, free) for key in sorted(by_submission))


def distributions(report: Report) -> tuple[Distribution, ...]:
    """Scores by assignment; only grades that are settled count as scores."""
    return tuple(_distribution(report, name) for name in assignments(report))


def teach_next(report: Report) -> tuple[Teachable, ...]:
    """Checks that were evaluated and missed, the most often missed first."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for grade in report.grades:
        for check in grade["checks"]:
            key = (str(grade.get("title") or grade["assignment"]), check["id"], check["title"])
            if check["status"] in ("passed", "failed"):
                seen[key] += 1
            if check["status"] == "failed":
                found[key].append(str(check["message"]))
    ranked = sorted(found, key=lambda key: (-len(found[key]) / seen[key], -len(found[key]), key))
    return tuple(_teachable(key, found[key], seen[key]) for key in ranked[:TEACH_NEXT])


def issues(report: Report, status: str) -> tuple[Issue, ...]:
    """Grades of that status with their reasons; unreadable files have a list of their own."""
    return tuple(_issue(grade) for grade in report.grades if grade["status"] == status and not _is_unreadable(grade))


def unreadable(report: Report) -> tuple[Issue, ...]:
    """Files that could not be read as a submission at all."""
    return tuple(_issue(grade) for grade in report.grades if _is_unreadable(grade))


def _is_unreadable(grade: Document) -> bool:
    return grade["assignment"] is None or grade["execution"]["outcome"] == "unreadable"


def _issue(grade: Document) -> Issue:
    submission = grade["submission"]
    reviews = [check["review"] for check in grade["checks"] if check.get("review")]
    reasons = tuple(dict.fromkeys([*grade["reasons"], *reviews])) or (wording.verdict(grade),)
    name = str(grade.get("title") or grade["assignment"] or "")
    return Issue(submission["id"], str(submission.get("who") or submission["id"]), name, reasons)


def _row(
    identity: str,
    grades: Mapping[str | None, Document],
    names: Sequence[str],
    free: frozenset[tuple[str, str]],
) -> Row:
    submission: Mapping[str, Any] = next((grade["submission"] for grade in grades.values()), {"id": identity})
    who = str(submission.get("who") or identity)
    if None in grades:
        cells = tuple(Cell(wording.grade_mark(grades[None]), "", "nothing to grade", -1) for _ in names)
    else:
        cells = tuple(_cell(grades.get(name), {(who, name), (identity, name)} & free) for name in names)
    settled = [grade for grade in grades.values() if grade["status"] == "graded"]
    total = sum(grade["score"] for grade in settled)
    shown = f"{total} / {sum(grade['max_score'] for grade in settled)}" if settled else ""
    states = " ".join(sorted({*(_state(cell) for cell in cells), *(["late"] if submission.get("late") else [])}))
    about = tuple(wording.about_submission(submission))
    return Row(identity, who, str(submission.get("path", "")), cells, shown, total if settled else -1, states, about)


def _cell(grade: Document | None, is_excused: Iterable[object]) -> Cell:
    if any(True for _ in is_excused):
        return Cell(wording.GRADE_MARKS["excused"], "", "", -2)
    if grade is None:
        return Cell(wording.GRADE_MARKS["not_found"], "", "", -3)
    mark = wording.grade_mark(grade)
    score = f"{grade['score']} / {grade['max_score']}"
    if grade["status"] == "graded":
        return Cell(mark, score, "by hand" if wording.overridden(grade) else "", grade["score"])
    if grade["status"] == "needs_review":
        return Cell(mark, "", f"{score} so far", grade["score"])
    return Cell(mark, "", "", -1)


def _state(cell: Cell) -> str:
    return "full" if cell.mark.word == "full marks" else cell.mark.word.replace(" ", "-")


def _distribution(report: Report, name: str) -> Distribution:
    grades = [grade for grade in report.grades if grade["assignment"] == name]
    scores = [grade["score"] for grade in grades if grade["status"] == "graded"]
    top = max((grade["max_score"] for grade in grades), default=10)
    absent = Counter(grade["status"] for grade in grades if grade["status"] != "graded")
    absent["not_found"] = sum(other == name for _, other in report.not_found)
    counts = tuple((wording.GRADE_MARKS[key], absent[key]) for key in sorted(absent) if absent[key])
    mean = "none graded yet"
    if scores:
        mean = f"{sum(scores) / len(scores):.1f} of {top} on average, {len(scores)} graded"
    title = next((str(grade["title"]) for grade in grades if grade.get("title")), name)
    return Distribution(name, title, score_chart(scores, top), counts, mean)


def _teachable(key: tuple[str, str, str], findings: Sequence[str], seen: int) -> Teachable:
    finding, times = Counter(findings).most_common(1)[0]
    most = f"{finding} ({times} times)" if times > 1 else finding
    return Teachable(key[0], key[2], len(findings), seen, most, round(100 * len(findings) / seen))


_OF_GRADE = ("assignment", "title", "score", "max_score", "status", "reasons")
_OF_CHECK = ("id", "title", "status", "message", "review")


def briefly(report: Report) -> Report:
    """The same report with brief documents, all in memory."""
    return replace(report, grades=tuple(map(_brief, report.grades)))


def _brief(grade: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{key: _shared(grade[key]) for key in _OF_GRADE if key in grade},
        "submission": grade["submission"],
        "execution": {"outcome": _shared(grade["execution"]["outcome"])},
        "notes": [note for note in grade["notes"] if note["code"] == "override"],
        "checks": [{key: _shared(check[key]) for key in _OF_CHECK if key in check} for check in grade["checks"]],
    }


def _shared(value: Any) -> Any:
    """Texts that thousands of grades share are kept in memory once."""
    return sys.intern(value) if isinstance(value, str) else value
