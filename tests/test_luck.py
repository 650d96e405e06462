"""Luck never fails a right answer."""

from __future__ import annotations

import pytest

from grader.assignments.course import load_course
from grader.training.memo import Memo
from grader.training.trainer import Trainer
from grader.training.verdicts.learning import judge

pytestmark = pytest.mark.long


def test_fifty_seeds_give_one_verdict(tmp_path_factory: object) -> None:
    """A correct `one_input`, graded with --seed 1 to --seed 50, learns 50 times."""
    course = load_course(["one_input"])
    (assignment,) = course.assignments
    calibration = course.calibrations["one_input"]
    graph = calibration.reference
    with Trainer(Memo(tmp_path_factory.mktemp("memo"))) as trainer:  # type: ignore[attr-defined]
        outcomes = [
            judge(
                "reaches",
                graph,
                assignment.recipe,
                assignment.data,
                calibration,
                trainer,
                first_seed=seed,
                is_reference=False,
            ).outcome
            for seed in range(1, 51)
        ]
    assert outcomes == ["learned"] * 50
