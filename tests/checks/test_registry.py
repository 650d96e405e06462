"""The registry of kinds, each with a module and tests of its own, and how a rubric runs them.

Points by the rules, errors of ours apart from faults of theirs, nothing earned without evidence.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import keras
import pytest

from grader.assignments.course import load_course
from grader.checks import KINDS, run_checks, without_model
from grader.domain import CheckResult, Location, RecordedModel, Status
from grader.errors import TrainerFault, TrainerLimit
from tests.checks.students import evidence, two_branches
from tests.graph.networks import read


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_module_of_its_name_and_tests(kind: str) -> None:
    assert KINDS[kind].check.__module__ == f"grader.checks.kinds.{kind}"
    assert kind in str(KINDS[kind].spec.model_fields["kind"].annotation)
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert f'look("{kind}"' in tests or f'("{kind}", ' in tests


def of_the_reference(**changes: Any) -> tuple[CheckResult, ...]:
    reference = two_branches()
    return run_checks(replace(evidence(reference, reference=read(reference)), **changes))


def test_full_marks_for_the_reference() -> None:
    assert sum(result.score for result in of_the_reference()) == 10


def test_a_fault_of_ours_is_errored_and_scores_nothing() -> None:
    learns = of_the_reference(learn=Mock(side_effect=TrainerFault("the trainer died")))[-1]
    assert (learns.status, learns.score) == (Status.ERRORED, 0)
    assert "the trainer died" in learns.review


def test_a_network_that_keras_does_not_confirm_earns_nothing() -> None:
    """What only looks at the run and at `compile` is judged all the same."""
    results = of_the_reference(problem=TrainerLimit("the recording is not of this network"))
    judged = {result.check.kind for result in results if result.status is not Status.SKIPPED}
    assert judged <= {"runs", "functional", "compiled"}
    assert all(result.score == 0 for result in results if result.check.kind not in judged)


def test_a_network_that_ended_the_trainer_is_reviewed_and_no_error_of_ours() -> None:
    slow = Mock(side_effect=TrainerLimit("training this network takes longer than 120 s"))
    learns = of_the_reference(learn=slow)[-1]
    assert (learns.status, learns.score, slow.call_count) == (Status.SKIPPED, 0, 1)
    assert learns.review == "training this network takes longer than 120 s"
    assert learns.hint


def test_nothing_is_earned_without_a_model() -> None:
    facts: Any = evidence(two_branches())
    results = without_model(facts.assignment, facts.execution, "No Keras model was built.")
    assert len(results) == len(facts.assignment.checks)
    assert sum(result.score for result in results) == 0
    assert {result.status for result in results} == {Status.SKIPPED}


@pytest.mark.parametrize("name", ["one_input", "branching_network"])
def test_hidden_layers_have_a_next_step_that_makes_each_name_it_uses(name: str) -> None:
    """Whether a check is about the Functional API or not; with ours in place of what the step leaves open."""
    (assignment,), x = load_course([name]).assignments, keras.Input((1,))
    hidden = RecordedModel(0, "subclass", "Net", ("net",), "", False, Location(), (), None, "")
    results = without_model(assignment, evidence(keras.Model(x, x)).execution, "It is hidden.", hidden)
    (step,) = {result.hint for result in results if result.check.kind != "runs"} - {""}
    scope: dict[str, Any] = {}
    exec("\n".join(line.strip() for line in step.splitlines()[1:]), scope)
    assert scope["net"].output.shape == (None, 1)
