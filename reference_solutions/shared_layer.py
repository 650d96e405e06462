"""Reference for `shared_layer`: one and the same Dense layer called on two inputs, so both share its weights."""

import keras
from keras import layers


def build_model() -> keras.Model:
    """Two inputs through one Dense(32), the two results concatenated to 64, then 32 and one linear output."""
    left = keras.Input(shape=(1,), name="left")
    right = keras.Input(shape=(1,), name="right")

    shared = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform", name="shared")
    joined = layers.concatenate([shared(left), shared(right)])

    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(hidden)

    model = keras.Model(inputs=[left, right], outputs=sine, name="shared_layer")
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
    return model
