"""What is recorded of the models that code builds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.domain import Execution, Outcome, RecordedModel, Setting
from grader.graph import loss_name


@pytest.fixture
def execution(executions: Any) -> Execution:
    found: Execution = executions["many_models.py"]
    return found


def named(execution: Execution, name: str) -> RecordedModel:
    return [model for model in execution.models if name in model.variables][-1]


def test_overwritten_model_keeps_its_name_and_line(execution: Execution) -> None:
    """A name that is assigned twice belongs to both models."""
    first, second = [model for model in execution.models if "model" in model.variables]
    assert (first.kind, second.kind) == ("sequential", "functional")
    assert first.location.line is not None
    assert second.location.line is not None
    assert first.location.line < second.location.line


def test_sequential_is_described_with_layers_added_later(execution: Execution) -> None:
    """What `.add` brings after construction is in the config."""
    config = named(execution, "model").config and execution.models[0].config
    assert config is not None
    assert [layer["class_name"] for layer in config["layers"]] == ["InputLayer", "Dense", "Dense"]


def test_mark_reaches_to_the_next_comment(execution: Execution) -> None:
    """A comment marks what is built below it, until another comment."""
    assert execution.models[0].marks == ("one_input",)
    assert named(execution, "model").marks == ("two_outputs",)
    assert named(execution, "plain").marks == ()


def test_subclass_is_named_and_cannot_be_seen_into(execution: Execution) -> None:
    """A subclassed model has a class name and no config."""
    model = named(execution, "plain")
    assert (model.kind, model.class_name, model.config) == ("subclass", "Plain", None)


def test_functional_subclass_is_described_like_a_plain_network(execution: Execution) -> None:
    """A subclass that hands inputs and outputs to `super` is functional."""
    model = named(execution, "wrapped")
    assert model.kind == "functional"
    assert model.class_name == "Wrapped"
    assert model.config is not None
    assert [layer["class_name"] for layer in model.config["layers"]] == ["InputLayer", "Dense"]


def test_layer_without_config_does_not_lose_the_model(execution: Execution) -> None:
    """A custom layer that cannot say its config says its name."""
    model = named(execution, "scaled")
    assert model.config is not None
    assert model.config["layers"][1]["class_name"] == "Scale"


def test_no_bytecode_is_recorded(execution: Execution) -> None:
    """Of a Lambda layer's function, only that there is one."""
    model = named(execution, "secret")
    assert model.config is not None
    assert model.config["layers"][1]["config"]["function"] == {"class_name": "__lambda__"}
    assert "code" not in json.dumps(model.config)


def test_models_in_a_loop_have_the_keys_they_are_stored_under(execution: Execution) -> None:
    """Entries of a dict count as names."""
    assert all(named(execution, f"width_{units}").config for units in range(3))


def test_clone_is_recorded_once_under_its_own_name(execution: Execution) -> None:
    """A model that Keras built for the student is the student's; those that Keras built for itself are not."""
    assert [model.variables for model in execution.models if "copy" in model.variables] == [("copy",)]
    assert [model.index for model in execution.models] == list(range(12))


def test_listed_function_is_called_last_and_its_model_marked(execution: Execution) -> None:
    """`build_two_inputs` needs no argument, so the grader calls it; `build_model` needs one, so it does not."""
    model = execution.models[-1]
    assert model.function == "build_two_inputs"
    assert model.returned
    assert "build_model" not in execution.function_failures


def test_failing_function_is_no_failure_of_the_file(execution: Execution) -> None:
    """A function that raises when called is told apart from the file, which ran to its end."""
    assert execution.outcome is Outcome.OK
    assert execution.function_failures["build_three_inputs"].type == "NameError"


def test_every_compile_is_kept_in_the_shape_given(execution: Execution) -> None:
    """Strings, instances, lists and dicts stay what they are, each with name and config."""
    first, second = named(execution, "model").compiles
    assert isinstance(first.loss, dict)
    assert {name: loss.name for name, loss in first.loss.items()} == {
        "sine": "mean_squared_error",
        "exp": "MeanAbsoluteError",
    }
    assert first.loss_weights == (0.1, 0.9)
    assert isinstance(second.optimizer, Setting)
    assert (second.optimizer.name, second.optimizer.config["learning_rate"]) == ("Adam", 0.01)
    assert second.loss == (Setting("mean_squared_error", {}),)


def test_fit_is_recorded_as_asked(execution: Execution) -> None:
    """Epochs as asked, shapes in the order of the outputs, and that it was cut."""
    (fit,) = named(execution, "model").fits
    assert fit.epochs == 40
    assert fit.inputs == ((64,),)
    assert fit.targets == ((64,), (64,))
    assert fit.cut
    assert len(fit.ranges) == 2
    assert all(least < greatest for least, greatest in fit.ranges)


def test_what_keras_does_silently_is_noted(execution: Execution) -> None:
    codes = {note.code for note in execution.notes}
    assert codes >= {"loss-single-for-many", "keras2-spelling", "target-shape-broadcast"}


def test_every_moved_module_can_be_imported(executions: Any) -> None:
    """All modules of Keras 2 in the table resolve to today's classes, also as attributes, and each is noted."""
    execution = executions["keras2_imports.py"]
    lines = {note.location.line for note in execution.notes if note.code == "keras2-spelling"}
    assert execution.outcome is Outcome.OK, execution.message
    assert lines == {*range(1, 16), 20, 21, 22}


