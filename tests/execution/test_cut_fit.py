"""A cut training sees one step of a few samples, whatever it is given."""

from __future__ import annotations

from grader.domain import Outcome
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
