"""Reference for `weighted_losses`: the network of `two_outputs`, its two losses weighted 0.1 and 0.9."""

from collections.abc import Sequence

import keras
from keras import layers


def build_model(losses: Sequence[str] = ("mse", "mae")) -> keras.Model:
    """The forked network of `two_outputs`, compiled with one loss for each head, in either order."""
    x = keras.Input(shape=(1,), name="x")
    trunk = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(x)
    trunk = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(trunk)

    left = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(trunk)
    left = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(left)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(left)

    right = layers.Dense(30, activation="sigmoid", kernel_initializer="uniform")(trunk)
    right = layers.Dense(30, activation="sigmoid", kernel_initializer="uniform")(right)
    exponential = layers.Dense(1, kernel_initializer="uniform", name="exponential")(right)

    model = keras.Model(inputs=x, outputs=[sine, exponential], name="weighted_losses")
    model.compile(optimizer="rmsprop", loss=list(losses), loss_weights=[0.1, 0.9], metrics=[["mse"], ["mse"]])
    return model
