"""Luck never fails a right answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.training.host import local_trainer
from grader.training.memo import Memo
from grader.training.verdicts.learning import judge

pytestmark = pytest.mark.long


def test_twenty_seeds_give_one_verdict(tmp_path: Path) -> None:
    course = load_course(["one_input"])
    (assignment,) = course.assignments
    calibration = course.calibrations["one_input"]
    graph = calibration.reference
    with local_trainer(Memo(tmp_path)) as trainer:
        settings = (assignment.recipe, assignment.data, calibration, trainer)
        outcomes = [
            judge("reaches", graph, *settings, first_seed=seed, is_reference=False).outcome for seed in range(1, 21)
        ]
    assert outcomes == ["learned"] * 20
