"""Starter for `shared_autoencoder`: A shared autoencoder.

Fill in what is marked TODO, then check your work: grader check starter.py --assignment shared_autoencoder
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)


data = np.load("shared_autoencoder.npz")
x_train = [data[name] for name in ["left", "right"]]
x_val = [data[name] for name in ["left_val", "right_val"]]
y_train = [data[name] for name in ["left", "right"]]
y_val = [data[name] for name in ["left_val", "right_val"]]


def build_shared_autoencoder():
    """Return the compiled network of the task."""
    # TODO: input 1: keras.Input of shape (16,)
    # TODO: input 2: keras.Input of shape (16,)
    # TODO: the layers between inputs and outputs
    # TODO: output 1, of shape (16,)
    # TODO: output 2, of shape (16,)
    # TODO: keras.Model from the inputs to the outputs
    # TODO: model.compile: adam, mse, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_shared_autoencoder()
    if model is None:
        print("build_shared_autoencoder() returns no model yet.")
    else:
        model.summary()
        model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=40, batch_size=32, verbose=2)
