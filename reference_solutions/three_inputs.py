"""Reference for `three_inputs`: `two_inputs` with a third branch, whose width the student chooses.

The assignment names the free layer by its name here, `third`.
"""

import keras
from keras import layers


def build_model(third_units: int = 24) -> keras.Model:
    """Three inputs through 32, 20 and `third_units` units, all concatenated, then 32 and one linear output."""
    inputs = [keras.Input(shape=(1,)) for _ in range(3)]
    widths = {"left": 32, "right": 20, "third": third_units}
    branches = [
        layers.Dense(units, activation="sigmoid", kernel_initializer="uniform", name=name)(x)
        for x, (name, units) in zip(inputs, widths.items(), strict=True)
    ]
    joined = layers.concatenate(branches)
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(hidden)

    model = keras.Model(inputs=inputs, outputs=sine, name="three_inputs")
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
    return model
