"""All my networks, one function each."""

import keras
from keras import layers


def sig(units):
    return layers.Dense(units, activation="sigmoid", kernel_initializer="uniform")


def compiled(inputs, hidden):
    model = keras.Model(inputs, layers.Dense(1, kernel_initializer="uniform")(hidden))
    model.compile(optimizer="rmsprop", loss="mse")
    return model


def build_one_input():
    x = keras.Input((1,))
    return compiled(x, sig(32)(sig(32)(x)))


def build_shared_layer():
    a, b = keras.Input((1,)), keras.Input((1,))
    shared = sig(32)
    return compiled([a, b], sig(32)(layers.concatenate([shared(a), shared(b)])))
