"""Reference for `two_inputs`: two branches of different width, joined by a concatenation."""

import keras
from keras import layers


def build_model() -> keras.Model:
    """Two inputs through 32 and 20 units, concatenated to 52, then 32 and one linear output."""
    left = keras.Input(shape=(1,), name="left")
    right = keras.Input(shape=(1,), name="right")
    left_hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(left)
    right_hidden = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(right)
    joined = layers.concatenate([left_hidden, right_hidden])
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(hidden)

    model = keras.Model(inputs=[left, right], outputs=sine, name="two_inputs")
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
    return model
