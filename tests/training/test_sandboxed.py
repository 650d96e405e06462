"""The trainer works at every level, whatever has been left in places that all may write to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.course import load_course
from grader.training.host import environment, local_trainer, trainer_sandbox
from tests.levels import missing

pytestmark = pytest.mark.long


@pytest.mark.parametrize("level", ["full", pytest.param("partial", marks=pytest.mark.slow)])
def test_it_starts_and_answers(level: str) -> None:
    """Its own package can be imported, also where that lies outside of its Python."""
    if reason := missing(level):
        pytest.skip(reason)
    (assignment,) = load_course(["one_input"]).assignments
    with local_trainer(isolation=level) as trainer:
        (floors,) = trainer.floors(assignment.data, assignment.recipe)
    assert floors["constant"] > floors["straight_line"]


@pytest.mark.parametrize("level", ["partial", "none"])
def test_settings_of_others_are_not_read(level: str, tmp_path: Path) -> None:
    """What libraries look for in a home or a temporary folder is looked for in one that nobody else can reach."""
    found = environment(replace(trainer_sandbox(level, ()), scratch=tmp_path))
    places = ("HOME", "TMPDIR", "KERAS_HOME", "MPLCONFIGDIR")
    assert [Path(found[name]).is_relative_to(tmp_path) for name in places] == [True] * 4
