"""What is recorded of the models that code builds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap
from operator import lt
from typing import Any
from unittest.mock import ANY

import pytest

from grader.domain import Execution, Outcome, RecordedModel, Setting
from grader.graph import loss_name
from grader.graph.reading.catalogue import OPTIMIZERS
from tests.execution.conftest import Built, Executions, Left


def test_a_model_belongs_to_the_outermost_function_that_is_listed(left: Left) -> None:
    """The builder of one exercise may call that of another one, and compile what it gets once more.

    One that the program calls by another name is the same function. Listed ones are called last, but for what needs an
    argument; one that raises is told apart from the file, which ran to its end.
    """
    text = """
import keras
def build_plain():
    x = keras.Input((1,))
    return keras.Model(x, keras.layers.Dense(1)(x))
def build_weighted():
    return build_plain()
def build_wide(units):
    raise RuntimeError
def build_nothing():
    return undefined_name
def make():
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
models, build_model = [build_plain(), build_weighted(), make()], make
# exercise: one_input
marked = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
# exercise: none
unmarked = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
"""
    listed = ("build_plain", "build_weighted", "build_model")
    execution = left(text, functions=(*listed, "build_wide", "build_nothing"), marks={"one_input": "one_input"})
    assert [model.function for model in execution.models] == [*listed, "", "", *listed]
    assert [model.returned for model in execution.models] == [False] * 5 + [True] * 3
    assert [model.marks for model in execution.models[3:5]] == [("one_input",), ()]
    assert {name: failure.type for name, failure in execution.function_failures.items()} == {
        "build_nothing": "NameError"
    }
    assert execution.outcome is Outcome.OK


def test_a_network_that_is_compiled_again_for_another_exercise_is_its_own_as_well(left: Left) -> None:
    """`weighted_losses` asks for that; matching decides."""
    text = """
import keras
# exercise: one_input
x = keras.Input((1,))
net = keras.Model(x, keras.layers.Dense(1)(x))
net.compile("sgd", "mse")
# exercise: two_inputs
net.compile("adam", "mae")
net.compile("adam", "mape")
"""
    models = left(text, marks={name: name for name in ("one_input", "two_inputs")}).models
    assert [(model.variables, model.marks, losses([model]), model.is_again) for model in models] == [
        (("net",), ("one_input",), ["mse"], False),
        (("net",), ("two_inputs",), ["mae", "mape"], True),
    ]


def test_every_moved_module_can_be_imported(executions: Executions) -> None:
    """All modules of Keras 2 in the table resolve to today's classes, also as attributes, and each import is noted."""
    execution = executions("keras2_imports.py")
    lines = {note.location.line for note in execution.notes if note.code == "keras2-spelling"}
    assert execution.outcome is Outcome.OK, execution.message
    assert lines == {*range(1, 16)}


def losses(models: list[RecordedModel]) -> list[str]:
    return [loss_name(call.loss) for model in models for call in model.compiles]


def variables(models: list[RecordedModel]) -> list[str]:
    return [*models[-1].layer_variables.values()]


def seen(model: RecordedModel) -> tuple[str, str, list[str]]:
    """What it is, and the classes of its layers."""
    layers = model.config["layers"] if model.config else ()
    return model.kind, model.class_name, [layer["class_name"] for layer in layers]


