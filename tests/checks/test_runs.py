"""`runs`: the code runs from top to bottom, and what stopped it is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks import ended
from grader.domain import Execution, Failure, Location, Outcome, Statement, Status
from tests.checks.students import evidence, look, two_branches


def failing(*lines: int, kind: str = "NameError", message: str = "name 'x' is not defined") -> Execution:
    failures = tuple(Failure(kind, message, Location(None, line)) for line in lines)
    return Execution(Outcome.ERROR, 1.0, "none", failures=failures)


@pytest.mark.parametrize(
    ("execution", "message", "hint"),
    [
        (Execution(Outcome.OK, 1.0, "none"), "The program runs to the end.", ""),
        (failing(2, 4, 4), "The program raises an error on line 2: NameError: name 'x' is not defined. It also raises "
         "NameError on line 4.", ""),
        (failing(2, 4, 5), "The program raises an error on line 2: NameError: name 'x' is not defined. It also raises "
         "NameError on line 4 and NameError on line 5.", ""),
        (failing(11, kind="SystemExit", message="exit() ends the program here"),
         "The program raises an error on line 11: SystemExit: exit() ends the program here.",
         "Delete this call of `exit()`, or comment out what comes after it;"),
    ],
    ids=["to the end", "one line twice", "errors", "exit"],
)  # fmt: skip
def test_the_first_error_is_the_cause_and_the_others_are_listed(execution: Execution, message: str, hint: str) -> None:
    finding = look("runs", evidence(two_branches(), execution=execution))
    assert (finding.status is Status.PASSED) == (execution.outcome is Outcome.OK)
    assert finding.message == message
    assert finding.hint.startswith(hint)


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


def test_a_model_that_is_not_compiled_has_the_settings_of_the_exercise_as_its_step() -> None:
    """Where no check asks for them; else that one says so."""

    def hint(traceback: str, assignment: str = "two_inputs") -> str:
        missing = failing(9, kind="ValueError", message="You must call `compile()` before using the model.")
        failures = (replace(missing.failures[0], traceback=traceback),)
        facts = evidence(two_branches(), assignment=assignment, execution=replace(missing, failures=failures))
        return look("runs", replace(facts, model=replace(facts.model, compiles=()))).hint

    fit, line = "line 9, in <module>\n    model.fit(x, y)", "`model.compile(optimizer='rmsprop', loss='mse')`"
    assert hint(fit) == f"Write {line} above line 9, indented like it."
    assert hint(fit, "two_outputs") == 'Compile the model first, see "Optimizer".'
    assert (
        hint("line 9, in <module>\n    model.compile(Adm())") == f"Write {line} in place of the whole call on line 9."
    )
    assert hint("    other.fit(x, y)").startswith("Correct the error")


def test_only_after_a_run_that_went_on_may_statements_have_failed() -> None:
    """A recording may say so of any other run, where it means nothing."""
    facts = evidence(two_branches())
    facts = replace(facts, model=replace(facts.model, statements=(Statement(Location(), "x = 1", failed=True),)))
    assert look("runs", facts).status is Status.PASSED
    went_on = replace(facts, execution=replace(facts.execution, went_on=True))
    assert look("runs", went_on).status is Status.FAILED