def test_models_survive_a_program_that_kills_itself(executions: Any) -> None:
    """What was built before `os._exit` is recorded, and the end is named."""
    execution = executions["os_exit_after_model.py"]
    assert execution.outcome is Outcome.CRASHED
    assert "exited before its last line" in execution.message
    assert execution.models[0].config is not None


def test_a_program_that_counts_its_epochs_is_not_blamed_for_the_cut(executions: Any) -> None:
    """What its callback counts is a result of the training, and so is what it asserts of it."""
    execution = executions["needs_real_training.py"]
    assert execution.outcome is Outcome.OK, execution.message
    assert [note.code for note in execution.notes] == ["assertion-about-training"]


def test_keras_by_way_of_tensorflow_is_recorded(executions: Any) -> None:
    """`from tensorflow import keras` is watched like `import keras`."""
    (model,) = executions["through_tensorflow.py"].models
    assert (model.kind, len(model.compiles), len(model.fits)) == ("sequential", 1, 1)


def test_a_loaded_model_keeps_its_compile_settings(executions: Any) -> None:
    """Keras must not take our watching of `compile` for a student's own `compile`."""
    assert executions["round_trip.py"].outcome is Outcome.OK, executions["round_trip.py"].message


def test_layers_have_the_place_where_they_were_created(execution: Execution) -> None:
    """By the student's own line, also where a function of Keras creates the layer."""
    wide = named(execution, "wide")
    (dense,) = [location for name, location in wide.layer_locations.items() if name.startswith("dense")]
    assert (dense.line, dense.file) == (wide.location.line, "many_models.py")
    (pair,) = [model for model in execution.models if model.function == "build_two_inputs"]
    assert pair.layer_locations["concatenate"].line == pair.location.line


def test_layers_that_no_model_holds_are_told(execution: Execution) -> None:
    """A layer that was called and then forgotten is described beside the model that it reads from."""
    (lost,) = [entry for entry in named(execution, "wide").unused if entry["name"] == "lost"]
    assert (lost["class_name"], lost["config"]["units"]) == ("Dense", 7)
    assert "lost" in named(execution, "wide").layer_locations


SPELLINGS = """
import keras, tensorflow as tf
import tensorflow.keras.metrics as measures
from tensorflow.keras import losses
from tensorflow.keras.losses import mean_squared_error, mse as short
from keras.losses import MSE
from keras.metrics import mse
def own(truth, prediction):
    return keras.ops.mean(keras.ops.square(truth - prediction), axis=-1)
for loss in (
    mean_squared_error, short, MSE, mse, losses.MSE, losses.MeanSquaredError, measures.mse, keras.losses.mse,
    tf.keras.losses.mean_squared_error, tf.keras.metrics.mse, tf.keras.metrics.mean_squared_error, keras.metrics.MSE,
    "mse", "MSE", "mean_squared_error", "MeanSquaredError", own, lambda truth, prediction: (truth - prediction) ** 2,
):
    i = keras.Input((1,))
    keras.Model(i, keras.layers.Dense(1)(i)).compile("sgd", loss, metrics=[loss])
"""


def test_every_name_of_a_loss_is_that_loss(tmp_path: Path, run: Callable[..., Execution]) -> None:
    """And one of the student's own is the one that it computes."""
    path = tmp_path / "work.py"
    path.write_text(SPELLINGS)
    execution = run(path)
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    losses = [call.loss for model in execution.models for call in model.compiles]
    assert [loss_name(loss) for loss in losses] == ["mse"] * 18
    own = [loss.config for loss in losses[-2:] if isinstance(loss, Setting)]
    assert own == [{"custom": True, "computes": "mse"}] * 2


OWN = """
import keras, tensorflow as tf
from keras import ops
class Squares(keras.losses.Loss):
    def call(self, truth, prediction):
        return tf.reduce_mean(tf.square(truth - prediction), axis=-1)
def absolute(truth, prediction): return ops.mean(ops.abs(truth - prediction))
def crossed(truth, prediction):
    return -tf.reduce_mean(truth * tf.math.log(prediction + 1e-7) + (1 - truth) * tf.math.log(1 - prediction + 1e-7))
def classes(truth, prediction): return -ops.sum(truth * ops.log(prediction + 1e-7), axis=-1)
def root(truth, prediction): return ops.sqrt(ops.mean(ops.square(truth - prediction)))
def half(truth, prediction): return ops.mean(ops.square(truth - prediction)) / 2
def nothing(truth, prediction): return 0.0 * ops.mean(prediction)
def broken(truth, prediction): raise RuntimeError(truth)
i = keras.Input((1,))
for loss in (Squares, Squares(), absolute, crossed, classes, root, half, nothing, broken):
    keras.Model(i, keras.layers.Dense(3, activation="softmax")(i)).compile("sgd", loss, metrics=[loss])
"""


def test_a_loss_of_ones_own_is_the_one_of_keras_that_it_computes(tmp_path: Path, run: Callable[..., Execution]) -> None:
    path = tmp_path / "work.py"
    path.write_text(OWN)
    losses = [call.loss for model in run(path).models for call in model.compiles]
    expected = ["mse", "mse", "mae", "binary_crossentropy", "categorical_crossentropy"]
    expected += [f"{name} of your own" for name in ("root", "half", "nothing", "broken")]
    assert [loss_name(loss) for loss in losses] == expected
