"""The steps that follow when the errors of a program are corrected, and nothing else of that run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import load_course
from grader.domain import (
    Check,
    CheckResult,
    Execution,
    Failure,
    Grade,
    GradeStatus,
    Location,
    ModelMatch,
    Note,
    Outcome,
    RecordedModel,
    Status,
    Submission,
)
from grader.grading import grade as grade_module
from grader.grading.grade import Graded, with_what_follows
from grader.grading.steps_after_errors import continued

NOTE = Note("misspelt-name", "Write `Dense` in place of `Dens`.", Location(None, 3))
LOOP = Note("lost-result", "`x = []` empties the list in each pass: move it above line 3.", Location(None, 4))
MODEL = RecordedModel(0, "functional", "", (), "", False, Location(), (), None, "")
(ASSIGNMENT,) = load_course(["one_input"]).assignments


def grade(match: ModelMatch, execution: Execution, *results: CheckResult) -> Grade:
    submission = Submission("s", "s", Path("s.py"), None, "s")
    status = GradeStatus.GRADED if match.model else GradeStatus.NEEDS_REVIEW
    return Grade(submission, ASSIGNMENT, execution, match, results, reasons=("an error",), status=status)


def result(kind: str, status: Status, hint: str = "") -> CheckResult:
    return CheckResult(Check(kind, kind, kind, 3), status, 3 * (status is Status.PASSED), "said", hint=hint)


CORRECTED = Execution(Outcome.OK, 1.0, "none", followed=(NOTE,))
FOUND = ModelMatch("found", model=MODEL)
ABSENT = ModelMatch("no_model")
FIRST = grade(
    ABSENT,
    Execution(Outcome.ERROR, 1.0, "none", failures=(Failure("NameError", "Dens", NOTE.location),), notes=(NOTE,)),
    result("runs", Status.FAILED, f"This name is unknown. {NOTE.detail}"),
    result("widths", Status.SKIPPED),
    result("graph", Status.SKIPPED, "Build it."),
)
THEN = grade(
    FOUND,
    CORRECTED,
    result("runs", Status.PASSED),
    result("widths", Status.FAILED, "Write `units=32` in `h`."),
    result("graph", Status.PASSED),
)


def test_the_next_steps_are_those_of_the_corrected_program_after_those_that_correct_it() -> None:
    merged = continued(FIRST, [THEN])
    assert [result.hint for result in merged.results] == [FIRST.results[0].hint, "said Write `units=32` in `h`.", ""]


def test_no_point_and_no_status_changes() -> None:
    merged = continued(FIRST, [THEN])
    assert [(result.status, result.score) for result in merged.results] == [
        (result.status, result.score) for result in FIRST.results
    ]
    assert merged.status is FIRST.status


def test_who_reviews_a_hidden_network_reads_what_it_would_earn() -> None:
    reason = "with only its errors corrected, it would earn 6 of 10 points"
    assert continued(FIRST, [THEN]).reasons == ("an error", reason)
    built = replace(FIRST, match=FOUND, status=GradeStatus.GRADED)
    assert continued(built, [THEN]).reasons == ("an error",)


def test_a_check_that_passed_is_left_as_it_is() -> None:
    passed = replace(FIRST, results=(*FIRST.results[:2], result("graph", Status.PASSED)))
    worse = replace(THEN, results=(*THEN.results[:2], result("graph", Status.FAILED, "Feed it.")))
    assert continued(passed, [worse]).results[2] == passed.results[2]


def test_several_errors_in_a_row_are_told_in_a_row() -> None:
    """What the last correction would earn is said, however many errors stand before it."""
    later = Note("misspelt-name", "Write `y` in place of `x`.", Location(None, 4))
    failure = Failure("NameError", "x", later.location)
    hidden = replace(CORRECTED, outcome=Outcome.ERROR, failures=(failure,), notes=(later,))
    second = grade(ABSENT, hidden, result("runs", Status.FAILED, later.detail), *FIRST.results[1:])
    last = replace(THEN, execution=replace(CORRECTED, followed=(NOTE, later)))
    merged = continued(FIRST, [second, last])
    assert merged.results[0].hint.splitlines() == [FIRST.results[0].hint, later.detail]
    assert merged.reasons == continued(FIRST, [THEN]).reasons


def test_a_correction_that_leads_to_no_network_earns_nothing() -> None:
    assert continued(FIRST, [replace(THEN, match=ABSENT)]).reasons == FIRST.reasons


def test_a_failed_check_that_passes_then_says_so() -> None:
    failed = replace(FIRST, results=(*FIRST.results[:2], result("graph", Status.FAILED, "Feed it.")))
    assert continued(failed, [THEN]).results[2].hint == "This passes once the errors above are corrected."


def test_a_check_that_passes_after_what_is_no_error_tells_that() -> None:
    execution = Execution(Outcome.OK, 1.0, "none", notes=(LOOP,))
    failed = replace(FIRST, execution=execution, results=(*FIRST.results[:2], result("graph", Status.FAILED, "Feed.")))
    then = replace(THEN, execution=replace(CORRECTED, followed=(LOOP,)))
    assert continued(failed, [then]).results[2].hint.endswith(LOOP.detail)


def test_what_is_left_after_a_line_is_told_after_that_line() -> None:
    execution = Execution(Outcome.OK, 1.0, "none", notes=(LOOP,))
    failed = replace(FIRST, execution=execution, results=(*FIRST.results[:2], result("graph", Status.FAILED, "Feed.")))
    last = result("graph", Status.FAILED, "Leave.")
    then = replace(THEN, results=(*THEN.results[:2], last), execution=replace(CORRECTED, followed=(LOOP,)))
    first, second = continued(failed, [then]).results[2].hint.splitlines()
    assert LOOP.detail in first
    assert second == "Leave."


def test_an_error_that_goes_with_what_is_none_tells_that_alone() -> None:
    """The step of its own would undo it, or is for nothing."""
    own = replace(NOTE, edits=())
    hidden = replace(FIRST, execution=replace(FIRST.execution, notes=(LOOP, own)), notes=(LOOP, own))
    merged = continued(hidden, [replace(THEN, execution=replace(CORRECTED, followed=(LOOP,)))])
    assert LOOP.detail in merged.results[0].hint
    assert own.detail not in merged.results[0].hint
    assert merged.notes == (LOOP,)


def test_what_only_followed_from_an_error_is_no_remark() -> None:
    called = Note("layer-not-called", "Call `h` on a tensor.", Location(None, 5))
    history = Note("keras2-spelling", "Write it as today.", Location(None, 1))
    notes = (NOTE, called, history)
    first = replace(FIRST, execution=replace(FIRST.execution, notes=notes), notes=notes)
    then = replace(THEN, execution=replace(CORRECTED, notes=(history,)))
    assert continued(first, [then]).notes == (NOTE, history)


def test_an_error_tells_the_step_that_a_check_has_for_it_by_now() -> None:
    by_check = result("runs", Status.FAILED, "Call `f()`.")
    failed = replace(FIRST, results=(by_check, replace(by_check, check=FIRST.results[1].check), FIRST.results[2]))
    assert continued(failed, [THEN]).results[0].hint == "Write `units=32` in `h`."


def test_what_goes_wrong_after_a_grade_costs_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> Graded:
        raise ValueError(given)

    monkeypatch.setattr(grade_module, "grade_execution", fails)
    graded = Graded(FIRST.submission, (FIRST,))
    execution = replace(FIRST.execution, corrected=CORRECTED)
    nothing: Any = None
    assert with_what_follows(graded, execution, nothing, nothing) == graded
