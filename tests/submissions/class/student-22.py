import numpy as np
import tensorflow as tf


class SineNetwork(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden_1 = tf.keras.layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")
        self.hidden_2 = tf.keras.layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")
        self.out = tf.keras.layers.Dense(1, kernel_initializer="uniform")

    def call(self, inputs):
        return self.out(self.hidden_2(self.hidden_1(inputs)))


X = np.linspace(0, 1, 1000).reshape(-1, 1)
one_input = SineNetwork()
one_input.compile(optimizer="rmsprop", loss="mse")
one_input.fit(X, np.sin(2 * np.pi * X), epochs=400, batch_size=32, verbose=0)
