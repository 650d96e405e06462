"""Outputs and losses by name, the exponential branch written first."""

import keras
import numpy as np
from keras import layers

x = np.linspace(0, 1, 1000)


def dense(units, tensor):
    return layers.Dense(units, activation="sigmoid", kernel_initializer="uniform")(tensor)


inputs = keras.Input((1,))
trunk = dense(20, dense(20, inputs))
exponential = layers.Dense(1, kernel_initializer="uniform", name="exponential")(dense(30, dense(30, trunk)))
sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(dense(20, dense(20, trunk)))

model = keras.Model(inputs, {"sine": sine, "exponential": exponential})
model.compile(optimizer="rmsprop", loss={"sine": "mse", "exponential": "mse"})
model.fit(x, {"sine": np.sin(2 * np.pi * x), "exponential": np.exp(x)}, epochs=300, batch_size=32, verbose=0)
