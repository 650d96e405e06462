"""Two gradings of a class: whose score went up or down, in which check, and why. A document, `grader.diff/1`.

A cause is what differs in what the two grades depend on; where several differ, all of them are named. A grade that is
the same share of other points as before has not changed, if its checks have not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from grader.reporting.changes import CAUSES, VERBS
from grader.reporting.document import DRAFT

SCHEMA_ID = "grader.diff/1"
Grade: TypeAlias = Mapping[str, Any]
Direction: TypeAlias = Literal["rose", "fell", "same"]


@dataclass(frozen=True)
class State:
    """The grades of a class at one time. `where` names it for people."""

    where: str
    facts: Mapping[str, Any]
    grades: Mapping[tuple[str, str], Mapping[str, Any]] = field(repr=False)
    """By submission and assignment, which is empty where nothing was recognised."""


def state_of(where: str, facts: Mapping[str, Any], grades: Iterable[Mapping[str, Any]]) -> State:
    return State(
        where, facts, {(grade["submission"]["id"], grade["assignment"] or ""): _brief(grade) for grade in grades}
    )


def _brief(grade: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared: a class of any size fits."""
    return {
        **{key: grade[key] for key in ("assignment", "basis", *Score.model_fields) if key in grade},
        "submission": {key: grade["submission"].get(key, "") for key in ("id", "who", "sha256")},
        "execution": {"isolation": grade["execution"].get("isolation", "")},
        "checks": [{key: check[key] for key in ("id", "title", *Score.model_fields)} for check in grade["checks"]],
    }


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Score(_Part):
    """A result at one of the two times."""

    score: int
    max_score: int
    status: str


class CheckChange(_Part):
    """A check whose result differs; one that is not in the rubric at one of the times has no result then."""

    id: str
    title: str
    old: Score | None
    new: Score | None
    causes: list[str]


class GradeChange(_Part):
    """A grade that differs. It rose or fell by its share of the maximum, if that has changed, else by its points."""

    submission: str
    who: str
    assignment: str
    old: Score
    new: Score
    direction: Direction
    causes: list[str]
    checks: list[CheckChange]


class Side(_Part):
    """One of the two times."""

    where: str
    started: str = ""
    versions: dict[str, str] = {}


class Comparison(_Part):
    """What `grader diff --json` prints."""

    schema_id: Literal["grader.diff/1"] = Field(default="grader.diff/1", alias="schema")
    old: Side
    new: Side
    rose: int
    fell: int
    same: int  # changed in points or status, but not in their share
    unchanged: int
    causes: dict[str, int]  # how many grades changed for each
    changes: list[GradeChange]
    added: list[list[str]]  # submission and assignment
    removed: list[list[str]]


DIFF_SCHEMA: dict[str, Any] = {"$schema": DRAFT, "$id": SCHEMA_ID, **Comparison.model_json_schema()}


def compare(old: State, new: State) -> dict[str, Any]:
    """The document. Grades are compared by submission and assignment."""
    keys = [key for key in new.grades if key in old.grades]
    changes = [change for key in keys if (change := _change(old.grades[key], new.grades[key]))]
    changes.sort(key=lambda change: ([*VERBS].index(change.direction), change.assignment, change.who))
    count = Counter(change.direction for change in changes)
    return Comparison(
        old=_side(old),
        new=_side(new),
        rose=count["rose"],
        fell=count["fell"],
        same=count["same"],
        unchanged=len(keys) - len(changes),
        causes=dict(Counter(cause for change in changes for cause in change.causes).most_common()),
        changes=changes,
        added=[list(key) for key in new.grades if key not in old.grades],
        removed=[list(key) for key in old.grades if key not in new.grades],
    ).model_dump(by_alias=True, mode="json")


def _side(state: State) -> Side:
    versions = state.facts.get("versions")
    texts = {str(name): str(value) for name, value in versions.items()} if isinstance(versions, dict) else {}
    return Side(where=state.where, started=str(state.facts.get("started") or ""), versions=texts)


def _change(old: Grade, new: Grade) -> GradeChange | None:
    before, after = Score.model_validate(old), Score.model_validate(new)
    checks = list(_checks(old, new))
    if _is_same(before, after) and all(map(_is_only_rubric, checks)):
        return None
    causes = {cause for check in checks for cause in check.causes}
    submission = new["submission"]
    return GradeChange(
        submission=submission["id"],
        who=str(submission.get("who") or submission["id"]),
        assignment=str(new["assignment"] or ""),
        old=before,
        new=after,
        direction=_direction(before, after),
        causes=_in_order(causes) if causes else _causes(old, new, None),
        checks=checks,
    )


def _is_same(old: Score, new: Score) -> bool:
    """Whether the status is the same, and the share of the points."""
    return old.status == new.status and old.score * new.max_score == new.score * old.max_score


def _is_only_rubric(change: CheckChange) -> bool:
    """Whether a check has only other points, or cost nothing when it was there."""
    if change.old and change.new:
        return _is_same(change.old, change.new)
    score = change.old or change.new
    return score is not None and score.score == score.max_score


def _direction(old: Score, new: Score) -> Direction:
    """Only settled scores rise or fall; before that, a score is what is earned so far."""
    before, after = old.score * (new.max_score or 1), new.score * (old.max_score or 1)
    if before == after or "not_graded" in (old.status, new.status):
        return "same"
    return "rose" if after > before else "fell"


def _checks(old: Grade, new: Grade) -> Iterator[CheckChange]:
    before = {check["id"]: check for check in old["checks"]}
    after = {check["id"]: check for check in new["checks"]}
    for name, check in (before | after).items():
        was, now = (Score.model_validate(checks[name]) if name in checks else None for checks in (before, after))
        if was != now:
            causes = _of_check(name, was, now, old, new)
            yield CheckChange(id=name, title=str(check["title"] or name), old=was, new=now, causes=causes)


def _of_check(name: str, was: Score | None, now: Score | None, old: Grade, new: Grade) -> list[str]:
    """Why a check has another result; the points alone follow from the rubric."""
    if _part(old, "overrides").get(name) != _part(new, "overrides").get(name):
        return ["override"]
    share = was and now and _is_same(was, now)
    if was is None or now is None or (share and was.max_score != now.max_score):
        return ["rubric"]
    return _causes(old, new, name)


def _causes(old: Grade, new: Grade, check: str | None) -> list[str]:
    """All that differs between what the two depend on; `run` if nothing does: it was executed again."""
    if not old.get("basis") or not new.get("basis"):
        return ["file" if old["submission"]["sha256"] != new["submission"]["sha256"] else "unknown"]
    rubric = [_part(grade, "rubric") for grade in (old, new)]
    differs = {
        "file": old["submission"]["sha256"] != new["submission"]["sha256"],
        "rubric": rubric[0] != rubric[1] if check is None else rubric[0].get(check) != rubric[1].get(check),
        "override": check is None and _part(old, "overrides") != _part(new, "overrides"),
        "isolation": old["execution"]["isolation"] != new["execution"]["isolation"],
        **{name: old["basis"].get(name) != new["basis"].get(name)
           for name in ("task", "calibration", "versions", "options", "grader")},
    }  # fmt: skip
    return _in_order({name for name, is_so in differs.items() if is_so}) or ["run"]


def _part(grade: Grade, name: str) -> Mapping[str, str]:
    part: Mapping[str, str] = (grade.get("basis") or {}).get(name, {})
    return part


def _in_order(causes: Collection[str]) -> list[str]:
    return [name for name in CAUSES if name in causes]
