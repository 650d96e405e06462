"""Reference for `better_two_outputs`: tanh layers and Keras's own initializer, one branch for each target."""

import keras
from keras import layers


def build_model() -> keras.Model:
    """Two branches from the one input, 32-32 for the sine and 8-8 for the smoother exponential, linear heads."""
    x = keras.Input(shape=(1,), name="x")

    sine_branch = layers.Dense(32, activation="tanh")(x)
    sine_branch = layers.Dense(32, activation="tanh")(sine_branch)
    sine = layers.Dense(1, name="sine")(sine_branch)

    exponential_branch = layers.Dense(8, activation="tanh")(x)
    exponential_branch = layers.Dense(8, activation="tanh")(exponential_branch)
    exponential = layers.Dense(1, name="exponential")(exponential_branch)

    model = keras.Model(inputs=x, outputs=[sine, exponential], name="better_two_outputs")
    model.compile(optimizer="rmsprop", loss=["mse", "mse"], metrics=[["mse"], ["mse"]])
    return model
