"""Four exercises with data of other shapes than the tutorial's: written into a folder, with spec, data and reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, Any]
SAMPLES, VALIDATION = 320, 96


def course_of(folder: Path, name: str) -> Path:
    """The root of a course with one of the exercises below; its reference solution is next to the assignments."""
    spec, reference, arrays = EXERCISES[name]
    own = folder / "assignments" / name
    own.mkdir(parents=True)
    (folder / "reference_solutions").mkdir()
    (folder / "reference_solutions" / f"{name}.py").write_text(reference, encoding="utf-8")
    (own / "assignment.toml").write_text(spec, encoding="utf-8")
    np.savez(own / "data.npz", **split(arrays(np.random.default_rng(3))))
    return folder


def split(arrays: Arrays) -> Arrays:
    """The first samples for training, the others for validation."""
    train = {name: values[:SAMPLES] for name, values in arrays.items()}
    return train | {f"{name}_val": values[SAMPLES:] for name, values in arrays.items()}


def wide(draw: np.random.Generator) -> Arrays:
    """Three inputs of width 4, 2 and 1, and two targets of width 2 that need all of them."""
    count = SAMPLES + VALIDATION
    a, b, c = (draw.uniform(-1, 1, (count, width)).astype(np.float32) for width in (4, 2, 1))
    left = np.stack([a[:, 0] * b[:, 0], np.abs(a[:, 1]) + c[:, 0]], axis=1)
    right = np.stack([np.sin(3 * c[:, 0]) + a[:, 2], b[:, 1] ** 2 - a[:, 3]], axis=1)
    return {"a": a, "b": b, "c": c, "left": left, "right": right}


def words(draw: np.random.Generator) -> Arrays:
    """Words by their index, and numbers; whether the text is kind, and one of three classes."""
    count = SAMPLES + VALIDATION
    text = draw.integers(1, 20, (count, 6))
    numbers = draw.normal(size=(count, 2))
    kind = ((text % 2).sum(axis=1) >= 3).astype(np.int64)
    topic = np.digitize(numbers[:, 0] * numbers[:, 1], [-0.25, 0.25])
    return {"text": text, "numbers": numbers, "kind": kind, "topic": topic}


def images(draw: np.random.Generator) -> Arrays:
    """A lying, a standing or a slanted bar of 4 pixels anywhere in 8 by 8; bytes, as image files have them."""
    count = SAMPLES + VALIDATION
    shape = draw.integers(0, 3, count)
    pixels = draw.integers(0, 30, (count, 8, 8))
    for image, which in zip(pixels, shape, strict=True):
        row, column = draw.integers(0, 5, 2)
        for step in range(4):
            image[row + step * (which != 0), column + step * (which != 1)] = 230
    return {"image": pixels.astype(np.uint8)[..., None], "bar": np.eye(3, dtype=np.float32)[shape]}


def blobs(draw: np.random.Generator) -> Arrays:
    """Smooth images of two numbers each, so that a narrow code can hold them."""
    x, y = np.meshgrid(np.linspace(-1, 1, 8), np.linspace(-1, 1, 8))
    centre = draw.uniform(-0.7, 0.7, (SAMPLES + VALIDATION, 2, 1, 1))
    return {"image": np.exp(-3 * ((x - centre[:, 0]) ** 2 + (y - centre[:, 1]) ** 2)).astype(np.float32)}


SPEC = """title = "{title}"
[data]
inputs = {inputs}
targets = {targets}
file = "data.npz"
[training]
optimizer = {{name = "adam", learning_rate = {rate}}}
loss = {loss}
{metric}
epochs = {epochs}
batch_size = 32
[[checks]]
kind = "functional"
points = 1
[[checks]]
kind = "learns"
points = 1
threshold = {threshold}
"""
WIDE = SPEC.format(
    title="Inputs of any width", inputs=["a", "b", "c"], targets=["left", "right"], rate=0.01, loss=["mse", "mse"],
    metric="", epochs=40, threshold=[0.07, 0.07],
)  # fmt: skip
WIDE_REFERENCE = """import keras
from keras import layers
def build_model():
    inputs = [keras.Input((4,), name="a"), keras.Input((2,), name="b"), keras.Input((1,), name="c")]
    x = layers.concatenate(inputs)
    x = layers.Dense(32, activation="tanh")(x)
    x = layers.Dense(32, activation="tanh")(x)
    model = keras.Model(inputs, [layers.Dense(2, name="left")(x), layers.Dense(2, name="right")(x)])
    model.compile(optimizer="adam", loss="mse")
    return model
"""
WORDS = SPEC.format(
    title="Words and numbers", inputs=["text", "numbers"], targets=["kind", "topic"], rate=0.02,
    loss=["binary_crossentropy", "sparse_categorical_crossentropy"],
    metric='metric = ["accuracy", "categorical_crossentropy"]', epochs=30, threshold=[0.9, 0.5],
)  # fmt: skip
WORDS_REFERENCE = """import keras
from keras import layers
def build_model():
    text = keras.Input((6,), dtype="int32", name="text")
    numbers = keras.Input((2,), name="numbers")
    words = layers.GlobalAveragePooling1D()(layers.Embedding(20, 8)(text))
    kind = layers.Dense(1, activation="sigmoid", name="kind")(words)
    x = layers.Dense(32, activation="relu")(layers.concatenate([words, numbers]))
    topic = layers.Dense(3, activation="softmax", name="topic")(layers.Dense(32, activation="relu")(x))
    model = keras.Model([text, numbers], [kind, topic])
    model.compile(optimizer="adam", loss=["binary_crossentropy", "sparse_categorical_crossentropy"])
    return model
"""
IMAGES = SPEC.format(
    title="Bars", inputs=["image"], targets=["bar"], rate=0.01, loss=["categorical_crossentropy"],
    metric='metric = ["accuracy"]', epochs=12, threshold=[0.9],
)  # fmt: skip
IMAGES_REFERENCE = """import keras
from keras import layers
def build_model():
    image = keras.Input((8, 8, 1), name="image")
    x = layers.Rescaling(1 / 255)(image)
    x = first = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.GlobalMaxPooling2D()(layers.Add()([first, x]))
    model = keras.Model(image, layers.Dense(3, activation="softmax", name="bar")(x))
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model
"""
CODES = SPEC.format(
    title="An autoencoder", inputs=["image"], targets=["image"], rate=0.001, loss=["mse"], metric="", epochs=40,
    threshold="[0.01]\nmay_pass = ['no hidden layer', 'linear activations']",
).replace("= 32", "= 16")  # fmt: skip
CODES_REFERENCE = """import keras
from keras import layers
def build_model():
    image = keras.Input((8, 8), name="image")
    x = layers.Dense(32, activation="relu")(layers.Flatten()(image))
    x = layers.Dense(4, name="code")(x)
    x = layers.Dense(32, activation="relu")(x)
    x = layers.Reshape((8, 8), name="copy")(layers.Dense(64, activation="sigmoid")(x))
    model = keras.Model(image, x)
    model.compile(optimizer="adam", loss="mse")
    return model
"""
EXERCISES: dict[str, tuple[str, str, Callable[[np.random.Generator], Arrays]]] = {
    "wide": (WIDE, WIDE_REFERENCE, wide),
    "words": (WORDS, WORDS_REFERENCE, words),
    "images": (IMAGES, IMAGES_REFERENCE, images),
    "codes": (CODES, CODES_REFERENCE, blobs),
}
