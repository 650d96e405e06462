"""A short text and two numbers, to a yes or no and to one of three topics."""

import keras
from keras import layers


def build_model():
    text = keras.Input(shape=(6,), dtype="int32", name="text")
    numbers = keras.Input(shape=(2,), name="numbers")
    words = layers.Embedding(20, 8, name="words")(text)
    words = layers.GlobalAveragePooling1D(name="mean")(words)
    kind = layers.Dense(1, activation="sigmoid", name="kind")(words)
    x = layers.concatenate([words, numbers])
    x = layers.Dense(32, activation="relu", name="first")(x)
    x = layers.Dense(16, activation="relu", name="second")(x)
    topic = layers.Dense(3, activation="softmax", name="topic")(x)
    model = keras.Model([text, numbers], [kind, topic])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=["binary_crossentropy", "sparse_categorical_crossentropy"])
    return model


def train(model, x, y):
    return model.fit(x, y, epochs=30, batch_size=32)
