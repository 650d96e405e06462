# The network that the configs describe, typed: more is not promised.
import keras
from keras import layers

inputs = keras.Input((1,))
hidden = layers.Dense(32, activation="sigmoid")(layers.Dense(32, activation="sigmoid")(inputs))
model = keras.Model(inputs, layers.Dense(1)(hidden))
model.compile(optimizer="rmsprop", loss="mse")
