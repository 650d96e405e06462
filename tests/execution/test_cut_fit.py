"""A cut training sees one step of a few samples, whatever it is given; and what is said of optimizers."""

from __future__ import annotations

from grader.domain import Outcome, Setting
from grader.graph.reading.catalogue import OPTIMIZERS
from tests.execution.conftest import Left

# `seen` has the sizes of all batches that the network was called with.
HEAD = """
import numpy as np, keras, tensorflow as tf
x, y = np.random.rand(5000, 3).astype("float32"), np.random.rand(5000, 1)
seen = []
class Watch(keras.layers.Layer):
    def call(self, tensor):
        if tensor.shape[0]:
            seen.append(int(tensor.shape[0]))
        return tensor
i = keras.Input((3,))
m = keras.Model(i, keras.layers.Dense(1)(Watch()(i)))
m.compile("adam", "mse", run_eagerly=True)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(2_000)
"""
CALLS = {
    "arrays": "m.fit(x, y, epochs=3)",
    "a large size": "m.fit(x, y, batch_size=1_000, validation_data=(x, y), validation_batch_size=999)",
    "a part for validation": "m.fit(x, y, validation_split=0.5)",
    "a data set": "m.fit(data, epochs=2, validation_data=data)",
    "evaluate": "assert type(m.evaluate(x, y)) is float\nm.evaluate(data)",
}


def test_a_step_sees_a_few_samples(left: Left) -> None:
    code = "\n".join(
        f"seen.clear()\n{call}\nprint({name!r}, max(seen), len(seen), sep=':')" for name, call in CALLS.items()
    )
    execution = left(f"{HEAD}{code}\n")
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    lines = [line.split(":") for line in execution.outputs[-1].content.splitlines() if line.count(":") == 2]
    counts = {name: (int(largest), int(batches)) for name, largest, batches in lines if name in CALLS}
    assert counts.keys() == CALLS.keys()
    assert all(largest <= 32 and batches <= 3 for largest, batches in counts.values()), counts


def test_a_network_of_one_size_of_batches_gets_it(left: Left) -> None:
    execution = left(
        "import keras, numpy as np\ni = keras.Input(batch_shape=(50, 4, 2))\n"
        "m = keras.Model(i, keras.layers.Dense(1)(keras.layers.LSTM(3, stateful=True)(i)))\nm.compile('sgd', 'mse')\n"
        "x, y = np.zeros((100, 4, 2)), np.zeros((100, 1))\nm.fit(x, y, batch_size=50, epochs=500)\n"
        "print(m.predict(x, batch_size=50).shape)\n"
    )
    assert (execution.outcome, execution.message) == (Outcome.OK, "")
    assert [fit.cut for model in execution.models for fit in model.fits] == [True]


# Those that are made without arguments, and two with some.
OWN = """
import keras
i = keras.Input((1,))
m = keras.Model(i, keras.layers.Dense(1)(i))
for one in {one for one in vars(keras.optimizers).values() if isinstance(one, type)}:
    if one.__name__.lower() in known:
        keras.Model(i, m(i)).compile(one(), "mse")
keras.Model(i, m(i)).compile(keras.optimizers.AdamW(learning_rate=0.003, weight_decay=0.1, name="mine"), "mse")
keras.Model(i, m(i)).compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)), "mse")
"""


def test_of_an_optimizer_only_what_was_chosen_is_recorded(left: Left) -> None:
    """So a rubric that asks for a default need not know it. A schedule is a choice."""
    execution = left(f"known = {[*OPTIMIZERS]}{OWN}")
    optimizers = [call.optimizer for model in execution.models for call in model.compiles]
    *plain, chosen, scheduled = (optimizer.config for optimizer in optimizers if isinstance(optimizer, Setting))
    assert plain == [{}] * len(OPTIMIZERS)
    assert chosen == {"learning_rate": 0.003, "weight_decay": 0.1}
    assert scheduled.keys() == {"learning_rate"}
