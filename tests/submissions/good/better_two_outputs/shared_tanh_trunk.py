"""Shares its first layers and is still better: tanh and Keras's own initializer."""

import keras
from keras import layers

x = keras.Input((1,))
trunk = layers.Dense(32, activation="tanh")(x)
trunk = layers.Dense(32, activation="tanh")(trunk)
sine = layers.Dense(1)(layers.Dense(16, activation="tanh")(trunk))
exponential = layers.Dense(1)(layers.Dense(16, activation="tanh")(trunk))
model = keras.Model(x, [sine, exponential])
model.compile(optimizer="rmsprop", loss=["mse", "mse"])
