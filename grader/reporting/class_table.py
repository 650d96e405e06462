"""The table of the class's page: a row for each submission, and the data by which its script filters and sorts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.domain import Report
from grader.reporting import wording
from grader.reporting.display import clean, one_line
from grader.reporting.document import GradeDocument, SubmissionPart, grades_of
from grader.reporting.wording import Mark

MOST_GROUPS_LISTED = 200  # in the menu of the filter; any group can be named in the address
_MISSING = -1  # sorts after everything
NO_SUBMISSION = SubmissionPart.model_validate({"id": "-", "path": "", "sha256": ""})


@dataclass(frozen=True)
class GroupLabel:
    """An answer group of the class: the largest is `G1`."""

    digest: str
    label: str
    title: str
    count: int


@dataclass(frozen=True)
class Cell:
    """One submission's result for one assignment; `score` is blank unless there is one to show."""

    mark: Mark
    score: str
    detail: str
    sort: int
    group: GroupLabel | None = None
    failed: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One submission across the assignments. `about` are decisions about its files, `similar` who has the same code."""

    id: str
    who: str
    path: str
    cells: tuple[Cell, ...]
    total: str
    total_sort: int
    states: tuple[str, ...]
    about: tuple[str, ...] = ()
    similar: str = ""
    submitted: str = ""


@dataclass(frozen=True)
class FailedCheck:
    """A check that somebody failed, for the menu of the filter."""

    value: str
    assignment: str
    title: str
    count: int


@dataclass(frozen=True)
class Table:
    """All of it. `data` is JSON for the script."""

    rows: tuple[Row, ...]
    checks: tuple[FailedCheck, ...]
    groups: tuple[GroupLabel, ...]
    data: str
    has_late: bool


def table(report: Report, similar: Mapping[str, str] | None = None) -> Table:
    """The table of submissions by assignments; `similar` has a remark by submission id."""
    groups = group_labels(report)
    found = rows(report, groups, similar or {})
    checks = _failed_checks(report)
    has_late = any("late" in row.states for row in found)
    listed = tuple(groups.values())[:MOST_GROUPS_LISTED]
    return Table(found, checks, listed, _data(found, assignments(report), has_late=has_late), has_late)


def assignments(report: Report) -> tuple[str, ...]:
    """Assignments in the order of the run, then any others that grades or gaps mention."""
    named = [str(name) for name in report.provenance.get("assignments", ())]
    graded = [grade.assignment for grade in grades_of(report) if grade.assignment]
    return tuple(dict.fromkeys([*named, *graded, *(name for _, name in report.not_found)]))


def excused(report: Report) -> frozenset[tuple[str, str]]:
    """Pairs of submission, or of a person without one, and assignment that are excused, from what the run says."""
    return frozenset((str(who), str(name)) for who, name in report.provenance.get("excused", ()))


def group_labels(report: Report) -> dict[str, GroupLabel]:
    """The answer groups by their digests, the largest first; of equal size, the one that costs more points."""
    counts, costs = Counter[str](), Counter[str]()
    titles: dict[str, str] = {}
    for grade in grades_of(report):
        if group := grade.group:
            digest = group.digest
            counts[digest] += 1
            costs[digest] += grade.max_score - grade.score
            title = wording.group_title(group.title, group.causes)
            titles.setdefault(digest, one_line(title, 160))
    ranked = sorted(counts, key=lambda digest: (-counts[digest], -costs[digest], digest))
    return {
        digest: GroupLabel(digest, f"G{rank}", titles[digest], counts[digest])
        for rank, digest in enumerate(ranked, start=1)
    }


def rows(
    report: Report,
    groups: Mapping[str, GroupLabel] | None = None,
    similar: Mapping[str, str] | None = None,
) -> tuple[Row, ...]:
    """The rows, in order of submission id, which stands behind a name that several have."""
    by_submission: dict[str, dict[str | None, GradeDocument]] = defaultdict(dict)
    for grade in grades_of(report):
        by_submission[grade.submission.id][grade.assignment] = grade
    for identity, _ in report.not_found:
        by_submission.setdefault(identity, {})
    names, free = assignments(report), excused(report)
    found = [
        _row(key, by_submission[key], names, free, groups or {}, (similar or {}).get(key, ""))
        for key in sorted(by_submission)
    ]
    times = Counter(row.who for row in found)
    return tuple(replace(row, who=f"{row.who} ({row.id})") if times[row.who] > 1 else row for row in found)


def _row(
    identity: str,
    grades: Mapping[str | None, GradeDocument],
    names: Sequence[str],
    free: frozenset[tuple[str, str]],
    groups: Mapping[str, GroupLabel],
    similar: str,
) -> Row:
    nothing_there = NO_SUBMISSION.model_copy(update={"id": identity})
    submission = next((grade.submission for grade in grades.values()), nothing_there)
    if None in grades:
        nothing = Cell(wording.grade_mark(grades[None]), "", "nothing to grade", _MISSING)
        cells = tuple(nothing for _ in names)
    else:
        cells = tuple(_cell(grades.get(name), {(identity, name)} & free, groups) for name in names)
    settled = [grade for grade in grades.values() if grade.status == "graded"]
    total = sum(grade.score for grade in settled)
    shown = f"{total} / {sum(grade.max_score for grade in settled)}" if settled else ""
    states = [*(["late"] if submission.late else []), *(["similar"] if similar else [])]
    about = tuple(wording.remarks(submission))
    sort = total if settled else _MISSING
    return Row(
        identity, submission.name, submission.path, cells, shown, sort, tuple(states), about, similar,
        submission.submitted,
    )  # fmt: skip


def _cell(grade: GradeDocument | None, is_excused: Iterable[object], groups: Mapping[str, GroupLabel]) -> Cell:
    if any(True for _ in is_excused):
        return Cell(wording.GRADE_MARKS["excused"], "", "", _MISSING)
    if grade is None:
        return Cell(wording.GRADE_MARKS["not_found"], "", "", _MISSING)
    mark = wording.grade_mark(grade)
    score = f"{grade.score} / {grade.max_score}"
    failed = [check for check in grade.checks if check.status == "failed"]
    if grade.status not in ("graded", "needs_review"):
        return Cell(mark, "", "", _MISSING)
    by_hand = "by hand" if wording.overridden(grade) else ""
    is_final = grade.status == "graded"
    return Cell(
        mark,
        score if is_final else "",
        by_hand if is_final else f"{score} so far",
        grade.score,
        groups.get(grade.group.digest) if grade.group else None,
        tuple(check.id for check in failed),
        tuple(dict.fromkeys(check.message for check in failed)),
    )


def _failed_checks(report: Report) -> tuple[FailedCheck, ...]:
    """In order of the assignments, then of the rubric."""
    counts: Counter[tuple[str, str]] = Counter()
    titles: dict[tuple[str, str], tuple[str, str]] = {}
    for grade in grades_of(report):
        name = str(grade.assignment)
        for check in grade.checks:
            titles.setdefault((name, check.id), (grade.title or name, check.title))
            counts[(name, check.id)] += check.status == "failed"
    order = {name: place for place, name in enumerate(assignments(report))}
    return tuple(
        FailedCheck(f"{name}/{check}", titles[name, check][0], titles[name, check][1], counts[name, check])
        for name, check in sorted(titles, key=lambda key: order.get(key[0], len(order)))
        if counts[name, check]
    )


def _data(found: Sequence[Row], names: Sequence[str], *, has_late: bool) -> str:
    """What the script needs of each cell: state, score, failed checks, group, messages, as numbers of long lists."""
    checks, messages = dict[str, int](), dict[str, int]()

    def of_cell(name: str, cell: Cell) -> list[Any]:
        failed = [checks.setdefault(f"{name}/{check}", len(checks)) for check in cell.failed]
        said = [messages.setdefault(clean(one).lower(), len(messages)) for one in cell.messages]
        return [cell.mark.word, cell.sort, failed, cell.group.digest if cell.group else "", said]

    listed = [
        [[of_cell(name, cell) for name, cell in zip(names, row.cells, strict=True)], row.total_sort, list(row.states)]
        for row in found
    ]
    content = {
        "assignments": list(names), "late": has_late, "rows": listed, "checks": list(checks), "messages": list(messages)
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

