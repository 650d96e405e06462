"""Submissions for the second course: for each exercise, two right ones, and one that a single change makes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.notebooks import notebook

ASSIGNMENTS = Path(__file__).parents[2] / "examples" / "assignments"
FIT = """import numpy as np
data = np.load("{id}.npz")
model.fit([data[name] for name in {inputs}], [data[name] for name in {targets}], epochs=1)"""


@dataclass(frozen=True)
class Exercise:
    """`cell` is right, in a spelling of its own; so is the reference, of which one change makes a wrong program."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    cell: str
    wrong: tuple[str, str, str]  # what is replaced in the reference, by what, and the check that fails


THREE_WIDTHS = Exercise(
    ("soil", "weather", "slope"),
    ("growth", "water"),
    """
import tensorflow as tf
a, b, c = (tf.keras.Input(shape=(width,), name=name) for width, name in ((4, "soil"), (2, "weather"), (1, "slope")))
hidden = tf.keras.layers.Dense(32, tf.nn.tanh)(tf.keras.layers.concatenate([a, b, c], axis=-1))
hidden = tf.keras.layers.Dense(24, tf.nn.tanh)(hidden)
model = tf.keras.Model(inputs=[a, b, c], outputs=[tf.keras.layers.Dense(2)(hidden), tf.keras.layers.Dense(2)(hidden)])
model.compile("adam", "mse")
""",
    ("Dense(24", "Dense(20", "widths"),
)
WORDS_AND_NUMBERS = Exercise(
    ("text", "numbers"),
    ("kind", "topic"),
    """
import keras
text, numbers = keras.Input(shape=(6,), dtype="int32", name="text"), keras.Input(shape=(2,), name="numbers")
mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(20, 8)(text))
hidden = keras.layers.concatenate([mean, numbers])
for units in (32, 16):
    hidden = keras.layers.Dense(units, activation=keras.activations.relu)(hidden)
outputs = {"kind": keras.layers.Dense(1, "sigmoid", name="kind")(mean),
           "topic": keras.layers.Dense(3, "softmax", name="topic")(hidden)}
model = keras.Model([text, numbers], list(outputs.values()))
model.compile("adam", ["binary_crossentropy", keras.losses.SparseCategoricalCrossentropy()])
""",
    ("concatenate([words, numbers])", "concatenate([numbers, numbers])", "graph"),
)
SMALL_IMAGES = Exercise(
    ("image",),
    ("bar",),
    """
import keras
image = keras.Input(shape=(8, 8, 1), name="image")
conv = dict(filters=8, kernel_size=3, padding="SAME", activation="relu")
first = keras.layers.Conv2D(**conv)(keras.layers.Rescaling(1 / 255)(image))
second = keras.layers.Conv2D(**conv)(first)
most = keras.layers.GlobalMaxPooling2D()(first + second)
model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(most))
model.compile("adam", "categorical_crossentropy")
""",
    ("Conv2D(8, 3", "Conv2D(6, 3", "widths"),
)
SHARED_AUTOENCODER = Exercise(
    ("left", "right"),
    ("left", "right"),
    """
import keras
D = keras.layers.Dense
code = D(4)
def encoder():
    return keras.Sequential([keras.Input((16,)), D(24), keras.layers.ReLU(), code])
def decoder():
    return keras.Sequential([keras.Input((4,)), D(24, "relu"), D(16)])
left, right = keras.Input((16,)), keras.Input((16,))
model = keras.Model([left, right], [decoder()(encoder()(left)), decoder()(encoder()(right))])
model.compile("adam", "mse")
""",
    ("shared(x), name=name", "layers.Dense(4)(x), name=name", "shared"),
)
SMALL_TRANSFORMER = Exercise(
    ("signal",),
    ("matches",),
    """
import keras
from keras.layers import *
signal = Input(shape=(6, 8))
attention = MultiHeadAttention(num_heads=2, key_dim=4)
middle = LayerNormalization()(signal + attention(signal, signal))
wide = Activation("relu")(Dense(16)(middle))
last = LayerNormalization()(middle + Dense(8)(wide))
mean = GlobalAveragePooling1D()(last)
model = keras.Model(signal, Activation("sigmoid")(Dense(1)(mean)))
model.compile("adam", "binary_crossentropy")
""",
    ("num_heads=2", "num_heads=1", "graph"),
)
OTHER_FIGURE = Exercise(
    ("x",),
    ("wave",),
    """
import keras
Dense = lambda units: keras.layers.Dense(units, "tanh")
x = keras.Input(shape=(1,))
stem = Dense(12)(x)
total = Dense(16)(stem) + Dense(16)(Dense(8)(stem))
model = keras.Model(x, keras.layers.Dense(1)(keras.ops.concatenate([total, stem], axis=-1)))
model.compile("adam", "mse")
""",
    ('name="left")(stem)', 'name="left")(x)', "graph"),
)
EXERCISES = {
    "three_widths": THREE_WIDTHS, "words_and_numbers": WORDS_AND_NUMBERS, "small_images": SMALL_IMAGES,
    "shared_autoencoder": SHARED_AUTOENCODER, "small_transformer": SMALL_TRANSFORMER, "other_figure": OTHER_FIGURE,
}  # fmt: skip


def right(name: str) -> dict[str, str]:
    """Right submissions by the name of their file: the reference as a student spells it, and a notebook."""
    own = EXERCISES[name]
    fit = FIT.format(id=name, inputs=list(own.inputs), targets=list(own.targets))
    return {
        "right-reference.py": _reference(name),
        "right-notebook.ipynb": notebook(f"# exercise: {name}\n{own.cell.strip()}", fit),
    }


def wrong(name: str) -> tuple[str, str]:
    old, new, check = EXERCISES[name].wrong
    text = _reference(name)
    assert old in text, f"{name}: the reference has no {old}"
    return text.replace(old, new), check


def _reference(name: str) -> str:
    text = (ASSIGNMENTS / name / "reference.py").read_text(encoding="utf-8")
    return re.sub(r"\bbuild_model\b", f"build_{name}", text)
