"""Programs that run in batches are graded as if each had been handed in alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignments.course import Course
from tests.spellings.program import Program
from tests.spellings.trials import Trial, run_trials

pytestmark = pytest.mark.long


def test_each_program_of_a_batch_gets_its_own_grade(shared_layer: Course, reference: Program) -> None:
    """A cell that fails and a wrong network cost their neighbours nothing, and one alone gets what it gets in a batch."""
    broken = replace(reference, tail="no_such_name")
    among = replace(reference, between="no_such_name")
    uncompiled = replace(reference, compiled=None)
    alone = reference.styled(layout="build_model")
    trials = [Trial(program, "notebook") for program in (reference, broken, uncompiled, alone)]
    trials += [Trial(reference, "module"), Trial(reference.styled(imports="Keras 2"), "module")]
    trials += [Trial(among, "module"), Trial(among, "notebook")]
    grades = run_trials(trials, shared_layer, "none", lambda _: None)
    assert [grade.score for grade in grades] == [10, 9, 10, 10, 10, 10, 9, 9]
    failed = [result.check.id for result in grades[1].results if result.score < result.max_score]
    assert failed == ["runs"]
