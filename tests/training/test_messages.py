"""What is asked of a trainer: the form in which a network is trained, whether it fits its data, and how near a run came."""

from __future__ import annotations

import pytest

from grader.domain import ModelGraph, Shape, TrainingRun, distance
from grader.graph.codec import serialise
from grader.training.messages import Described, first_hit, is_near, mismatch, outputs_mismatch, training_form
from tests.training.networks import SINE, SINE_TWICE, branches, chain, recipe

UNIFORM = recipe(initializer="uniform")


@pytest.mark.parametrize(
    "other",
    [branches(5, 8), branches(8, 5, "HeNormal"), branches(8, 5, nested=True)],
    ids=["order", "initializer", "nested"],
)
def test_equal_networks_have_one_training_form(other: ModelGraph) -> None:
    assert serialise(training_form(other, UNIFORM, SINE_TWICE)) == serialise(
        training_form(branches(8, 5), UNIFORM, SINE_TWICE)
    )


def test_the_students_initializer_counts_where_the_recipe_has_none() -> None:
    """In open tasks the initializer is part of the design."""
    he = training_form(branches(8, 5, "HeNormal"), recipe(), SINE_TWICE)
    assert serialise(he) != serialise(training_form(branches(8, 5), recipe(), SINE_TWICE))


@pytest.mark.parametrize(
    ("shapes", "wanted", "why"),
    [
        ([(None, 1)], [(1,)], ""),
        ([(None,)], [(1,)], ""),
        ([(None, None, 2)], [(7, 2)], ""),
        ([(None, 5)], [(1,)], "input 1 of the network has shape (5,), but its data have shape (1,)"),
        ([(None, 1)] * 2, [(1,)], "the network has 2 inputs, but the data have 1"),
    ],
)
def test_shapes_fit_those_of_the_data(shapes: list[Shape], wanted: list[Shape], why: str) -> None:
    """A plain number may have an axis or none, and an open axis takes any length."""
    assert mismatch("input", shapes, wanted) == why


def test_class_numbers_need_a_unit_for_each_class() -> None:
    how = recipe("sparse_categorical_crossentropy")
    assert outputs_mismatch(chain(4), [Described((1,), (0, 0))], how) == ""
    assert "has 1 units, but its data have 3 classes" in outputs_mismatch(chain(4), [Described((1,), (0, 2))], how)
    assert "must be integer class labels" in outputs_mismatch(chain(4), [Described((1,), None)], how)


def test_a_network_of_too_many_inputs_keeps_its_form() -> None:
    """It is refused later, with a reason."""
    assert serialise(training_form(branches(8, 5), recipe(), SINE)) == serialise(branches(8, 5))


LINE = {"constant": 0.483, "straight_line": 0.176}


def test_a_head_hits_at_its_first_checkpoint_under_the_threshold() -> None:
    """Whatever the other head does, and at the last epoch where the last chunk is short."""
    run = TrainingRun(1, (0.5, 0.5), ((0.5, 0.01), (0.01, 0.5), (0.01, None)), 60, None)
    assert [first_hit(run, head, 0.02) for head in (0, 1)] == [50, 25]
    assert first_hit(run, 1, 0.001) is None
    assert first_hit(TrainingRun(1, (0.1,), ((0.1,),), 10, None), 0, 0.1) == 10
    assert first_hit(TrainingRun(1, (0.01,), ((0.5,), (0.01,), (0.01,)), 5, 4, every=2), 0, 0.02) == 4


def test_a_head_that_begins_at_its_threshold_never_hits() -> None:
    """It was computed, and training had nothing to teach it; another head can still learn."""
    run = TrainingRun(1, (0.0, 0.01), ((0.0, 0.01),), 25, None, start=(1e-14, None))
    assert [first_hit(run, head, 0.02) for head in (0, 1)] == [None, 25]


def test_distance_is_that_of_the_worst_head() -> None:
    assert distance((0.02, 0.003), (0.01, 0.003)) == pytest.approx(2)
    assert distance((0.001, None), (0.01, 0.003)) == float("inf")


@pytest.mark.parametrize(
    ("error", "threshold", "near"),
    [(0.02, 0.01, True), (0.031, 0.01, False), (0.16, 0.15, True), (0.177, 0.15, False), (None, 0.15, False)],
)
def test_no_better_than_a_poor_model_is_no_near_miss(error: float | None, threshold: float, near: bool) -> None:
    assert is_near((error,), (threshold,), (LINE,)) is near


@pytest.mark.parametrize(("error", "far"), [(0.0, 1.0), (1e-9, float("inf"))])
def test_perfection_has_no_near_misses(error: float, far: float) -> None:
    """An accuracy of 1 leaves no room for an error."""
    assert distance((error,), (0.0,)) == far
    assert is_near((error,), (0.0,), ({},)) is (far == 1.0)
