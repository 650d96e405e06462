"""What is shared is a model of one layer, called on both inputs."""

import keras
from keras import layers

encoder = keras.Sequential(
    [keras.Input((1,)), layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")], name="encoder"
)

a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
h = layers.concatenate([encoder(b), encoder(a)])
h = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(h)
shared_layer = keras.Model([a, b], layers.Dense(1, kernel_initializer="uniform")(h))
shared_layer.compile(optimizer="rmsprop", loss="mse")
