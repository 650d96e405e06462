"""Losses and weights in dictionaries by output name, mae on the sine."""

import keras
from keras import layers


def dense(units, tensor, name=None):
    return layers.Dense(units, activation="sigmoid", kernel_initializer="uniform", name=name)(tensor)


x = keras.Input((1,))
trunk = dense(20, dense(20, x))
sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(dense(20, dense(20, trunk)))
exponential = layers.Dense(1, kernel_initializer="uniform", name="exponential")(dense(30, dense(30, trunk)))

weighted_losses = keras.Model(x, [sine, exponential])
weighted_losses.compile(
    optimizer="rmsprop",
    loss={"exponential": "mse", "sine": "mae"},
    loss_weights={"exponential": 0.9, "sine": 0.1},
)
