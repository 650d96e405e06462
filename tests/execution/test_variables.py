"""The recording says which variables hold the layers of a model, or what they return."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.domain import Execution

PROGRAM = """
import keras
from keras import layers
inputs = keras.Input((1,))
shared = layers.Dense(3)
left, right = shared(inputs), shared(inputs)
hidden1 = layers.Dense(4)(layers.add([left, right]))
x = layers.Dense(5)(hidden1)
x = layers.Dense(6)(x)
model = keras.Model(inputs, x)
class MyBlock(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(2)
    def call(self, x):
        return self.inner(x)
other = keras.Model(
    inputs,
    MyBlock()(inputs),
)
"""


def test_layers_have_the_variables_that_hold_what_they_return(
    run: Callable[..., Execution], tmp_path: Path
) -> None:
    """A shared layer has its own, and not one of its results'; what no variable holds any more has none."""
    (tmp_path / "program.py").write_text(PROGRAM)
    model, other = run(tmp_path / "program.py").models
    names = {layer["config"].get("units"): layer["name"] for layer in (model.config or {})["layers"]}
    assert model.layer_variables == {
        names[3]: "shared", names[4]: "hidden1", names[6]: "x", next(iter(model.layer_variables)): "inputs"
    }  # fmt: skip
    block = next(location for name, location in other.layer_locations.items() if "block" in name)
    assert block.line == 19
