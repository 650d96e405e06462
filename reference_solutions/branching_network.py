"""Reference for `branching_network`: a long and a short branch off one shared layer, joined again.

The figure that the tutorial's exercise refers to did not survive, so this structure is ours. An instructor who has
the figure changes this one file and recalibrates.
"""

import keras
from keras import layers


def build_model() -> keras.Model:
    """A shared layer of 16, a long branch 32-16 and a short branch 20 off it, joined to 36, then 32 and 1."""
    x = keras.Input(shape=(1,), name="x")
    shared = layers.Dense(16, activation="sigmoid", kernel_initializer="uniform")(x)

    long = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(shared)
    long = layers.Dense(16, activation="sigmoid", kernel_initializer="uniform")(long)
    short = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(shared)

    joined = layers.concatenate([long, short])
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(hidden)

    model = keras.Model(inputs=x, outputs=sine, name="branching_network")
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
    return model
