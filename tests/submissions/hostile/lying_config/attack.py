import keras
from keras import layers

inputs = keras.Input((1,))
first, second = layers.Dense(3, activation="relu"), layers.Dense(3, activation="relu")
model = keras.Model(inputs, layers.Dense(1)(second(first(inputs))))
model.compile(optimizer="rmsprop", loss="mse")

# --- attack
for layer in (first, second):
    honest = layer.get_config
    layer.get_config = lambda honest=honest: {**honest(), "units": 32, "activation": "sigmoid"}
    layer.count_params = lambda: 1056
# --- honest
