"""Starter for `small_transformer`: A small transformer.

Fill in what is marked TODO, then check your work: grader check starter.py --assignment small_transformer
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)


data = np.load("small_transformer.npz")
x_train, x_val = data["signal"], data["signal_val"]
y_train, y_val = data["matches"], data["matches_val"]


def build_small_transformer():
    """Return the compiled network of the task."""
    # TODO: input 1: keras.Input of shape (6, 8)
    # TODO: the layers between inputs and outputs
    # TODO: output 1, of shape (1,)
    # TODO: keras.Model from the inputs to the outputs
    # TODO: model.compile: adam, binary_crossentropy
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_small_transformer()
    if model is None:
        print("build_small_transformer() returns no model yet.")
    else:
        model.summary()
        model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=40, batch_size=32, verbose=2)