START = "import keras\nimport numpy as np\n"
# Programs, what to look at of the models that each builds, and what is there.
CASES: dict[str, tuple[str, Callable[[list[RecordedModel]], Any], Any]] = {
    "a model is described as far as it can be seen into": ("""
class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
class Wrapped(keras.Model):
    def __init__(self, units):
        inputs = keras.Input(shape=(1,))
        super().__init__(inputs, keras.layers.Dense(units)(inputs))
class Scale(keras.layers.Layer):  # which cannot say its config
    def __init__(self, factor):
        super().__init__()
    def call(self, inputs):
        return inputs
i = keras.Input((1,))
plain, wrapped, scaled = Plain(), Wrapped(5), keras.Model(i, Scale(3)(i))
""", lambda models: [*map(seen, models)], [("subclass", "Plain", []),
     ("functional", "Wrapped", ["InputLayer", "Dense"]), ("functional", "Functional", ["InputLayer", "Scale"])]),
    "a model that another one takes the name of keeps it, with the layers that it is given later": ("""
model = keras.Sequential()
model.add(keras.layers.Dense(4, input_dim=1))
model.add(keras.layers.Dense(2))
model = keras.models.Sequential([keras.Input((1,))])
""", lambda models: ([model.variables for model in models], seen(models[0])),
     ([("model",)] * 2, ("sequential", "Sequential", ["InputLayer", "Dense", "Dense"]))),
    "of the function of a Lambda layer there is no bytecode": ("""
i = keras.Input((1,))
secret = keras.Model(i, keras.layers.Lambda(lambda t: t + 1)(i))
""", lambda models: (models[0].config["layers"][1]["config"]["function"], "code" in str(models[0].config)),
     ({"class_name": "__lambda__"}, False)),
    "a model in a loop has the key that it is stored under": ("""
by_width = {}
for units in range(3):
    by_width[f"width_{units}"] = keras.Sequential([keras.Input((1,)), keras.layers.Dense(units + 1)])
""", lambda models: [(model.variables, bool(model.config)) for model in models],
     [((f"width_{units}",), True) for units in range(3)]),
    "a clone is the program's, and what Keras builds for itself is not": ("""
i = keras.Input((1,))
first = keras.Model(i, keras.layers.Dense(3)(i))
copy = keras.models.clone_model(first)
try:
    keras.Model(i, "nonsense")
except Exception:
    pass
keras.utils.plot_model(first)
""", lambda models: [model.variables for model in models], [("first",), ("copy",)]),
    "every compile is kept in the shape given": ("""
i = keras.Input((1,))
model = keras.Model(i, [keras.layers.Dense(1, name="sine")(i), keras.layers.Dense(1, name="exp")(i)])
model.compile("rmsprop", loss={"sine": "mse", "exp": keras.losses.MeanAbsoluteError()}, loss_weights=[0.1, 0.9])
model.compile(keras.optimizers.Adam(0.01), loss=["mse"])
""", lambda models: [(call.loss, call.loss_weights, call.optimizer) for call in models[0].compiles], [
        ({"sine": Setting("mean_squared_error", {}), "exp": Setting("MeanAbsoluteError", {})}, (0.1, 0.9),
         Setting("RMSprop", {})),
        ((Setting("mean_squared_error", {}),), None, Setting("Adam", {"learning_rate": 0.01})),
    ]),
    "a fit is recorded as asked, and its history is as long": ("""
i, x = keras.Input((1,)), np.linspace(0, 1, 64)
model = keras.Model(i, [keras.layers.Dense(1, name="sine")(i), keras.layers.Dense(1, name="exp")(i)])
model.compile("sgd", "mse", metrics="mae")
history = model.fit(x, {"exp": x, "sine": x}, epochs=40, validation_split=0.25, verbose=0)
assert len(history.history["val_loss"]) == len(history.epoch) == 40
""", lambda models: [(fit.epochs, fit.batch_size, fit.cut, *starmap(lt, fit.ranges)) for fit in models[0].fits],
     [(40, None, True, True, True)]),
    "a layer has the line that creates it, also by a function of Keras": ("""
def pair():
    left, right = keras.Input((1,)), keras.Input((1,))
    return keras.Model([left, right], keras.layers.concatenate([left, right]))
built = pair()
""", lambda models: [place.line for place in models[0].layer_locations.values()], [2, 2, 3]),
    "every name of a loss is that loss": ("""
import keras, tensorflow as tf
import tensorflow.keras.metrics as measures
from tensorflow.keras import losses
from tensorflow.keras.losses import mean_squared_error, mse as short
from keras.losses import MSE
from keras.metrics import mse
i = keras.Input((1,))
model = keras.Model(i, keras.layers.Dense(1)(i))
for loss in (
    tf.keras.losses.mean_squared_error, tf.keras.losses.mse, tf.keras.losses.MSE, tf.losses.mse, tf.keras.metrics.mse,
    losses.mse, mean_squared_error, short, MSE, mse, measures.mean_squared_error, keras.metrics.MSE,
    "mse", "MSE", "mean_squared_error", "MeanSquaredError",
):
    model.compile("sgd", loss, metrics=[loss])
""", losses, ["mse"] * 16),
    "a loss of one's own is the one of Keras that it computes": ("""
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
model = keras.Model(i, keras.layers.Dense(3, activation="softmax")(i))
nameless = lambda truth, prediction: (truth - prediction) ** 2
for loss in (Squares, Squares(), nameless, absolute, crossed, classes, root, half, nothing, broken):
    model.compile("sgd", loss, metrics=[loss])
""", losses, ["mse", "mse", "mse", "mae", "binary_crossentropy", "categorical_crossentropy",
              *(f"your own {name}" for name in ("root", "half", "nothing", "broken"))]),
    "a shared layer has a variable of its own, and what no variable holds any more has none": ("""
from keras import layers
inputs = keras.Input((1,))
shared = layers.Dense(3)
left, right = shared(inputs), shared(inputs)
hidden1 = layers.Dense(4)(layers.add([left, right]))
x = layers.Dense(5)(hidden1)
x = layers.Dense(6)(x)
model = keras.Model(inputs, x)
""", variables, ["inputs", "shared", "hidden1", "x"]),
    "a class of one's own has the line that makes a layer of it": ("""
class MyBlock(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(2)
    def call(self, x):
        return self.inner(x)
model = keras.Model(
    inputs,
    MyBlock()(inputs),
)
""", lambda models: [place.line for name, place in models[-1].layer_locations.items() if "block" in name], [9]),
    "an entry of a list or a dict is a name": ("""
ends = [keras.Input((1,)) for _ in range(2)]
parts = {"left": keras.layers.Dense(3), 4: keras.layers.Dense(4)}
both = [parts["left"](ends[0]), parts[4](ends[1])]
keras.Model(ends, both)
""", variables, ["ends[0]", "ends[1]", "parts['left']", "parts[4]"]),
    "a layer and its result may have a variable each": ("""
x0 = keras.Input((1,))
function_1, function_2 = keras.layers.Dense(3), keras.layers.Dense(1)
x1 = function_1(x0)
model = keras.Model(x0, function_2(x1))
""", lambda models: (variables(models), [*models[-1].layer_results.values()]),
     (["x0", "function_1", "function_2"], ["x0", "x1"])),
    "layers of a piece are named by the piece, and the network itself is no piece of another": ("""
long = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(4)])
short = keras.Sequential([keras.layers.Dense(5)])
x = keras.Input((1,))
keras.Model(x, keras.layers.concatenate([long(x), short(x)]))
alone = keras.Sequential([x, keras.layers.Dense(6)])
""", lambda models: {name for model in models for name in model.layer_variables.values()},
     {"long.layers[0]", "long.layers[1]", "long", "short", "x"}),
    "variables of the function that builds a model are names of its layers": ("""
class Net:
    def build(self):
        self.shared = keras.layers.Dense(3)
        a, b = keras.Input((1,)), keras.Input((1,))
        top = keras.layers.Dense(4)(self.shared(a) + self.shared(b))
        return keras.Model([a, b], top)
made = Net().build()
""", lambda models: {"a", "b", "top", "self.shared"} - {*variables(models)}, set()),
    "a line is told by the nearest call that belongs to one layer": ("""
def dense(n): return keras.layers.Dense(n)
def chain(x, *sizes):
    for n in sizes:
        x = dense(n)(x)
    return x
x = keras.Input((1,))
left = chain(x, 3)
right = chain(x, 3)
top = dense(4)(left + right)
model = keras.Model(x, top)
""", lambda models: [place.caller.line for place in models[-1].layer_locations.values() if place.caller], [7, 8, 9]),
    "objects that cannot be looked at keep no model from being built": ("""
class Shy:
    def __getattribute__(self, name): raise RuntimeError(name)
class Odd(type):
    @property
    def __name__(cls): raise RuntimeError
def build():
    self, odd = Shy(), Odd("Odd", (), {})
    x = keras.Input((1,))
    return keras.Model(x, keras.layers.Dense(3)(x))
shy, made = Shy(), build()
""", lambda models: [model.variables for model in models], [("made",)]),
    "a model of one's own class is built where it is created": ("""
class Net(keras.Model):
    def __init__(self):
        super().__init__()

net = Net()
""", lambda models: [model.location.line for model in models], [5]),
    "mixed precision hides no optimizer": ("""
keras.mixed_precision.set_global_policy('mixed_float16')
i = keras.Input((1,))
model = keras.Model(i, keras.layers.Dense(1)(i))
model.compile('rmsprop', 'mse')
keras.mixed_precision.set_global_policy('float32')
""", lambda models: models[-1].compiles[0].optimizer.name, "RMSprop"),
    "a network of one size of batches gets it, also where its fit is cut": ("""
i = keras.Input(batch_shape=(50, 4, 2))
m = keras.Model(i, keras.layers.Dense(1)(keras.layers.LSTM(3, stateful=True)(i)))
m.compile('sgd', 'mse')
m.fit(np.zeros((100, 4, 2)), np.zeros((100, 1)), batch_size=50, epochs=500)
m.predict(np.zeros((100, 4, 2)), batch_size=50)
""", lambda models: [fit.cut for fit in models[0].fits], [True]),
    # So a rubric that asks for a default need not know it. A schedule is a choice.
    "of an optimizer only what was chosen is recorded": (f"""
from keras.optimizers import Adam, AdamW
i = keras.Input((1,))
model = keras.Model(i, keras.layers.Dense(1)(i))
plain = [vars(keras.optimizers)[name]() for name in {[*OPTIMIZERS.values()]}]
chosen = AdamW(learning_rate=0.003, weight_decay=0.1, name="mine")
scheduled = Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9))
for optimizer in (*plain, chosen, scheduled):
    model.compile(optimizer, "mse")
""", lambda models: [call.optimizer.config for model in models for call in model.compiles],
     [*[{}] * len(OPTIMIZERS), {"learning_rate": 0.003, "weight_decay": 0.1}, {"learning_rate": ANY}]),
}  # fmt: skip


