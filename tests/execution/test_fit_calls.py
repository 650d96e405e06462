"""What a run records of a call of `fit`, for kinds of check of an author's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.domain import Limits
from grader.execution import Supervisor, execute
from grader.submissions import discover

PROGRAM = """
import keras, numpy as np
x = keras.Input((1,))
model = keras.Model(x, keras.layers.Dense(1)(x))
model.compile("sgd", "mse")
data = np.zeros((64, 1))
class Mine(keras.callbacks.Callback):
    pass
model.fit(data, data, epochs=9, batch_size=16, validation_split=0.25, verbose=0,
          callbacks=[keras.callbacks.EarlyStopping(patience=3), Mine()])
model.fit(data, data, validation_data=(data, data), verbose=0)
"""


@pytest.mark.long
def test_a_run_records_what_fit_was_given(tmp_path: Path, supervisors: Callable[[str], Supervisor]) -> None:
    """Callbacks by class with their plain settings, those of the student's own marked, and the validation data."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    (submission,) = discover(path)
    done = execute(submission, supervisors("none"), functions=(), marks=(), limits=Limits())
    first, second = done.models[0].fits
    assert (first.epochs, first.batch_size, first.validation) == (9, 16, 0.25)
    stopping, mine = first.callbacks
    assert (stopping.name, stopping.config["patience"], stopping.config["monitor"]) == ("EarlyStopping", 3, "val_loss")
    assert (mine.name, mine.config.get("custom")) == ("Mine", True)
    assert (second.validation, second.callbacks) == ("data", ())
