"""The figure of this exercise: replace this file by your own, and calibrate again."""

import keras
from keras import layers


def build_model():
    x = keras.Input(shape=(1,), name="x")
    stem = layers.Dense(12, activation="tanh", name="stem")(x)
    left = layers.Dense(16, activation="tanh", name="left")(stem)
    middle = layers.Dense(8, activation="tanh", name="middle")(stem)
    middle = layers.Dense(16, activation="tanh", name="below")(middle)
    summed = layers.Add(name="sum")([left, middle])
    joined = layers.Concatenate(name="joined")([summed, stem])
    wave = layers.Dense(1, name="wave")(joined)
    model = keras.Model(x, wave)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return model


def train(model, x, y):
    return model.fit(x, y, epochs=60, batch_size=32)
