"""Two gradings of a class compared: whose score went up or down, in which check, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.assignments.spec import load_assignments
from grader.domain import CheckResult, Execution, Grade, Location, ModelMatch, Note, Outcome, Status, Submission
from grader.reporting import grade_document
from grader.reporting.changes import changes_of
from grader.runs.compare import DIFF_SCHEMA, compare
from grader.runs.previous import MOST_STATES, Floors, finish, floors, keep, read_state, state_of, states

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
    found = compare(state_of("old", {}, [old]), state_of("new", {}, [new]))
    jsonschema.validate(found, DIFF_SCHEMA)
    return found


def test_equal_grades_have_not_changed() -> None:
    found = compared(grade(), grade())
    assert (found["changes"], found["unchanged"]) == ([], 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"sha": "2"}, "file"),
        ({"basis": BASIS | {"rubric": {"merge": "m2", "learns": "l1"}}}, "rubric"),
        ({"basis": BASIS | {"task": "t2"}}, "task"),
        ({"basis": BASIS | {"calibration": "c2"}}, "calibration"),
        ({"basis": BASIS | {"overrides": {"merge": "x"}}}, "override"),
        ({"basis": BASIS | {"overrides": {"learns": "x"}}}, "run"),
        ({"basis": BASIS | {"versions": "v2"}}, "versions"),
        ({"basis": BASIS | {"options": "o2"}}, "options"),
        ({"basis": BASIS | {"grader": "g2"}}, "grader"),
        ({"basis": None}, "unknown"),
        ({}, "run"),
    ],
    ids=str,
)
def test_a_cause_is_what_differs(change: dict[str, Any], cause: str) -> None:
    """An override explains only its own check; if nothing differs, it was another run."""
    found = compared(grade(), grade(merge=(0, 2), **change))
    (one,) = found["changes"]
    assert (one["direction"], [check["id"] for check in one["checks"]], one["causes"]) == ("fell", ["merge"], [cause])


def test_several_causes_are_all_named() -> None:
    (one,) = compared(grade(), grade(merge=(0, 2), sha="2", basis=BASIS | {"grader": "g2"}))["changes"]
    assert one["causes"] == ["file", "grader"]


def test_other_points_for_the_same_result_follow_from_the_rubric() -> None:
    """Whatever else has changed."""
    (one,) = compared(grade(merge=(0, 2)), grade(merge=(0, 3), sha="2"))["changes"]
    assert (one["direction"], one["causes"]) == ("fell", ["rubric"])


def test_who_has_all_of_other_points_has_not_changed() -> None:
    """Also where a check is new, and passed."""
    found = compared(grade(), grade(merge=(3, 3), sha="2"))
    assert (found["changes"], found["unchanged"]) == ([], 1)
    whole = grade()
    before = {**whole, "checks": whole["checks"][:1], "score": 2, "max_score": 2}
    assert compared(before, whole)["changes"] == []


def test_points_that_moved_between_checks_are_a_change() -> None:
    """Of the same share."""
    (one,) = compared(grade(merge=(1, 2), learns=1), grade(merge=(2, 2), learns=0))["changes"]
    assert (one["direction"], [check["id"] for check in one["checks"]]) == ("same", ["merge", "learns"])


def test_a_smaller_share_of_a_larger_maximum_is_a_fall() -> None:
    (one,) = compared(grade(merge=(0, 2)), grade(merge=(0, 3)))["changes"]
    assert (one["direction"], one["old"]["max_score"], one["new"]["max_score"]) == ("fell", 3, 4)


def test_new_and_withdrawn_submissions_are_listed_apart() -> None:
    found = compared(grade("anna"), grade("ben"))
    assert (found["added"], found["removed"], found["changes"]) == ([["ben", "two_inputs"]], [["anna", "two_inputs"]], [])


def test_equal_changes_are_one_line() -> None:
    """However many made them; falls come first."""
    names = ["anna", "ben", "cleo"]
    old = state_of("old", {}, [grade(name, learns=0 if name == "cleo" else 1) for name in names])
    new = state_of("new", {}, [grade(name, merge=(2 if name == "cleo" else 0, 2), sha="2") for name in names])
    found = compare(old, new)
    told = changes_of({"changes": found})
    fell, rose = told.groups
    assert (fell.title, fell.why, [who for who, _ in fell.who]) == ("2 scores went down", "another version of the file", ["anna", "ben"])
    assert rose.who == (("cleo", "Cleo 2 → 3 of 3"),)
    assert told.headline.startswith("1 score went up, 2 went down, 0 unchanged")


def graded() -> Grade:
    """A grade of 1 point for a check of 1 point, whose submission is `anna`."""
    (assignment,) = load_assignments(["two_inputs"])
    learns = next(check for check in assignment.checks if check.id == "learns")
    submission = Submission("anna", "anna", Path("anna.py"), None, "1")
    result = CheckResult(learns, Status.PASSED, 1, "It learns.")
    return Grade(submission, assignment, Execution(Outcome.OK, 1.0, "full"), ModelMatch("found"), (result,))


def held(*old: Mapping[str, Any]) -> Floors:
    return floors([state_of("old", {"started": "2026-11-24"}, old)])


def test_no_score_falls_below_an_earlier_one() -> None:
    """By its share: 1 of 3 points are 4 of 10; the report says what this grading gave."""
    kept = held(grade(merge=(0, 2))).under(graded())
    assert (kept.score, kept.earned, kept.status) == (4, 1, graded().status)
    assert "this grading gives 1 of 10" in kept.notes[0].detail


@pytest.mark.parametrize("old", [grade(sha="2"), grade(status="needs_review"), grade("ben")], ids=["file", "open", "who"])
def test_only_a_settled_score_of_the_same_file_is_kept(old: Mapping[str, Any]) -> None:
    assert held(old).under(graded()).score == 1


def test_what_a_person_decides_may_lower_a_score() -> None:
    decided = Grade(**{**vars(graded()), "notes": (Note("override", "merge = 0", Location()),)})
    assert held(grade()).under(decided).score == 1


def whole(score: int) -> dict[str, Any]:
    return {**grade_document(graded()), "score": score}


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
    kept = [read_state(place).grades[("anna", "two_inputs")]["score"] for place in states(tmp_path)]
    assert kept == list(range(MOST_STATES + 1, 1, -1))
