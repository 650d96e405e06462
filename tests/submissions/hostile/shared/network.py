import keras
from keras import layers

inputs = keras.Input((1,))
hidden = layers.Dense(3, activation="relu")(inputs)
model = keras.Model(inputs, layers.Dense(1)(hidden))
model.compile(optimizer="sgd", loss="mse")

