"""Reference for `one_input`: a plain chain of three Dense layers, built with the Functional API."""

import keras
from keras import layers


def build_model() -> keras.Model:
    """One input, two hidden layers of 32, one linear output; compiled as the task asks."""
    x = keras.Input(shape=(1,), name="x")
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(x)
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(hidden)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(hidden)

    model = keras.Model(inputs=x, outputs=sine, name="one_input")
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
    return model
