import keras
from keras import layers

inputs = keras.Input(shape=(1,))
x = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(inputs)
x = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(x)
one_input = keras.Model(inputs, layers.Dense(1, kernel_initializer="uniform")(x))
one_input.compile(optimizer="rmsprop", loss="mse")
one_input.summary()

exit()  # stop here for now, the rest does not work yet

two_inputs = keras.Model([left, right], out)
