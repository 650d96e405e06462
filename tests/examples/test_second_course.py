"""The second course, `examples/`: its data, its rubrics, and a class of right and wrong submissions for each exercise.

`make examples` runs it all; without `slow`, the class of one exercise is graded.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignments.course import load_course
from grader.assignments.folder import CourseFolder, read_course
from grader.authoring.validate import calibrate_assignments
from grader.pipeline import grade_class
from grader.runs.options import ClassOptions, RunOptions
from tests.examples.programs import ASSIGNMENTS, EXERCISES, right, wrong
from tests.terminal import grader

COURSE = read_course(ASSIGNMENTS.parent)
MOST_BYTES = 150_000
QUICK = "small_images"


def graded(name: str, files: dict[str, str], folder: Path, own: CourseFolder = COURSE) -> dict[str, Any]:
    """One run over a class; the document of each file by its name."""
    (folder / "class").mkdir()
    for file, text in files.items():
        (folder / "class" / file).write_text(text, encoding="utf-8")
    course = load_course((name,), own)
    grade_class(folder / "class", folder / "run", course, RunOptions("none"), ClassOptions(jobs=1))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "run" / "results").glob("*.json")]
    assert len(found) == len(files)
    return {Path(document["submission"]["path"]).name: document for document in found}


def failed(document: dict[str, Any]) -> list[str]:
    return [check["id"] for check in document["checks"] if check["status"] == "failed"]


def expect(found: dict[str, Any], good: list[str], bad: str, check: str) -> None:
    """Right ones have all points; the wrong one has lost some, at the check that was foretold."""
    assert {file: (found[file]["score"], failed(found[file])) for file in good} == dict.fromkeys(good, (10, []))
    assert check in failed(found[bad])
    assert found[bad]["score"] < 10
    assert {found[file]["status"] for file in (*good, bad)} == {"graded"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name == QUICK else pytest.mark.slow) for name in EXERCISES]
)
def test_a_class_of_each_exercise(name: str, tmp_path: Path) -> None:
    good, (text, check) = right(name), wrong(name)
    expect(graded(name, {**good, "wrong.py": text}, tmp_path), list(good), "wrong.py", check)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_each_rubric_notices_every_single_mistake(name: str) -> None:
    done = grader("validate", name, "--course", ASSIGNMENTS.parent)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_figure_is_replaced_in_one_file(tmp_path: Path) -> None:
    name = "other_figure"
    shutil.copytree(COURSE.assignments / name, tmp_path / "course" / "assignments" / name)
    own = read_course(tmp_path / "course")
    old = right(name)["right-reference.py"]
    new = old.replace("layers.Dense(8,", "layers.Dense(24,").replace("layers.Add(", "layers.Multiply(")
    own.reference(name).write_text(new.replace(f"build_{name}", "build_model"), encoding="utf-8")
    calibrate_assignments([name], own, lambda _: None, quick=True)
    expect(graded(name, {"new.py": new, "old.py": old}, tmp_path, own), ["new.py"], "old.py", "graph")


def test_the_data_are_those_of_the_script(tmp_path: Path) -> None:
    """Seeds are fixed, files small, and every exercise has its own."""
    script = ASSIGNMENTS.parent / "make_data.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=120)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(EXERCISES)
    assert sorted(path.name for path in ASSIGNMENTS.iterdir()) == sorted(EXERCISES)
    for name in EXERCISES:
        own = ASSIGNMENTS / name / f"{name}.npz"
        assert own.stat().st_size < MOST_BYTES
        with np.load(own) as here, np.load(tmp_path / own.name) as again:
            assert sorted(here.files) == sorted(again.files)
            for key in here.files:
                np.testing.assert_allclose(here[key], again[key], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_is_left_to_write(name: str) -> None:
    text = (ASSIGNMENTS / name / "README.md").read_text(encoding="utf-8")
    assert "TODO" not in text
    assert "## What you learn" in text
