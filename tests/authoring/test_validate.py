"""`validate` shows what mistakes through a rubric, and passes our own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from grader.assignments.course import Course, load_course
from grader.assignments.folder import tutorial
from grader.authoring.validate import Validation, keep_gaps, validate

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shared_layer() -> Course:
    return load_course(["shared_layer"])


def thinned(course: Course, every: int) -> Validation:
    return validate(course, tutorial(), lambda _: None, every=every, learns=False)


def test_our_rubrics_have_no_gap(shared_layer: Course) -> None:
    validation = thinned(shared_layer, 5)
    assert [gap.what for gap in validation.gaps] == []
    assert validation.is_sound
    assert validation.passed == validation.variants == 1
    assert validation.caught == validation.mutants > 10


def test_only_what_learns_decides_is_trained(shared_layer: Course) -> None:
    """What costs points by other checks is settled, whether it learns or not."""
    lines: list[str] = []
    validation = validate(shared_layer, tutorial(), lines.append, every=14)
    assert validation.is_sound
    assert (
        lines[0] == f"shared_layer: {validation.variants + validation.mutants} networks, {len(lines) - 1} to be trained"
    )
    assert 0 < len(lines) - 1 < validation.mutants


def test_a_rubric_without_the_owner_has_a_gap(shared_layer: Course, tmp_path: Path) -> None:
    """Without `initializers` nobody sees where weights start, also if such a network does not learn.

    The gap says so, and its program can be kept.
    """
    (assignment,) = shared_layer.assignments
    rest = tuple(check for check in assignment.checks if check.kind in ("runs", "inputs", "heads", "learns"))
    poorer = dataclasses.replace(shared_layer, assignments=(dataclasses.replace(assignment, checks=rest),))
    validation = thinned(poorer, 20)
    assert not validation.is_sound
    costless = [gap for gap in validation.gaps if "costs no points: no check covers" in gap.what]
    assert costless
    keep_gaps(validation, tmp_path)
    paths = sorted(tmp_path.glob("shared_layer-*.py"))
    assert len(paths) == len(validation.gaps)
    assert all("model = keras.Model(" in path.read_text("utf-8") for path in paths)
