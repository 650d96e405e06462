# The network that the forged recording describes, typed; its words are the student's own.
import keras

inputs = keras.Input((1,), dtype="string")
model = keras.Model(inputs, keras.layers.StringLookup(vocabulary=["a", "b"])(inputs))
