"""The table of what Keras can be asked for, and that what it has is trained, whatever nobody named by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from benchmarks.keras_table import TABLE, table, text
from grader.domain import DataSpec
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


STEPS: dict[str, tuple[tuple[int, ...], Any]] = {
    "flipped": ((8, 8, 3), layers.RandomFlip()),
    "bins": ((4,), layers.Discretization([0.0, 1.0], output_mode="one_hot")),
    "spectrogram": ((200, 1), layers.STFTSpectrogram(frame_length=32)),
    "fourier": ((4,), lambda x: ops.fft((x, x))[0]),
    "one step": ((4,), lambda x: layers.GRUCell(3)(x, layers.Dense(3)(x))[0]),
}


def test_what_nobody_named_is_shown_and_trained(tmp_path: Path) -> None:
    """Side by side in one network, in which each step has an output of its own."""
    inputs = [keras.Input(shape) for shape, _ in STEPS.values()]
    outputs = [layers.Dense(1)(layers.Flatten()(step(x))) for x, (_, step) in zip(inputs, STEPS.values(), strict=True)]
    graph = confirmed(read(keras.Model(inputs, outputs)))
    assert graph.untrainable == ()
    exec(program(graph, None), space := {})  # type: ignore[var-annotated]
    assert confirmed(read(space["model"])).parameters == graph.parameters
    random, file = np.random.default_rng(1), tmp_path / "data.npz"
    arrays = {name: random.normal(size=(48, *shape)) for name, (shape, _) in {**STEPS, "y": ((1,), None)}.items()}
    training = {name: values[:32] for name, values in arrays.items()}
    np.savez(file, **training, **{f"{name}_val": values[32:] for name, values in arrays.items()})
    data, how = DataSpec(tuple(STEPS), ("y",) * len(STEPS), file), recipe(*["mse"] * len(STEPS))
    run = Programs().train(TrainingJob(graph, how, data, 1, 2, None, to_the_end=True))
    assert dict(zip(STEPS, (error is not None for error in run.errors), strict=True)) == dict.fromkeys(STEPS, True)
