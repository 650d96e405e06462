"""A subclass of Model whose constructor hands inputs and outputs to the Functional API."""

import tensorflow as tf


class TwoInputs(tf.keras.Model):
    def __init__(self):
        x = [tf.keras.Input(shape=(1,)) for _ in range(2)]
        dense = tf.keras.layers.Dense
        h = [dense(n, "sigmoid", kernel_initializer="uniform")(t) for n, t in zip((32, 20), x)]
        z = dense(32, "sigmoid", kernel_initializer="uniform")(tf.keras.layers.Concatenate(axis=1)(h))
        super().__init__(inputs=x, outputs=dense(1, kernel_initializer="uniform")(z))


model = TwoInputs()
model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
