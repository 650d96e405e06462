"""`runs`: the code runs from top to bottom, and what stopped it is named."""

from __future__ import annotations

import pytest

from grader.checks import ended, in_location
from grader.domain import Execution, Failure, Location, Outcome, Status
from tests.checks.students import evidence, look, two_branches


def test_the_first_failing_cell_is_the_cause() -> None:
    failures = (Failure("NameError", "name 'x' is not defined", Location(3, 2)), Failure("ValueError", "no", Location(4, 1)))
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=failures)
    finding = look("runs", evidence(two_branches(), execution=execution))
    assert "in cell 3, line 2: NameError: name 'x' is not defined. It also raises ValueError in cell 4, line 1." in finding.message


def test_what_else_fails_is_listed() -> None:
    failures = tuple(Failure("NameError", "name 'x' is not defined", Location(None, line)) for line in (2, 4, 5))
    finding = look("runs", evidence(two_branches(), execution=Execution(Outcome.ERROR, 1.0, "none", failures=failures)))
    assert finding.message == (
        "The program raises an error on line 2: NameError: name 'x' is not defined. It also raises NameError on line 4 "
        "and NameError on line 5."
    )


def test_a_program_that_exits_has_no_error_to_fix() -> None:
    failures = (Failure("SystemExit", "exit() ends the program here", Location(None, 11)),)
    finding = look("runs", evidence(two_branches(), execution=Execution(Outcome.ERROR, 1.0, "none", failures=failures)))
    assert "raises an error on line 11: SystemExit: exit() ends the program here." in finding.message
    assert finding.hint.startswith("Delete this call of `exit()`, or comment out what comes after it;")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (Location(None, 7), " on line 7"),
        (Location(3, 7), " in cell 3, line 7"),
        (Location(None, 7, "helpers.py"), " in helpers.py, line 7"),
        (Location(), ""),
    ],
)
def test_an_error_is_on_a_line_or_in_a_file_or_cell(location: Location, words: str) -> None:
    assert in_location(location) == words


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("It is.", "It is."),
        ("Did you mean print(...)?", "Did you mean print(...)?"),
        ("Error: ", "Error."),
        ("No", "No."),
    ],
)
def test_an_error_ends_with_one_full_stop(text: str, sentence: str) -> None:
    assert ended(text) == sentence


def test_a_program_that_comes_to_its_end_passes() -> None:
    finding = look("runs", evidence(two_branches()))
    assert finding.status is Status.PASSED
    assert finding.message == "The program runs to the end."


@pytest.mark.parametrize(
    ("outcome", "found", "words"),
    [
        (Outcome.TIMEOUT, "still running after 60 seconds", "Look for a loop that never ends"),
        (Outcome.MEMORY, "more than 60 seconds", "Look for arrays or networks"),
        (Outcome.CRASHED, "more than 60 seconds", "Remove what ends the program early"),
    ],
)
def test_what_ended_a_program_decides_the_next_step(outcome: Outcome, found: str, words: str) -> None:
    """A limit is the cause where no error is, and the figure is what was found."""
    execution = Execution(outcome, 1.0, "none", message="It ended.", limit="60 seconds")
    finding = look("runs", evidence(two_branches(), execution=execution))
    assert finding.status is Status.FAILED
    assert finding.message == "The program did not run to the end: It ended."
    assert finding.actual == f"{found}, so it was stopped"
    assert finding.hint.startswith(words)
