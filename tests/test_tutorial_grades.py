"""The tutorial's own programs, as they stand, as cells of one notebook, by the command that a student gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import notebook
from tests.terminal import grader

TUTORIAL = Path(__file__).parents[2] / "shared" / "tutorial.md"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not TUTORIAL.is_file(), reason="the tutorial does not lie beside this checkout"),
]


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By exercise, as `grader check --json` has them."""
    path = tmp_path_factory.mktemp("tutorial") / "programs.ipynb"
    blocks = re.findall(r"```\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    programs = [block for block in blocks if "import" in block and "model.fit" in block]
    assert len(programs) == 4
    path.write_text(notebook(*programs), encoding="utf-8")
    return {grade["assignment"]: grade for grade in json.loads(grader("check", path, "--json").stdout)["grades"]}


def test_each_program_gets_full_marks_as_it_stands(grades: dict[str, dict[str, Any]]) -> None:
    """Four models called `model` belong to the exercises that they solve; the last one built for each counts."""
    scores = {name: grade["score"] for name, grade in grades.items()}
    assert scores == {"one_input": 10, "two_inputs": 10, "two_outputs": 10}


def test_notes_give_the_modern_spelling_with_its_place(grades: dict[str, dict[str, Any]]) -> None:
    """Where a program uses Keras 2, which costs nothing, the report says cell, line and what to write today."""
    notes = grades["two_outputs"]["notes"]
    moved, metrics = (note for note in notes if (note["code"], note["cell"]) == ("keras2-spelling", 4))
    assert (moved["line"], "keras.layers" in moved["message"]) == (6, True)
    assert "metrics=[['mse'], ['mse']]" in metrics["message"]
