import keras
from keras import layers

inputs = keras.Input((1,))
first, second = layers.Dense(3, activation="relu"), layers.Dense(5, activation="relu")
model = keras.Model(inputs, layers.Dense(1)(second(first(inputs))))
model.compile(optimizer="rmsprop", loss="mse")

