import keras
import numpy as np
from keras import layers

samples, epochs, size, rate = 1_000, 400, 32, 0.001
# --- attack
samples, epochs, size, rate = 100_000, 1_000_000, 1, 1e-12
# --- honest
x = np.linspace(0, 1, samples).reshape(-1, 1)
inputs = keras.Input((1,))
hidden = layers.Dense(32, activation="sigmoid")(layers.Dense(32, activation="sigmoid")(inputs))
model = keras.Model(inputs, layers.Dense(1)(hidden))
model.compile(optimizer=keras.optimizers.RMSprop(rate), loss="mse")
model.fit(x, np.sin(2 * np.pi * x), epochs=epochs, batch_size=size, verbose=0)
