"""Luck never fails a right answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.training.memo import Memo
from grader.training.verdicts.learning import judge
from tests.conftest import Authors

pytestmark = pytest.mark.long


def test_twenty_seeds_give_one_verdict(tmp_path: Path, authors: Authors) -> None:
    course = load_course(["one_input"])
    (assignment,) = course.assignments
    calibration = course.calibrations["one_input"]
    graph = calibration.reference
    with authors.trainer(Memo(tmp_path)) as trainer:
        settings = (assignment.recipe, assignment.data, calibration, trainer)
        outcomes = [
            judge("reaches", graph, *settings, first_seed=seed, is_reference=False).outcome for seed in range(1, 21)
        ]
    assert outcomes == ["learned"] * 20
