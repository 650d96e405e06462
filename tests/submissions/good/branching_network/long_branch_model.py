"""The long branch is a Sequential model; identity and linear activation layers that change nothing."""

import keras
from keras import layers


def sigmoid_layer(units):
    return layers.Dense(units, activation=keras.ops.sigmoid, kernel_initializer="uniform")


def build_branching_network():
    x = keras.Input((1,))
    start = layers.Activation("linear")(sigmoid_layer(16)(x))
    long = keras.Sequential([sigmoid_layer(32), sigmoid_layer(16)], name="long")(start)
    short = layers.Identity()(sigmoid_layer(20)(start))
    end = sigmoid_layer(32)(keras.ops.concatenate([long, short], axis=1))
    model = keras.Model(x, layers.Dense(1, kernel_initializer="uniform")(end))
    model.compile("rmsprop", "mse")
    return model
