"""A single loss string, which Keras applies to every output, and the branches in a loop."""

import keras
from keras.layers import Dense

x0 = keras.Input(shape=(1,))
x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x)
heads = []
for units in (20, 30):
    h = Dense(units, kernel_initializer="uniform", activation="sigmoid")(x)
    h = Dense(units, kernel_initializer="uniform", activation="sigmoid")(h)
    heads.append(Dense(1, kernel_initializer="uniform")(h))

two_outputs = keras.Model(x0, heads)
two_outputs.compile(optimizer=keras.optimizers.RMSprop(), loss="mean_squared_error")
