"""Compiled with equal weights first and with the right ones before the fit; the last compile before it counts."""

import numpy as np
import tensorflow as tf

X = np.linspace(0.0, 1.0, 1000)
Dense = tf.keras.layers.Dense

inp = tf.keras.Input(shape=(1,))
h = Dense(20, activation="sigmoid", kernel_initializer="uniform")(inp)
h = Dense(20, activation="sigmoid", kernel_initializer="uniform")(h)
left = Dense(20, activation="sigmoid", kernel_initializer="uniform")(h)
left = Dense(20, activation="sigmoid", kernel_initializer="uniform")(left)
right = Dense(30, activation="sigmoid", kernel_initializer="uniform")(h)
right = Dense(30, activation="sigmoid", kernel_initializer="uniform")(right)
model = tf.keras.Model(
    inp, [Dense(1, kernel_initializer="uniform")(left), Dense(1, kernel_initializer="uniform")(right)]
)

model.compile(optimizer="rmsprop", loss=["mse", "mae"], loss_weights=[1, 1])
model.compile(optimizer="rmsprop", loss=["mse", "mae"], loss_weights=[0.1, 0.9])
model.fit(X, [np.sin(2 * np.pi * X), np.exp(X)], epochs=300, batch_size=32, verbose=0)
