"""The tutorial's own programs, as they stand: one through the command that a student gives, all as cells of a notebook."""

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
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `grader check --json` has for the second program, and for all of them as cells."""
    folder = tmp_path_factory.mktemp("tutorial")
    blocks = re.findall(r"```\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    programs = [block for block in blocks if "import" in block and "model.fit" in block]
    assert len(programs) == 4
    (folder / "program_2.py").write_text(programs[1], encoding="utf-8")
    (folder / "programs.ipynb").write_text(notebook(*programs), encoding="utf-8")
    return {path.stem: check(path) for path in sorted(folder.iterdir())}


def check(path: Path) -> dict[str, Any]:
    done = grader("check", path, "--json")
    assert done.returncode in (0, 1), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def scores(document: dict[str, Any]) -> dict[str, int]:
    return {grade["assignment"]: grade["score"] for grade in document["grades"]}


def test_a_program_gets_full_marks_as_it_stands(checked: dict[str, Any]) -> None:
    """By the command, which tells the exercise by the network; Keras 2 spellings cost nothing."""
    assert scores(checked["program_2"]) == {"one_input": 10}
    assert {grade["status"] for grade in checked["program_2"]["grades"]} == {"graded"}


def test_all_programs_in_one_notebook(checked: dict[str, Any]) -> None:
    """Four models called `model` belong to the exercises that they solve; the last one built for each counts."""
    assert scores(checked["programs"]) == {"one_input": 10, "two_inputs": 10, "two_outputs": 10}


def test_notes_give_the_modern_spelling_with_its_place(checked: dict[str, Any]) -> None:
    """Where a program uses Keras 2, the report says cell, line and what to write today."""
    (grade,) = (grade for grade in checked["programs"]["grades"] if grade["assignment"] == "two_outputs")
    moved, metrics = (note for note in grade["notes"] if (note["code"], note["cell"]) == ("keras2-spelling", 4))
    assert moved["line"] == 6
    assert "keras.layers" in moved["message"]
    assert "metrics=[['mse'], ['mse']]" in metrics["message"]
