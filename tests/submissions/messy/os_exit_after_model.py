import os

import keras

inputs = keras.Input(shape=(1,))
model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
os._exit(0)
