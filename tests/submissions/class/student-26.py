"""All my networks, one function each."""

import keras
from keras import layers


def sig(units):
    return layers.Dense(units, activation="sigmoid", kernel_initializer="uniform")


def lin():
    return layers.Dense(1, kernel_initializer="uniform")


def compiled(inputs, outputs, **settings):
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="rmsprop", **{"loss": "mse", **settings})
    return model


def build_one_input():
    x = keras.Input((1,))
    return compiled(x, lin()(sig(32)(sig(32)(x))))


def build_three_inputs():
    a, b, c = [keras.Input((1,)) for _ in range(3)]
    joined = layers.concatenate([sig(32)(a), sig(20)(b), sig(8)(c)])
    return compiled([a, b, c], lin()(sig(32)(joined)))


def build_weighted_losses():
    x = keras.Input((1,))
    trunk = sig(20)(sig(20)(x))
    heads = [lin()(sig(n)(sig(n)(trunk))) for n in (20, 30)]
    return compiled(x, heads, loss=["mae", "mse"], loss_weights=[0.1, 0.9])


def build_shared_layer():
    a, b = keras.Input((1,)), keras.Input((1,))
    shared = sig(32)
    joined = layers.concatenate([shared(a), shared(b)])
    return compiled([a, b], lin()(sig(32)(joined)))
