# The network that the forged recording describes, typed.
import keras

inputs = keras.Input((1,))
model = keras.Model(inputs, inputs)
