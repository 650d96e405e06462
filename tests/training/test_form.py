"""The form in which a network is trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.domain import ModelGraph
from grader.training.job import TrainingJob, mismatch, training_form
from grader.training.trainer import Trainer
from tests.training.networks import SINE, SINE_TWICE, branches, recipe

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
    """Order of branches, the student's initializer under a recipe's, and nested concatenates do not count."""
    assert plain(training_form(other, UNIFORM, SINE_TWICE)) == plain(training_form(branches(8, 5), UNIFORM, SINE_TWICE))


def test_the_students_initializer_counts_where_the_recipe_has_none() -> None:
    """In open tasks the initializer is part of the design."""
    he = training_form(branches(8, 5, "HeNormal"), recipe(), SINE_TWICE)
    assert plain(he) != plain(training_form(branches(8, 5), recipe(), SINE_TWICE))


def test_equal_networks_train_equally(trainer: Trainer) -> None:
    jobs = [TrainingJob(graph, UNIFORM, SINE_TWICE, (1,), 25, None) for graph in (branches(8, 5), branches(5, 8))]
    assert trainer.train(jobs[0]) == trainer.train(jobs[1])


def test_mismatches_are_told_in_the_students_words() -> None:
    assert mismatch("input", [(None, 1)], [(1,)]) == ""
    assert mismatch("input", [(None,)], [(1,)]) == ""
    assert (
        mismatch("input", [(None, 2)], [(1,)])
        == "input 1 of the network has shape (2,), but its data have shape (1,)"
    )
    assert mismatch("output", [], [(1,)]) == "the network has 0 outputs, but the data have 1"


def test_a_network_with_too_few_inputs_keeps_its_form() -> None:
    """It is refused later, with a reason."""
    assert plain(training_form(branches(8, 5), recipe(), SINE)) == plain(branches(8, 5))
