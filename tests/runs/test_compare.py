"""Two gradings of a class compared: whose score went up or down, in which check, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.reporting.changes import changes_of
from grader.runs.compare import DIFF_SCHEMA, compare, state_of
from grader.runs.previous import MOST_STATES, finish, keep, read_state, states
from tests.reporting.grades import grade_document, grade_of

BASIS: dict[str, Any] = {
    "rubric": {"merge": "m1", "learns": "l1"}, "task": "t1", "calibration": "c1", "overrides": {}, "versions": "v1",
    "options": "o1", "grader": "g1",
}  # fmt: skip


def grade(
    who: str = "anna", merge: tuple[int, int] = (2, 2), learns: int = 1, sha: str = "1", status: str = "graded",
    basis: Mapping[str, Any] | None = BASIS, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """A GRADE document, as far as it is compared."""
    checks = [
        {"id": name, "title": name.title(), "score": score, "max_score": most, "status": "passed" if score == most else "failed"}
        for name, score, most in (("merge", *merge), ("learns", learns, 1))
    ]  # fmt: skip
    total, most = (sum(check[key] for check in checks) for key in ("score", "max_score"))
    return {
        "submission": {"id": who, "who": who.title(), "sha256": sha}, "assignment": "two_inputs", "score": total,
        "max_score": most, "status": status, "execution": {"isolation": "full"}, "checks": checks,
        **({"basis": basis} if basis else {}), **more,
    }  # fmt: skip


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    diff = compare(state_of("old", {}, [old]), state_of("new", {}, [new]))
    jsonschema.validate(diff, DIFF_SCHEMA)
    return diff


WORSE = {"merge": (0, 2)}
CAUSES = {
    "file": {"sha": "2"},
    "rubric": {"basis": BASIS | {"rubric": {"merge": "m2", "learns": "l1"}}},
    "task": {"basis": BASIS | {"task": "t2"}},
    "calibration": {"basis": BASIS | {"calibration": "c2"}},
    "override": {"basis": BASIS | {"overrides": {"merge": "x"}}},
    "run": {"basis": BASIS | {"overrides": {"learns": "x"}}},  # of another check
    "versions": {"basis": BASIS | {"versions": "v2"}},
    "options": {"basis": BASIS | {"options": "o2"}},
    "grader": {"basis": BASIS | {"grader": "g2"}},
    "unknown": {"basis": None},
}
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, list[str], list[str]] | None]] = {
    "nothing": ({}, {}, None),
    **{cause: ({}, WORSE | change, ("fell", ["merge"], [cause])) for cause, change in CAUSES.items()},
    "another run": ({}, WORSE, ("fell", ["merge"], ["run"])),
    "two causes": (
        {},
        WORSE | {"sha": "2", "basis": BASIS | {"grader": "g2"}},
        ("fell", ["merge"], ["file", "grader"]),
    ),
    "other points for the same result": (WORSE, {"merge": (0, 3), "sha": "2"}, ("fell", ["merge"], ["rubric"])),
    "all of other points": ({}, {"merge": (3, 3), "sha": "2"}, None),
    "points that moved": ({"merge": (1, 2)}, {"learns": 0}, ("same", ["merge", "learns"], ["run"])),
}


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_has_a_direction_and_its_causes(
    old: dict[str, Any], new: dict[str, Any], expected: tuple[str, list[str], list[str]] | None
) -> None:
    """An override explains only its own check; other points for the same result follow from the rubric."""
    diff = compared(grade(**old), grade(**new))
    changes = [
        (change["direction"], [check["id"] for check in change["checks"]], change["causes"])
        for change in diff["changes"]
    ]
    assert (changes, diff["unchanged"]) == (([expected], 0) if expected else ([], 1))


def test_a_new_check_that_is_passed_is_no_change() -> None:
    whole = grade()
    assert compared({**whole, "checks": whole["checks"][:1], "score": 2, "max_score": 2}, whole)["changes"] == []


def test_new_and_withdrawn_submissions_are_listed_apart() -> None:
    diff = compared(grade("anna"), grade("ben"))
    apart = [diff[key] for key in ("added", "removed", "changes")]
    assert apart == [[["ben", "two_inputs"]], [["anna", "two_inputs"]], []]


def test_equal_changes_are_one_line() -> None:
    """However many made them; falls come first."""
    names = ["anna", "ben", "cleo"]
    old = state_of("old", {}, [grade(name, learns=0 if name == "cleo" else 1) for name in names])
    new = state_of("new", {}, [grade(name, merge=(2 if name == "cleo" else 0, 2), sha="2") for name in names])
    changes = compare(old, new)
    summary = changes_of({"changes": changes})
    fell, rose = summary.groups
    assert (fell.title, fell.why) == ("2 scores went down", "another version of the file")
    assert [who for who, _ in fell.who] == ["anna", "ben"]
    assert rose.who == (("cleo", "Cleo 2 → 3 of 3"),)
    assert summary.headline.startswith("1 score went up, 2 went down, 0 unchanged")


WHOLE = grade_document(grade_of("good", "anna"))


def whole(score: int) -> dict[str, Any]:
    return {**WHOLE, "score": score}


def test_what_is_replaced_is_kept(tmp_path: Path) -> None:
    """A killed grading keeps what was there before it began, and not what it had written."""
    keep(tmp_path, [whole(1)])
    keep(tmp_path, [whole(0)])
    finish(tmp_path, changed=True)
    (place,) = states(tmp_path)
    assert read_state(place).grades[("anna", "two_inputs")]["score"] == 1


def test_a_grading_that_changes_nothing_keeps_nothing(tmp_path: Path) -> None:
    keep(tmp_path, [whole(1)])
    finish(tmp_path, changed=False)
    assert states(tmp_path) == []


def test_the_oldest_states_go(tmp_path: Path) -> None:
    for score in range(MOST_STATES + 2):
        keep(tmp_path, [whole(score)])
        finish(tmp_path, changed=True)
    scores = [read_state(place).grades[("anna", "two_inputs")]["score"] for place in states(tmp_path)]
    assert scores == list(range(MOST_STATES + 1, 1, -1))
