"""Reference for `two_outputs`: a shared trunk that forks into a sine and an exponential head.

It is also the network that `better_two_outputs` has to beat.
"""

import keras
from keras import layers


def build_model() -> keras.Model:
    """A trunk of 20 and 20, then branches 20-20-1 (sine) and 30-30-1 (exponential), one mse for each head."""
    x = keras.Input(shape=(1,), name="x")
    trunk = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(x)
    trunk = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(trunk)

    left = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(trunk)
    left = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(left)
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(left)

    right = layers.Dense(30, activation="sigmoid", kernel_initializer="uniform")(trunk)
    right = layers.Dense(30, activation="sigmoid", kernel_initializer="uniform")(right)
    exponential = layers.Dense(1, kernel_initializer="uniform", name="exponential")(right)

    model = keras.Model(inputs=x, outputs=[sine, exponential], name="two_outputs")
    model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1.0, 1.0], metrics=[["mse"], ["mse"]])
    return model
