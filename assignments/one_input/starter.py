"""Starter for `one_input`: one input, one output.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment one_input
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)


def build_one_input():
    """Return the compiled model 1 -> 32 -> 32 -> 1."""
    # TODO: the input: keras.Input of shape (1,)
    # TODO: two hidden keras.layers.Dense layers of 32 units, sigmoid, kernel_initializer="uniform"
    # TODO: the output: a Dense layer of one unit, no activation, kernel_initializer="uniform"
    # TODO: keras.Model from the input to the output
    # TODO: model.compile: rmsprop, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_one_input()
    if model is None:
        print("build_one_input() returns no model yet.")
    else:
        model.summary()
        history = model.fit(
            x_train,
            sine_train,
            validation_data=(x_val, sine_val),
            epochs=400,
            batch_size=32,
            verbose=2,
        )
