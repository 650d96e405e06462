"""Luck never fails a right answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.training.memo import Memo
from grader.training.verdicts.learning import judge
from tests.conftest import Authors

pytestmark = pytest.mark.long


@pytest.mark.parametrize("seeds", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_other_seeds_give_the_same_verdict(tmp_path: Path, authors: Authors, seeds: int) -> None:
    course = load_course(["one_input"])
    (assignment,) = course.assignments
    calibration = course.calibrations["one_input"]
    graph = calibration.reference
    with authors.trainer(Memo(tmp_path)) as trainer:
        settings = (assignment.recipe, assignment.data, calibration, trainer)
        outcomes = [
            judge(graph, *settings, first_seed=seed, is_reference=False).outcome for seed in range(1, seeds + 1)
        ]
    assert outcomes == ["learned"] * seeds
