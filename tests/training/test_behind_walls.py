"""The trainer works at every level, whatever has been left in places that all may write to."""

from __future__ import annotations

import pytest

from grader.course import load_course
from grader.training.process import environment, trainer_box
from grader.training.trainer import Trainer
from tests.isolation.conftest import missing


@pytest.mark.parametrize("level", ["full", "partial", "none"])
def test_it_starts_and_answers(level: str) -> None:
    """Its own package can be imported, also where that lies outside of its Python."""
    if reason := missing(level) if level != "none" else "":
        pytest.skip(reason)
    course = load_course(["one_input"])
    with Trainer(isolation=level) as trainer:
        (floors,) = trainer.floors(course.assignments[0].data)
    assert floors["constant"] > floors["straight_line"]


def test_settings_of_others_are_not_read() -> None:
    """A keras.json that anybody leaves in /tmp, or in a home, changes nothing about how networks are trained."""
    for level in ("full", "partial", "none"):
        assert environment(trainer_box(level, (), 0))["KERAS_HOME"].startswith("/dev/null/")
