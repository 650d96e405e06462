# A network with a layer that nobody can grade, typed: that is all that the forged recording describes.
import keras

inputs = keras.Input((1,))
model = keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs))
