"""The network is built only if a smaller one has learnt something, which takes more than a single step."""

import keras
import numpy as np
from keras import layers

x = np.linspace(0.0, 1.0, 200)
inputs = keras.Input(shape=(1,))
probe = keras.Model(inputs, layers.Dense(1)(inputs))
probe.compile(optimizer="sgd", loss="mse")
history = probe.fit(x, 3 * x, epochs=5, verbose=0)

if history.history["loss"][-1] < history.history["loss"][0]:
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(inputs)
    hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(hidden)
    one_input = keras.Model(inputs, layers.Dense(1, kernel_initializer="uniform")(hidden))
    one_input.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
