"""The free branch comes first and is as wide as a prescribed one; inputs listed in another order."""

import keras
from keras import layers


def build_three_inputs():
    p, q, r = (keras.Input((1,), name=n) for n in "pqr")
    free = layers.Dense(32, activation="tanh", kernel_initializer="uniform")(r)
    twenty = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(p)
    wide = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(q)
    joined = layers.Concatenate()([free, twenty, wide])
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    model = keras.Model([q, r, p], layers.Dense(1, kernel_initializer="uniform")(hidden))
    model.compile(optimizer="rmsprop", loss="mse")
    return model
