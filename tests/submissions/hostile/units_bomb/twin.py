# The network that the forged recording describes, typed.
import keras

inputs = keras.Input((1,))
model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(1000)(inputs)))
