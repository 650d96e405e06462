"""The steps that follow when the errors of a program are corrected, and nothing else of that run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import load_course
from grader.checks.kinds.runs import FIX
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
    Statement,
    Status,
    Submission,
)
from grader.grading import grade as grade_module
from grader.grading.grade import Graded, with_what_follows
from grader.grading.steps_after_errors import PASSES, continued

NOTE = Note("misspelt-name", "Write `Dense` in place of `Dens`.", Location(None, 3))
LATER = Note("misspelt-name", "Write `y` in place of `x`.", Location(None, 4))
CALLED = Note("layer-not-called", "Call `h` on a tensor.", Location(None, 5))
HISTORY = Note("keras2-spelling", "Write it as today.", Location(None, 1))
FOUND = ModelMatch("found", model=RecordedModel(0, "functional", "", (), "", False, Location(), (), None, ""))
ABSENT = ModelMatch("no_model")
KINDS = ("runs", "widths", "graph")
(ASSIGNMENT,) = load_course(["one_input"]).assignments


def result(kind: str, status: Status, hint: str) -> CheckResult:
    return CheckResult(Check(kind, kind, kind, 3), status, 3 * (status is Status.PASSED), "said", hint=hint)


PASSED = (Status.PASSED, "")
ERROR = (Status.FAILED, f"This name is unknown. {NOTE.detail}")
WIDTHS = (Status.FAILED, "Write `units=32` in `h`.")
FEED = (Status.FAILED, "Feed it.")
HIDDEN = ((Status.SKIPPED, ""), (Status.SKIPPED, "Build it."))


def grade(match: ModelMatch, execution: Execution, *results: tuple[Status, str]) -> Grade:
    checks = tuple(result(kind, *entry) for kind, entry in zip(KINDS, results, strict=True))
    status = GradeStatus.GRADED if match.model else GradeStatus.NEEDS_REVIEW
    submission = Submission("s", "s", Path("s.py"), None, "s")
    reasons, notes = ("an error",), execution.notes
    return Grade(submission, ASSIGNMENT, execution, match, checks, None, reasons, status, notes)


def failed(*notes: Note, followed: tuple[Note, ...] = ()) -> Execution:
    """An execution with an error in the line of the first note."""
    failures = (Failure("NameError", "x", notes[0].location),)
    return Execution(Outcome.ERROR, 1.0, "none", failures=failures, notes=notes, followed=followed)


def ran(*followed: Note, notes: tuple[Note, ...] = ()) -> Execution:
    return Execution(Outcome.OK, 1.0, "none", notes=notes, followed=followed)


FIRST = grade(ABSENT, failed(NOTE), ERROR, *HIDDEN)
THEN = grade(FOUND, ran(NOTE), PASSED, WIDTHS, PASSED)
CALL = (Status.FAILED, "Call `f()`.")


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (FIRST, [THEN], [ERROR[1], f"said {WIDTHS[1]}", ""]),
        (grade(ABSENT, failed(NOTE), ERROR, HIDDEN[0], PASSED), [grade(FOUND, ran(NOTE), PASSED, WIDTHS, FEED)],
         [ERROR[1], f"said {WIDTHS[1]}", ""]),
        (grade(ABSENT, failed(NOTE), ERROR, HIDDEN[0], FEED), [THEN], [ERROR[1], f"said {WIDTHS[1]}", PASSES]),
        (FIRST, [grade(ABSENT, failed(LATER, followed=(NOTE,)), (Status.FAILED, LATER.detail), *HIDDEN),
                 grade(FOUND, ran(NOTE, LATER), PASSED, WIDTHS, PASSED)],
         [f"{ERROR[1]}\n{LATER.detail}", f"said {WIDTHS[1]}", ""]),
        (grade(ABSENT, failed(NOTE), (Status.SKIPPED, ERROR[1]), *HIDDEN),
         [grade(ABSENT, failed(LATER, followed=(NOTE,)), (Status.SKIPPED, LATER.detail), *HIDDEN),
          grade(FOUND, ran(NOTE, LATER), PASSED, WIDTHS, PASSED)],
         [f"{ERROR[1]}\nsaid {LATER.detail}", f"said {WIDTHS[1]}", ""]),
        (grade(ABSENT, failed(NOTE), CALL, CALL, HIDDEN[1]), [THEN], [WIDTHS[1], WIDTHS[1], HIDDEN[1][1]]),
    ],
    ids=["what is left", "what passed stays", "what passes then", "several errors in a row", "several errors of a function",
         "the step that a check has for an error by now"],
)  # fmt: skip
def test_the_next_steps_are_those_that_correct_a_program_and_those_after_them(
    first: Grade, then: list[Grade], expected: list[str]
) -> None:
    """No point and no status changes."""
    merged = continued(first, then)
    assert [result.hint for result in merged.results] == expected
    assert [replace(result, hint="") for result in merged.results] == [replace(r, hint="") for r in first.results]
    assert merged.status is first.status


LINES = (Status.FAILED, "Write these lines in place of line 3, indented like it:\n    h = Dense(3)(x)")
WENT_ON = replace(failed(NOTE), went_on=True)
FAILED = (Statement(Location(), "h = Dense('a')(x)", failed=True),)
BROKEN = replace(FOUND, model=replace(FOUND.model, statements=FAILED) if FOUND.model else None)
SENTENCE = "A layer takes one tensor."


def test_a_run_that_went_on_says_what_to_write_for_an_error_and_what_comes_after_it() -> None:
    """Why, and the lines, are one step; what other checks say of the same network is told with it."""
    vague = "Fix this error, and call `f()`."
    for told in (f"{vague}\n{SENTENCE}", f"{SENTENCE} {vague}"):
        first = grade(ABSENT, failed(NOTE), (Status.FAILED, told), *HIDDEN)
        merged = continued(first, [grade(BROKEN, WENT_ON, LINES, (Status.FAILED, LINES[1]), WIDTHS)])
        assert [result.hint for result in merged.results] == [f"{SENTENCE} {LINES[1]}", "", f"said {WIDTHS[1]}"]


def test_of_a_run_that_went_on_in_vain_nothing_is_told() -> None:
    merged = continued(FIRST, [grade(BROKEN, WENT_ON, (Status.FAILED, FIX), WIDTHS, FEED)])
    assert merged.results == FIRST.results


def test_nobody_reads_what_a_run_would_earn_that_went_on() -> None:
    """It has corrected nothing, and a program can tell that it is run so."""
    first = grade(ABSENT, failed(NOTE), (Status.FAILED, SENTENCE), *HIDDEN)
    assert continued(first, [grade(BROKEN, WENT_ON, LINES, PASSED, PASSED)]).reasons == first.reasons


def test_who_reviews_a_hidden_network_reads_what_it_would_earn() -> None:
    reason = "with only its errors corrected, it would earn 6 of 10 points"
    assert continued(FIRST, [THEN]).reasons == ("an error", reason)
    built = replace(FIRST, match=FOUND, status=GradeStatus.GRADED)
    assert continued(built, [THEN]).reasons == ("an error",)
    assert continued(FIRST, [replace(THEN, match=ABSENT)]).reasons == ("an error",)


def test_an_error_that_other_steps_do_away_with_is_no_remark() -> None:
    """It only followed from another one."""
    first = grade(ABSENT, replace(failed(NOTE), notes=(NOTE, CALLED, HISTORY)), ERROR, *HIDDEN)
    merged = continued(first, [replace(THEN, execution=ran(NOTE, notes=(HISTORY,)))])
    assert merged.notes == (NOTE, HISTORY)
    assert NOTE.detail in merged.results[0].hint


def test_what_goes_wrong_after_a_grade_costs_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> Graded:
        raise ValueError(given)

    monkeypatch.setattr(grade_module, "grade_execution", fails)
    graded = Graded(FIRST.submission, (FIRST,))
    execution = replace(FIRST.execution, corrected=THEN.execution)
    nothing: Any = None
    assert with_what_follows(graded, execution, nothing, nothing) == graded
