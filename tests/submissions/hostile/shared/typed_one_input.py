# The network of the exercise, typed: that is all that a forged recording describes, or a config that lies.
import keras

inputs = keras.Input((1,))
hidden = keras.layers.Dense(32, activation="sigmoid")(inputs)
hidden = keras.layers.Dense(32, activation="sigmoid")(hidden)
model = keras.Model(inputs, keras.layers.Dense(1)(hidden), name="one_input")
model.compile(optimizer="rmsprop", loss="mse")
