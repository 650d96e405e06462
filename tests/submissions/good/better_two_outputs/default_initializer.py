"""The tutorial's own structure with Keras's default initializer."""

import keras
from keras.layers import Dense

x0 = keras.Input(shape=(1,))
x = Dense(20, activation="sigmoid")(x0)
x = Dense(20, activation="sigmoid")(x)
left = Dense(20, activation="sigmoid")(x)
left = Dense(20, activation="sigmoid")(left)
right = Dense(30, activation="sigmoid")(x)
right = Dense(30, activation="sigmoid")(right)
model = keras.Model(x0, [Dense(1)(left), Dense(1)(right)])
model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1, 1])
