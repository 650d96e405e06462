"""The table of what Keras can be asked for, and that what it has is trained, whatever nobody named by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from benchmarks.keras_table import TABLE, table, text
from grader.domain import DataSpec, ModelGraph
from grader.graph.keras_code import program
from grader.training.engine.loop import Programs
from grader.training.messages import TrainingJob
from tests.graph.networks import confirmed, read
from tests.training.networks import recipe

pytestmark = pytest.mark.long
NEWEST = '"keras": "{}"'


@pytest.mark.slow
def test_the_table_is_that_of_the_newest_keras() -> None:
    """`make table` writes it again; only a new Keras, or the script that writes it, changes it."""
    committed = TABLE.read_text(encoding="utf-8")
    if NEWEST.format(keras.__version__) not in committed:
        pytest.skip("the table is of another Keras")
    assert text(table()) == committed


IMAGE = (8, 8, 3)
NETWORKS: dict[str, tuple[tuple[int, ...], Any]] = {
    "flipped": (IMAGE, layers.RandomFlip()),
    "bins": ((4,), layers.Discretization([0.0, 1.0], output_mode="one_hot")),
    "spectrogram": ((200, 1), layers.STFTSpectrogram(frame_length=32)),
    "fourier": ((4,), lambda x: ops.fft((x, x))[0]),
    "one step": ((4,), lambda x: layers.GRUCell(3)(x, layers.Dense(3)(x))[0]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_nobody_named_is_shown_and_trained(name: str, tmp_path: Path) -> None:
    shape, between = NETWORKS[name]
    graph = network(shape, between)
    assert graph.untrainable == ()
    exec(program(graph, None), space := {})  # type: ignore[var-annotated]
    assert confirmed(read(space["model"])).parameters == graph.parameters
    random, file = np.random.default_rng(1), tmp_path / "data.npz"
    x, y = random.normal(size=(48, *shape)), random.normal(size=(48, 1))
    np.savez(file, x=x[:32], x_val=x[32:], y=y[:32], y_val=y[32:])
    job = TrainingJob(graph, recipe(), DataSpec(("x",), ("y",), file), (1,), 2, None, to_the_end=True)
    (run,) = Programs().train(job)
    assert run.errors[0] is not None


def network(shape: tuple[int, ...], between: Any) -> ModelGraph:
    x = keras.Input(shape)
    return confirmed(read(keras.Model(x, layers.Dense(1)(layers.Flatten()(between(x))))))
