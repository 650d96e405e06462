"""The compiled loop against `model.fit`."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import Any

import keras
import numpy as np
import pytest

from grader.assignments.spec import OptimizerPart, settings_of
from grader.domain import Configured, DataSpec, ModelGraph, Recipe
from grader.domain.assignment import CHECKPOINT_EPOCHS
from grader.graph.reading.catalogue import OPTIMIZERS
from grader.training.engine.build import UnbuildableError, build
from grader.training.engine.data import make_data
from grader.training.engine.loop import Order, Program, optimizer_of
from grader.training.engine.widening import Widened
from tests.training.networks import SINE, SINE_AND_EXP, chain, example, recipe, two_outputs, with_hidden

pytestmark = pytest.mark.long

EPOCHS, SEED = 2, 5


def fitted(graph: ModelGraph, recipe: Recipe, spec: DataSpec, order: Order) -> list[Any]:
    """What `model.fit` makes of the same weights and the same order of batches."""
    data = make_data(spec)
    model = build(graph, SEED, recipe.initializer)
    model.compile(
        optimizer=keras.optimizers.get({"class_name": recipe.optimizer, "config": dict(recipe.settings)}),
        loss=list(recipe.loss),
        loss_weights=list(recipe.loss_weights) if len(recipe.loss) > 1 else None,
    )
    for row, epochs in _runs(order):
        model.fit(
            [x[row] for x in data.x_train], [y[row] for y in data.y_train],
            batch_size=recipe.batch_size, epochs=epochs, shuffle=False, verbose=0,
        )  # fmt: skip
    predictions = model.predict(data.x_val, verbose=0)
    return predictions if isinstance(predictions, list) else [predictions]


def _runs(order: Order) -> list[tuple[Any, int]]:
    """Epochs in one order are one `fit`, since starting one is what takes long."""
    return [(order[0], len(order))] if (order == order[0]).all() else [(row, 1) for row in order]


def looped(graph: ModelGraph, recipe: Recipe, spec: DataSpec, order: Order, *, jit: bool) -> list[Any]:
    """The same of the loop, which computes alike without XLA, and sooner."""
    program = Program(network := Widened(graph, graph), recipe, make_data(spec), jit=jit)
    program.start(network, SEED)
    for start in range(0, len(order), CHECKPOINT_EPOCHS):
        predictions, finite = program.run(order[start : start + CHECKPOINT_EPOCHS])
        assert finite
    return predictions


def unshuffled(epochs: int = EPOCHS, samples: int = 1000) -> Order:
    return np.tile(np.arange(samples, dtype=np.int32), (epochs, 1))


def shuffled() -> Order:
    shuffles = np.random.default_rng(3)
    return np.stack([shuffles.permutation(1000) for _ in range(EPOCHS)]).astype(np.int32)


PENALTY = Configured("L2", (("l2", 0.01),))
WEIGHTED = recipe("mse", "mae", weights=(0.1, 0.9))
REGULARISED = with_hidden(kernel_regularizer=PENALTY, activity_regularizer=PENALTY)


def assert_equals_fit(
    graph: ModelGraph, how: Recipe, spec: DataSpec, order: Order, atol: float, *, jit: bool = False
) -> None:
    for ours, theirs in zip(looped(graph, how, spec, order, jit=jit), fitted(graph, how, spec, order), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)


@pytest.mark.parametrize(
    ("graph", "how", "spec", "order", "atol", "jit"),
    [
        pytest.param(
            chain(16, 16),
            recipe(initializer="uniform"),
            SINE,
            unshuffled(30),
            2e-6,
            True,
            id="more than a chunk, by XLA",
        ),
        pytest.param(two_outputs(), WEIGHTED, SINE_AND_EXP, shuffled(), 2e-6, False, id="weighted, shuffled"),
        pytest.param(REGULARISED, recipe(), SINE, unshuffled(), 2e-6, False, id="regularised"),
        # It mixes the rows of a batch, so that a last short one must not be padded; and it amplifies float noise.
        pytest.param(
            with_hidden("BatchNormalization", 24), recipe(), SINE, shuffled(), 2e-4, False, id="normalised, short batch"
        ),
    ],
)
def test_the_loop_equals_fit(
    graph: ModelGraph, how: Recipe, spec: DataSpec, order: Order, atol: float, jit: bool
) -> None:
    assert_equals_fit(graph, how, spec, order, atol, jit=jit)


@pytest.mark.parametrize(
    ("name", "losses"),
    [
        ("words_and_numbers", ("binary_crossentropy", "sparse_categorical_crossentropy")),
        pytest.param("three_widths", ("mae", "huber"), marks=pytest.mark.slow),
        pytest.param("small_images", ("categorical_crossentropy",), marks=pytest.mark.slow),
        pytest.param("shared_autoencoder", ("mse", "log_cosh"), marks=pytest.mark.slow),
    ],
)
def test_the_loop_equals_fit_with_data_of_every_shape(name: str, losses: tuple[str, ...]) -> None:
    """With a short last batch, and an optimizer with settings."""
    graph, spec = example(name)
    settings = (("beta_1", 0.8), ("learning_rate", 0.005))
    how = replace(recipe(*losses), optimizer="adam", settings=settings, batch_size=48)
    assert_equals_fit(graph, how, spec, unshuffled(3, len(make_data(spec).x_train[0])), 2e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_spec_gives_an_optimizer_only_what_keras_takes(name: str) -> None:
    """And all of it that a spec has a key for."""
    optimizer = optimizer_of(replace(recipe("mse"), optimizer=name))
    taken = signature(type(optimizer)).parameters
    assert settings_of(name) == taken.keys() & OptimizerPart.model_fields.keys() - {"name"}


def test_every_kernel_gets_the_initializer_of_the_recipe() -> None:
    """A fixed structure trains with the recipe's initializer whatever the student chose; biases do not."""
    model = build(chain(32, 32), 1, "ones")
    kernels, biases = model.get_weights()[0::2], model.get_weights()[1::2]
    assert all((kernel == 1).all() for kernel in kernels)
    assert all((bias == 0).all() for bias in biases)


@pytest.mark.parametrize(
    ("graph", "why"),
    [
        (replace(chain(4), parameters=7), "7 parameters, but the model 13"),
        (with_hidden("Dense", units=4), "`Dense` gives"),
        # Its name is looked up in the allow-list before it is looked up in Keras.
        (with_hidden("Lambda", function="print"), "Lambda"),
    ],
    ids=["another number of weights", "another shape", "a layer beyond the allow-list"],
)
def test_a_graph_that_keras_contradicts_or_must_not_build_is_refused(graph: ModelGraph, why: str) -> None:
    with pytest.raises(UnbuildableError, match=why):
        build(graph, 1)
