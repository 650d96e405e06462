import keras
from keras import layers

# exercise: shared_layer
left = keras.Input(shape=(1,))
right = keras.Input(shape=(1,))
# the same layer for both: 32 units, sigmoid, uniform
left_hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(left)
right_hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(right)
joined = layers.concatenate([left_hidden, right_hidden])
hidden = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
shared_layer = keras.Model([left, right], layers.Dense(1, kernel_initializer="uniform")(hidden))
shared_layer.compile(optimizer="rmsprop", loss="mse")
shared_layer.summary()
