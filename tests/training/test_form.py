"""The form in which a network is trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.domain import ModelGraph, Shape
from grader.training.messages import Described, mismatch, outputs_mismatch, training_form
from tests.training.networks import SINE, SINE_TWICE, branches, chain, recipe

UNIFORM = recipe(initializer="uniform")


def plain(graph: ModelGraph) -> ModelGraph:
    """Without display names."""
    graph = replace(graph, name="", input_names=(), output_names=())
    return replace(graph, layers=tuple(replace(layer, name="") for layer in graph.layers))


@pytest.mark.parametrize(
    "other",
    [branches(5, 8), branches(8, 5, "HeNormal"), branches(8, 5, nested=True)],
    ids=["order", "initializer", "nested"],
)
def test_equal_networks_have_one_training_form(other: ModelGraph) -> None:
    assert plain(training_form(other, UNIFORM, SINE_TWICE)) == plain(training_form(branches(8, 5), UNIFORM, SINE_TWICE))


def test_the_students_initializer_counts_where_the_recipe_has_none() -> None:
    """In open tasks the initializer is part of the design."""
    he = training_form(branches(8, 5, "HeNormal"), recipe(), SINE_TWICE)
    assert plain(he) != plain(training_form(branches(8, 5), recipe(), SINE_TWICE))


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
    assert plain(training_form(branches(8, 5), recipe(), SINE)) == plain(branches(8, 5))
