"""Starter for `two_inputs`: two inputs, one output.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment two_inputs
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points, the same for every input
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)


def build_two_inputs():
    """Return the compiled model with two inputs and one output."""
    # TODO: two inputs of shape (1,)
    # TODO: a Dense layer of 32 units on the first input, one of 20 units on the second (sigmoid, uniform)
    # TODO: keras.layers.concatenate of the two branches: 52 values
    # TODO: a Dense layer of 32 units (sigmoid, uniform), then the output: one unit, no activation, uniform
    # TODO: keras.Model with the list of both inputs
    # TODO: model.compile: rmsprop, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_two_inputs()
    if model is None:
        print("build_two_inputs() returns no model yet.")
    else:
        model.summary()
        history = model.fit(
            [x_train, x_train],
            sine_train,
            validation_data=([x_val, x_val], sine_val),
            epochs=400,
            batch_size=32,
            verbose=2,
        )
