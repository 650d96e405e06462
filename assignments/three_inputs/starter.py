"""Starter for `three_inputs`: three inputs, one output.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment three_inputs
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points, the same for every input
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)


def build_three_inputs():
    """Return the compiled model with three inputs and one output."""
    # TODO: three inputs of shape (1,)
    # TODO: one Dense layer on each: 32 units, 20 units, and a width of your choice from 1 to 256
    # TODO: keras.layers.concatenate of all three branches
    # TODO: a Dense layer of 32 units (sigmoid, uniform), then the output: one unit, no activation, uniform
    # TODO: keras.Model with the list of all three inputs
    # TODO: model.compile: rmsprop, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_three_inputs()
    if model is None:
        print("build_three_inputs() returns no model yet.")
    else:
        model.summary()
        history = model.fit(
            [x_train, x_train, x_train],
            sine_train,
            validation_data=([x_val, x_val, x_val], sine_val),
            epochs=400,
            batch_size=32,
            verbose=2,
        )
