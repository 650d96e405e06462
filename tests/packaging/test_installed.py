"""The grader as it is installed, and Keras where others install it: both work at each level."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.packages import interpreter
from tests.levels import missing

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).parents[2]
RIGHT = REPOSITORY / "tests" / "submissions" / "good" / "one_input" / "activation_layers.py"


@pytest.mark.parametrize("level", ["full", pytest.param("partial", marks=pytest.mark.slow)])
def test_an_installed_grader_grades(installed: Path, run: Callable[..., Any], level: str) -> None:
    """What it hides of itself from a run does not hide what the run needs; and Keras outside of its Python is found."""
    if reason := missing(level):
        pytest.skip(reason)
    assert interpreter(installed).elsewhere
    done = run(installed, "check", RIGHT, "--assignment", "one_input", "--isolation", level, "--json")
    assert done.stdout, done.stderr
    (grade,) = json.loads(done.stdout)["grades"]
    assert (grade["score"], grade["status"], grade["execution"]["isolation"]) == (10, "graded", level), done.stderr
