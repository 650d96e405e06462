"""`lint` finds what is valid and still wrong: sums, names, freedoms, arrays, and the README's table."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.assignments.course import load_course
from grader.assignments.folder import tutorial
from grader.assignments.spec import load_assignment, load_assignments
from grader.authoring.lint import lint, page_findings
from grader.domain import Assignment, Check, DataSpec


def two_inputs() -> Assignment:
    return load_assignments(["two_inputs"])[0]


def test_our_own_assignments_are_clean() -> None:
    course = load_course()
    for assignment in course.assignments:
        assert lint(assignment, course.assignments, course.references.get(assignment.id)) == []


@pytest.mark.parametrize(("points", "words"), [(0, "No check is worth any points."), (7, "The points sum to 7")])
def test_an_odd_sum_is_found(points: int, words: str) -> None:
    assignment = replace(two_inputs(), checks=(Check("runs", "runs", "Runs", points),), folder=Path("nowhere"))
    (finding,) = lint(assignment, load_assignments())
    assert words in finding.what
    assert finding.severity == ("warning" if points else "error")
    assert finding.file.name == "assignment.toml"


def test_one_name_for_two_assignments_is_found() -> None:
    """Which exercise a model of that name is for, nobody can say."""
    twin = replace(two_inputs(), id="twin", names=("build_two_inputs", "one_input"))
    keys = {finding.key: finding.what for finding in lint(twin, load_assignments())}
    assert set(keys) == {"names[1]", "names[2]"}
    assert "`build_two_inputs` names `two_inputs` too" in keys["names[1]"]


def test_a_freedom_of_a_layer_that_is_not_there_is_found() -> None:
    """`thrid` frees nothing, and so every network would be a different one."""
    course = load_course(["three_inputs"])
    (assignment,) = course.assignments
    checks = tuple(replace(c, options={"free": {"thrid": {}}}) if c.kind == "graph" else c for c in assignment.checks)
    (finding,) = lint(replace(assignment, checks=checks), (), course.references["three_inputs"])
    assert finding.severity == "error"
    assert finding.key.endswith(".free.thrid")
    assert "did you mean `third`?" in finding.what
    assert "in the reference solution" in finding.what_to_do


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("| merge | 2 |", "| merge | 3 |", "The table gives 3 points, the rubric gives 2 points."),
        ("| merge | 2 |", "| merges | 2 |", "the rubric has no such check; did you mean `merge`?"),
    ],
)
def test_a_readme_that_says_otherwise_is_found(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Students read the README, and the grader the spec."""
    folder = tmp_path / "two_inputs"
    shutil.copytree(tutorial().assignments / "two_inputs", folder)
    readme = folder / "README.md"
    readme.write_text(readme.read_text("utf-8").replace(old, new), "utf-8")
    findings = lint(load_assignment(folder))
    assert words in findings[0].what
    assert findings[0].file == readme


def test_names_that_the_data_do_not_have_are_found(tmp_path: Path) -> None:
    file = tmp_path / "plants.npz"
    zeros = {f"{name}{end}": np.zeros((4, width)) for name, width in (("leaf", 2), ("soil", 3)) for end in ("", "_val")}
    np.savez(file, height=np.zeros(4), **zeros)
    data = DataSpec(("leaf", "sol"), ("height",), file)
    assignment = replace(two_inputs(), data=data, folder=tmp_path)
    by_key = {finding.key: finding.what for finding in lint(assignment) if finding.key.startswith("data")}
    assert by_key == {
        "data.inputs[2]": "plants.npz has no array `sol`; did you mean `soil`?",
        "data.targets[1]": "plants.npz has no array `height_val`.",
    }
    file.write_text("no archive")
    assert "not an .npz file" in next(finding for finding in lint(assignment) if finding.file == file).what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"# Two inputs\n\n{line}\n", f"line 3: This is still to be written: {line}")
          for line in ("TODO: Say why.", "- TODO: Say why.", "> TODO: Say why.")),
        ("Fill in what is marked TODO: the layers, then `compile`.\n", ""),
        *((text, f": The page asks for {number} epochs; `training.epochs` is 400.") for text, number in (
            ("Train for 300 epochs.", 300), ("Write `epochs=300`.", 300), ("Train it for 1,000 epochs.", 1000))),
        ("Train for 400 epochs.", ""),
        ("After 50 epochs the curve bends; train for 400 epochs.", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_page_that_is_unfinished_or_contradicts_the_spec_is_found(tmp_path: Path, text: str, expected: str) -> None:
    """It may mention the marks of the starter, and other numbers beside the right one, which is 400."""
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    findings = page_findings(replace(two_inputs(), folder=tmp_path))
    assert [f"{finding.key}: {finding.what}" for finding in findings] == ([expected] if expected else [])
