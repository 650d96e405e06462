"""Activations as layers of their own, and a flat training array."""

import numpy as np
from keras import Input, Model
from keras.layers import Activation, Dense

x_train = np.linspace(0, 1, 1000)
y_train = np.sin(2 * np.pi * x_train)

inp = Input(shape=(1,), name="abscissa")
t = Dense(32, kernel_initializer="random_uniform")(inp)
t = Activation("sigmoid")(t)
t = Dense(32, kernel_initializer="random_uniform")(t)
t = Activation("sigmoid")(t)
t = Dense(1, kernel_initializer="random_uniform")(t)
out = Activation("linear")(t)

model = Model(inp, out)
model.compile("rmsprop", "mse")
model.fit(x_train, y_train, epochs=400, batch_size=32)
