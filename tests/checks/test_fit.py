"""`fit`: what the student's own training was asked to do, as recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.domain import FitCall, Limits, Location, Setting, Status
from grader.execution import Supervisor, execute
from grader.submissions import discover
from tests.checks.students import evidence, look, two_branches

STOPPING = Setting("EarlyStopping", {"monitor": "val_loss", "patience": 5})


def trained(**changes: Any) -> Any:
    call = FitCall(2, Location(2, 4), 400, 32, (), (), True, True, (), "data", (STOPPING,))
    given = evidence(two_branches())
    return replace(given, model=replace(given.model, fits=(replace(call, **changes),)))


def test_a_fit_as_required_passes() -> None:
    """Numbers, ranges, validation and callbacks with their settings."""
    options: dict[str, Any] = {"epochs": 400, "batch_size": [16, 64], "validation": "any", "callbacks": ["EarlyStopping"]}
    options["settings"] = {"EarlyStopping": {"monitor": "val_loss", "patience": 5}}
    assert look("fit", trained(), **options).status is Status.PASSED


def test_a_model_that_is_never_trained_fails() -> None:
    """And the call to write is complete."""
    finding = look("fit", evidence(two_branches()), epochs=400, validation="split", callbacks=["EarlyStopping"])
    assert finding.message == "The model is not trained: `fit` is never called."
    assert finding.hint == "Write `model.fit(…, epochs=400, validation_split=0.1, callbacks=[EarlyStopping()])`."


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({"epochs": 40}, {"epochs": 400}, "`fit` has `epochs=40`; the exercise asks for 400."),
        ({"batch_size": 8}, {"batch_size": [16, 64]}, "`fit` has `batch_size=8`; the exercise asks for 16 to 64."),
        ({"validation": ""}, {"validation": "any"}, "`fit` has no validation data; the exercise asks for validation data."),
        ({"validation": 0.1}, {"validation": "data"}, "`fit` has `validation_split`; the exercise asks for `validation_data`."),
        ({"callbacks": ()}, {"callbacks": ["EarlyStopping"]}, "`fit` has no `EarlyStopping` callback."),
        (
            {}, {"callbacks": ["EarlyStopping"], "settings": {"EarlyStopping": {"patience": 9}}},
            "`EarlyStopping` has `patience=5`; the exercise asks for 9.",
        ),
    ],
)  # fmt: skip
def test_each_way_to_be_wrong(changes: dict[str, Any], options: dict[str, Any], words: str) -> None:
    """One sentence for each."""
    finding = look("fit", trained(**changes), **options)
    assert (finding.status, finding.message) == (Status.FAILED, words)


def test_no_batch_size_is_the_one_of_keras() -> None:
    """32 if none is given."""
    assert look("fit", trained(batch_size=None), batch_size=32).status is Status.PASSED


def test_a_callback_of_the_students_own_is_not_the_one_of_keras() -> None:
    """Whatever its name is."""
    own = Setting("EarlyStopping", {"custom": True})
    assert look("fit", trained(callbacks=(own,)), callbacks=["EarlyStopping"]).status is Status.FAILED


def test_mistakes_of_the_spec_are_the_authors() -> None:
    """An unknown callback, and settings of one that is not required."""
    with pytest.raises(ValueError, match="did you mean `EarlyStopping`"):
        look("fit", trained(), callbacks=["EarlyStoping"])
    with pytest.raises(ValueError, match="`settings` names `TensorBoard`"):
        look("fit", trained(), settings={"TensorBoard": {"log_dir": "logs"}})


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
