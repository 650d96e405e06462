"""Submissions for the second course: for each exercise, two right ones, and five that a single change makes wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.notebooks import notebook

ASSIGNMENTS = Path(__file__).parents[2] / "examples" / "assignments"
FIT = """import numpy as np
data = np.load("{id}.npz")
model.fit([data[name] for name in {inputs}], [data[name] for name in {targets}], epochs=1)"""


@dataclass(frozen=True)
class Exercise:
    """`cell` is right, in a spelling of its own; so is the reference, whose changes are wrong."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    cell: str
    wrong: Mapping[
        str, tuple[str, str, str]
    ]  # a name: what it replaces in the reference, by what, the check that fails


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
    {
        "a narrower input": ("shape=(4,)", "shape=(3,)", "inputs"),
        "a narrower layer": ("Dense(24", "Dense(20", "widths"),
        "another activation": ('Dense(32, activation="tanh"', 'Dense(32, activation="relu"', "activations"),
        "an input left out": ("concatenate([soil, weather, slope])", "concatenate([soil, weather])", "inputs"),
        "a wider output": ('Dense(2, name="water")', 'Dense(3, name="water")', "heads"),
    },
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
    {
        "a longer text": ("shape=(6,)", "shape=(7,)", "inputs"),
        "another dimension": ("Embedding(20, 8", "Embedding(20, 6", "widths"),
        "a topic without softmax": ('activation="softmax", ', "", "heads"),
        "the text left out": ("concatenate([words, numbers])", "concatenate([numbers, numbers])", "graph"),
        "a sigmoid inside": ('Dense(32, activation="relu"', 'Dense(32, activation="sigmoid"', "activations"),
    },
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
    {
        "fewer filters": ("Conv2D(8, 3", "Conv2D(6, 3", "widths"),
        "no way around": ('Add(name="sum")([first, second])', 'Activation("linear")(second)', "graph"),
        "the mean for the most": ("GlobalMaxPooling2D", "GlobalAveragePooling2D", "graph"),
        "four classes": ("Dense(3", "Dense(4", "heads"),
        "another activation": (
            'padding="same", activation="relu", name="second"',
            'padding="same", activation="tanh", name="second"',
            "activations",
        ),
    },
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
    {
        "nothing shared": ("shared(x), name=name", "layers.Dense(4)(x), name=name", "shared"),
        "a wider code": ('Dense(4, name="code")', 'Dense(5, name="code")', "widths"),
        "one decoder for both": (
            'decoder("left_copy")(encoder("left_encoder")(left))\n    right_copy = decoder("right_copy")',
            '(both := decoder("both"))(encoder("left_encoder")(left))\n    right_copy = both',
            "graph",
        ),
        "no activation": ('Dense(24, activation="relu")(image)', "Dense(24)(image)", "graph"),
        "copies squeezed": ("layers.Dense(16)(x)", 'layers.Dense(16, activation="sigmoid")(x)', "heads"),
    },
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
    {
        "one head": ("num_heads=2", "num_heads=1", "graph"),
        "a wider key": ("key_dim=4", "key_dim=8", "widths"),
        "no way around the attention": (
            'Add(name="after_attention")([signal, attended])',
            'Activation("linear")(attended)',
            "graph",
        ),
        "no second norm": ('layers.LayerNormalization(name="second_norm")(x)', "x", "graph"),
        "no sigmoid": ('Dense(1, activation="sigmoid"', "Dense(1", "heads"),
    },
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
    {
        "a branch from the input": ('name="left")(stem)', 'name="left")(x)', "graph"),
        "a product for the sum": ("layers.Add(", "layers.Multiply(", "graph"),
        "another width": ("Dense(8,", "Dense(9,", "graph"),
        "no way around": ("([summed, stem])", "([summed, summed])", "graph"),
        "another activation": ('Dense(12, activation="tanh"', 'Dense(12, activation="relu"', "graph"),
    },
)
EXERCISES = {
    "three_widths": THREE_WIDTHS,
    "words_and_numbers": WORDS_AND_NUMBERS,
    "small_images": SMALL_IMAGES,
    "shared_autoencoder": SHARED_AUTOENCODER,
    "small_transformer": SMALL_TRANSFORMER,
    "other_figure": OTHER_FIGURE,
}


def right(name: str) -> dict[str, str]:
    """Right submissions by the name of their file: the reference as a student spells it, and a notebook."""
    own = EXERCISES[name]
    fit = FIT.format(id=name, inputs=list(own.inputs), targets=list(own.targets))
    return {
        "right-reference.py": _reference(name),
        "right-notebook.ipynb": notebook(f"# exercise: {name}\n{own.cell.strip()}", fit),
    }


def wrong(name: str) -> dict[str, tuple[str, str]]:
    """Wrong ones: the text, and the check that must fail."""
    found = {}
    for number, (old, new, check) in enumerate(EXERCISES[name].wrong.values(), start=1):
        text = _reference(name)
        assert old in text, f"{name}: the reference has no {old}"
        found[f"wrong-{number}.py"] = (text.replace(old, new), check)
    return found


def _reference(name: str) -> str:
    text = (ASSIGNMENTS / name / "reference.py").read_text(encoding="utf-8")
    return re.sub(r"\bbuild_model\b", f"build_{name}", text)
