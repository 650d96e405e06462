"""The compiled loop against `model.fit`, with the layers, losses and data that the tutorial does not have."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from grader.assignments.spec import OptimizerPart
from grader.checks.known import EVERY_OPTIMIZER, OPTIMIZERS
from grader.domain import DataSpec, ModelGraph
from grader.training.engine.build import build
from grader.training.engine.data import make_data
from grader.training.engine.loop import Program, optimizer_of
from grader.training.engine.widening import Widened
from grader.training.job import Described, outputs_mismatch
from grader.training.trainer import Trainer
from tests.graph.networks import read
from tests.training.networks import SINE, chain, recipe
from tests.training.shapes import EXERCISES, split

pytestmark = pytest.mark.long


def reference(name: str) -> ModelGraph:
    """The network of one of the exercises of `shapes`."""
    scope: dict[str, Any] = {}
    exec(EXERCISES[name][1], scope)
    return read(scope["build_model"]())


def spec_of(folder: Path, name: str, inputs: tuple[str, ...], targets: tuple[str, ...]) -> DataSpec:
    np.savez(folder / "data.npz", **split(EXERCISES[name][2](np.random.default_rng(3))))
    return DataSpec(inputs, targets, folder / "data.npz")


@pytest.mark.parametrize(
    ("name", "inputs", "targets", "losses"),
    [
        ("wide", ("a", "b", "c"), ("left", "right"), ("mae", "huber")),
        ("words", ("text", "numbers"), ("kind", "topic"), ("binary_crossentropy", "sparse_categorical_crossentropy")),
        ("images", ("image",), ("bar",), ("categorical_crossentropy",)),
        ("codes", ("image",), ("image",), ("binary_crossentropy",)),
    ],
)
def test_the_loop_equals_fit(
    tmp_path: Path, name: str, inputs: tuple[str, ...], targets: tuple[str, ...], losses: tuple[str, ...]
) -> None:
    """Three epochs in one order, from the same weights, with a short last batch and an optimizer with settings."""
    graph, spec = reference(name), spec_of(tmp_path, name, inputs, targets)
    settings = (("beta_1", 0.8), ("learning_rate", 0.005))
    how = replace(recipe(*losses), optimizer="adam", settings=settings, batch_size=48)
    data = make_data(spec)
    program = Program(network := Widened(graph, graph), how, data)
    program.start(network, 5)
    order = np.tile(np.arange(len(data.x_train[0]), dtype=np.int32), (3, 1))
    ours, finite = program.run(order)
    assert finite
    model = build(graph, 5)
    model.compile(optimizer=keras.optimizers.Adam(**dict(settings)), loss=list(losses))
    model.fit(data.x_train, data.y_train, batch_size=48, epochs=3, shuffle=False, verbose=0)
    theirs = model.predict(data.x_val, verbose=0)
    for own, other in zip(ours, theirs if isinstance(theirs, list) else [theirs], strict=True):
        np.testing.assert_allclose(own, other, atol=2e-4)


def test_what_does_not_fit_the_data_is_told(tmp_path: Path, trainer: Trainer) -> None:
    """Too few units for the classes, too small a table for the words, another size of an input."""
    graph, spec = reference("words"), spec_of(tmp_path, "words", ("text", "numbers"), ("kind", "topic"))
    how = recipe("binary_crossentropy", "sparse_categorical_crossentropy")
    assert trainer.unsuitable(graph, spec, how) == ""
    few = replace(graph, layers=tuple(
        replace(layer, params=tuple((key, 9 if key == "input_dim" else value) for key, value in layer.params))
        for layer in graph.layers
    ))  # fmt: skip
    assert "has `input_dim=9`, but its data go up to index 19" in trainer.unsuitable(few, spec, how)
    swapped = replace(graph, inputs=graph.inputs[::-1])
    assert trainer.unsuitable(swapped, spec, how) == "input 1 of the network has shape (2,), but its data have shape (6,)"


def test_class_numbers_need_a_unit_for_each_class() -> None:
    """More do no harm."""
    how = recipe("sparse_categorical_crossentropy")
    assert outputs_mismatch(chain(4), [Described((1,), (0, 0))], how) == ""
    assert "has 1 units, but its data have 3 classes" in outputs_mismatch(chain(4), [Described((1,), (0, 2))], how)
    assert "must be integer class labels" in outputs_mismatch(chain(4), [Described((1,), None)], how)


def test_settings_that_mix_units_are_trained_as_they_are(trainer: Trainer) -> None:
    """Networks that differ in widths share a program only where every setting treats each weight by itself."""
    from grader.training.engine.loop import Programs
    from grader.training.job import Stop, TrainingJob

    for settings, shared in (((("learning_rate", 0.01),), 1), ((("clipnorm", 1.0),), 2)):
        programs = Programs()
        for units in (5, 6):
            how = replace(recipe(), settings=settings)
            programs.train(TrainingJob(chain(units), how, SINE, (1,), 1, None, Stop.END))
        assert programs.compiled == shared


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_spec_gives_an_optimizer_only_what_keras_takes(name: str) -> None:
    """And all of it that a spec has a key for."""
    made = optimizer_of(replace(recipe("mse"), optimizer=name))
    taken = signature(type(made)).parameters
    assert OPTIMIZERS[name] | EVERY_OPTIMIZER == taken.keys() & OptimizerPart.model_fields.keys() - {"name"}
