import keras
import numpy as np
from keras import layers

width, depth = 32, 2
# --- attack
width, depth = 2_000, 60
# --- honest
x = np.linspace(0, 1, 1000).reshape(-1, 1)
inputs = tensor = keras.Input((1,))
for _ in range(depth):
    tensor = layers.Dense(width, activation="sigmoid")(tensor)
model = keras.Model(inputs, layers.Dense(1)(tensor))
model.compile(optimizer="rmsprop", loss="mse")
model.fit(x, np.sin(2 * np.pi * x), epochs=400, batch_size=1, verbose=0)
