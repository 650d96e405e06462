"""Trunk and branches are models of their own, put together in an outer model."""

import keras
from keras import layers


def stack(width_in, units, name, head=False):
    x = inputs = keras.Input((width_in,))
    for _ in range(2):
        x = layers.Dense(units, activation="sigmoid", kernel_initializer="uniform")(x)
    if head:
        x = layers.Dense(1, kernel_initializer="uniform")(x)
    return keras.Model(inputs, x, name=name)


def build_two_outputs():
    x = keras.Input((1,))
    shared = stack(1, 20, "trunk")(x)
    outputs = [stack(20, 20, "sine", head=True)(shared), stack(20, 30, "exponential", head=True)(shared)]
    model = keras.Model(x, outputs)
    model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1, 1], metrics=[["mse"], ["mse"]])
    return model
