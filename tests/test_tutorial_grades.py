"""The tutorial's own programs, as they stand: one through the command that a student gives, all as cells of a notebook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.course import Course, load_course
from grader.hints import SENTENCES
from grader.pipeline import grade_submission
from grader.runs.options import RunOptions
from grader.runs.workers import Processes, Worker
from grader.sandbox import resolve_isolation
from grader.submissions import discover
from tests.notebooks import notebook
from tests.reporting.grades import grade_document
from tests.terminal import grader

TUTORIAL = Path(__file__).parents[2] / "shared" / "tutorial.md"
OPTIONS = RunOptions(isolation=resolve_isolation("auto"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not TUTORIAL.is_file(), reason="the tutorial does not lie beside this checkout"),
]


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory, processes: Processes) -> dict[str, dict[str, Any]]:
    """What `grader check --json` has for the first two, for all programs as cells, and for all blocks as cells."""
    folder = tmp_path_factory.mktemp("tutorial")
    blocks = re.findall(r"```\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    programs = [block for block in blocks if "import" in block and "model.fit" in block]
    assert (len(blocks), len(programs)) == (25, 4)
    for number, program in enumerate(programs[:2], start=1):
        (folder / f"program_{number}.py").write_text(program, encoding="utf-8")
    for name, sources in (("programs", programs), ("blocks", blocks)):
        (folder / f"{name}.ipynb").write_text(notebook(*sources), encoding="utf-8")
    by_command = folder / "program_2.py"
    course = load_course()
    here = Worker(processes.supervisor(course, OPTIONS), processes.trainer(course, OPTIONS))
    documents = {path.stem: graded(path, course, here) for path in sorted(folder.iterdir()) if path != by_command}
    return {**documents, by_command.stem: check(by_command)}


def graded(path: Path, course: Course, here: Worker) -> dict[str, Any]:
    """What the command does, in a worker that does the next one too."""
    (submission,) = discover(path, of_one=True)
    grades = grade_submission(submission, course, OPTIONS, here).grades
    return {"grades": json.loads(json.dumps([grade_document(grade, SENTENCES) for grade in grades]))}


def check(path: Path) -> dict[str, Any]:
    done = grader("check", path, "--json")
    assert done.returncode in (0, 1), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def scores(document: dict[str, Any]) -> dict[str, int]:
    return {grade["assignment"]: grade["score"] for grade in document["grades"]}


def missed(document: dict[str, Any]) -> list[str]:
    return [c["id"] for grade in document["grades"] for c in grade["checks"] if c["status"] != "passed"]


def test_a_program_gets_full_marks_as_it_stands(checked: dict[str, Any]) -> None:
    """By the command, which tells the exercise by the network; Keras 2 spellings cost nothing."""
    assert scores(checked["program_2"]) == {"one_input": 10}
    assert {grade["status"] for grade in checked["program_2"]["grades"]} == {"graded"}


def test_the_sequential_program_loses_functional_alone(checked: dict[str, Any]) -> None:
    assert (scores(checked["program_1"]), missed(checked["program_1"])) == ({"one_input": 7}, ["functional"])


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


def test_every_block_of_the_tutorial_in_order(checked: dict[str, Any]) -> None:
    """Failing cells are named, output listings and a stray `|` included, and the models that were built are graded."""
    document = checked["blocks"]
    assert scores(document) == {"one_input": 9, "two_inputs": 9, "two_outputs": 9}
    assert set(missed(document)) == {"runs"}
    failures = document["grades"][0]["execution"]["failures"]
    assert {16, 19, 20} <= {failure["cell"] for failure in failures}
