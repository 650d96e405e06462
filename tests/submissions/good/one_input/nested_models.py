"""The hidden part is a model of its own, called inside the outer one."""

import keras
from keras import layers, ops

core_in = keras.Input((1,))
core_out = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(core_in)
core_out = ops.sigmoid(layers.Dense(32, kernel_initializer="uniform")(core_out))
core = keras.Model(core_in, core_out, name="core")

x = keras.Input((1,))
y = layers.Dense(1, kernel_initializer="uniform")(core(layers.Identity()(x)))
one_input = keras.Model(x, y)
one_input.compile(optimizer="RMSprop", loss=keras.losses.mean_squared_error, metrics=["mae"])
