"""A course of one's own from the built-in one: its rubric can be changed, and nobody's changes are overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.course import copy_course, load_course
from grader.assignments.folder import read_course, tutorial
from grader.errors import UsageError
from tests.terminal import grader


def test_a_copy_is_a_course_whose_points_can_be_changed(tmp_path: Path) -> None:
    """It stays calibrated: points are not what a calibration is of."""
    assert copy_course(["two_inputs"], tutorial(), tmp_path / "own") == {"two_inputs": True}
    spec = tmp_path / "own" / "assignments" / "two_inputs" / "assignment.toml"
    spec.write_text(spec.read_text("utf-8").replace("points = 1", "points = 2"), "utf-8")
    own, theirs = load_course([], read_course(tmp_path / "own")), load_course(["two_inputs"])
    assert own.assignments[0].max_score > theirs.assignments[0].max_score
    assert len(copy_course([], tutorial(), tmp_path / "all")) > 1
    assert load_course([], read_course(tmp_path / "all")).left_out == own.left_out == {}


def test_an_installation_has_no_reference_solutions(tmp_path: Path) -> None:
    """What was copied is graded all the same."""
    installed = replace(tutorial(), references=tmp_path / "nothing")
    assert copy_course(["two_inputs"], installed, tmp_path / "own") == {"two_inputs": False}
    assert load_course(["two_inputs"], read_course(tmp_path / "own")).assignments
    assert not (tmp_path / "own" / "reference_solutions").exists()


def test_what_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    copy_course(["two_inputs"], tutorial(), tmp_path)
    (tmp_path / "grader.toml").write_text('title = "Mine"\n', "utf-8")
    copy_course(["one_input"], tutorial(), tmp_path)
    assert read_course(tmp_path).title == "Mine"
    with pytest.raises(UsageError, match=r"one_input exists already, and nothing was copied"):
        copy_course([], tutorial(), tmp_path)


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    done = grader("course", "copy", "two_inputs", tmp_path / "own")
    assert (done.returncode, "assignment.toml, then run" in done.stdout) == (0, True)
    assert grader("course", "copy", "two_input", tmp_path / "other").returncode == 2
