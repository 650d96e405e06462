"""The runner: points by the rules, errors of ours apart from faults of theirs, nothing earned without evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest

from grader.checks import ended, run_checks, without_model
from grader.domain import Diagnosis, Execution, Failure, HeadTraining, Location, Outcome, Status, Training, TrainingRun
from grader.errors import TrainerFault
from tests.checks.students import dense, evidence, look, two_branches
from tests.graph.networks import read


def test_full_marks_for_the_reference() -> None:
    """A right network with a right training gets every point."""
    reference = two_branches()
    results = run_checks(evidence(reference, reference=read(reference)))
    assert sum(result.score for result in results) == 10


def test_a_fault_of_ours_is_errored_and_scores_nothing() -> None:
    """An exception inside the grader is not presented as the student's fault."""

    def broken() -> Training:
        raise TrainerFault("the trainer died")

    given = replace(evidence(two_branches(), reference=read(two_branches())), learn=broken)
    learns = run_checks(given)[-1]
    assert (learns.status, learns.score) == (Status.ERRORED, 0)
    assert "the trainer died" in learns.review


def test_a_check_is_skipped_where_it_cannot_be_evaluated() -> None:
    """`learns` needs as many inputs as the data have, and says what to fix first."""
    model = keras.Sequential([keras.Input((1,)), dense(1, None)])
    finding = look("learns", evidence(model), mode="reaches")
    assert (finding.status, "Fix that first" in finding.message) == (Status.SKIPPED, True)


def test_an_error_that_is_not_finite_earns_nothing() -> None:
    """NaN is never at or under a threshold."""
    head = HeadTraining(False, 0, None, None, Diagnosis("diverged", "the training diverges", "Bound it"))
    nan = Training("missed", (0.01,), (TrainingRun(1, (None,), ((None,),), 400, None),), 400, heads=(head,))
    finding = look("learns", evidence(two_branches(), training=nan), mode="reaches")
    assert (finding.status, "diverges" in finding.message) == (Status.FAILED, True)


def test_a_borderline_training_is_for_a_person() -> None:
    """Near misses are not a coin toss."""
    head = HeadTraining(False, 0, None, 0.012)
    run = TrainingRun(1, (0.012,), ((0.012,),), 400, None)
    near = Training("borderline", (0.01,), (run,), 400, heads=(head,))
    assert look("learns", evidence(two_branches(), training=near), mode="reaches").review


def test_the_first_failing_cell_is_the_cause() -> None:
    """`runs` names the first error and where it stands."""
    failures = (Failure("NameError", "name 'x' is not defined", Location(3, 2)), Failure("ValueError", "no", Location(4, 1)))
    execution = Execution(Outcome.ERROR, 1.0, "none", failures=failures)
    finding = look("runs", evidence(two_branches(), execution=execution))
    assert "in cell 3, line 2: NameError: name 'x' is not defined. 1 more cell failed after it." in finding.message


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
    """Messages of Keras and Python bring their own, or none."""
    assert ended(text) == sentence


def test_nothing_is_earned_without_a_model() -> None:
    """Every check is accounted for, none scores, and the reason is named."""
    given: Any = evidence(two_branches())
    results = without_model(given.assignment, given.execution, "No Keras model was built.")
    assert (len(given.assignment.checks), 0) == (len(results), sum(result.score for result in results))
    assert {Status.SKIPPED} == {result.status for result in results}
