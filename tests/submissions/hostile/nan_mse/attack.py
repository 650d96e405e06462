import keras
from keras import layers

start = "uniform"

# --- attack
start = keras.initializers.Constant(float("nan"))
# --- honest

inputs = keras.Input((1,))
hidden = layers.Dense(3, activation="relu")(inputs)
model = keras.Model(inputs, layers.Dense(1, kernel_initializer=start)(hidden))
model.compile(optimizer="sgd", loss="mse")
