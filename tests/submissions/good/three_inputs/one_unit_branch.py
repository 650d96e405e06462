"""The smallest third branch that the task allows."""

import keras
from keras.layers import Concatenate, Dense

inputs = [keras.Input((1,)) for _ in range(3)]
branches = [Dense(n, "sigmoid", kernel_initializer="uniform")(i) for n, i in zip([32, 20, 1], inputs)]
body = Dense(32, "sigmoid", kernel_initializer="uniform")(Concatenate()(branches))
three_inputs = keras.Model(inputs, Dense(1, kernel_initializer="uniform")(body))
three_inputs.compile("rmsprop", "mse")