PROGRAMS = {name: text for name, (text, _, _) in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_recorded_of_models(of_cells: Execution, built: Built, name: str) -> None:
    _, look, expected = CASES[name]
    assert of_cells.failures == ()
    assert [model.index for model in of_cells.models] == [*range(len(of_cells.models))]
    assert look(built[name]) == expected


def test_what_nothing_reads_is_told(left: Left) -> None:
    """Layers that no model holds, and inputs that have a name."""
    (model,) = left("""
import keras
ins = [keras.Input((1,), name=f"in{i}") for i in range(2)]
keras.Input((1,), name="of nobody")
lost = keras.layers.Dense(7, "sigmoid", name="lost")(ins[0])
model = keras.Model(ins[0], keras.layers.Dense(4)(ins[0]))
""").models
    assert [(entry["name"], entry["class_name"]) for entry in model.unused] == [
        ("in1", "InputLayer"),
        ("lost", "Dense"),
    ]
    assert (model.unused[1]["config"]["units"], model.layer_locations["lost"].line) == (7, 5)
    assert model.layer_variables["in1"] == "ins[1]"


def test_a_layer_with_many_settings_that_are_given_as_a_whole_is_read(left: Left) -> None:
    """Of those that the program cannot have meant, nothing is recorded: a model with too many could not be read."""
    (model,) = left("""
import keras
settings = dict(units=8)
x = keras.Input((4, 2))
model = keras.Model(x, keras.layers.LSTM(**settings)(x))
""").models
    assert [{*values} for values in model.layer_values.values()] == [{"shape"}, {"units"}]


@pytest.mark.parametrize(
    ("imports", "prefix"),
    [
        ("import tensorflow as tf", "tf.keras.layers."),
        ("from keras import layers as kl", "kl."),
        ("from keras.layers import Dense", ""),
    ],
)
def test_the_code_says_how_it_writes_the_classes_of_layers(left: Left, imports: str, prefix: str) -> None:
    text = (
        "from keras import Input, Model\nx = Input((1,))\nh = {0}Dense(3)(x)\nh = {0}Dense(4)(h)\nmodel = Model(x, h)\n"
    )
    (model,) = left(f"{imports}\n{text.format(prefix)}").models
    assert (model.layers_prefix, model.reused_variables) == (prefix, ("h",))
