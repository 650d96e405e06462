"""Starter for `shared_layer`: one layer, two inputs.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment shared_layer
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points, the same for every input
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)


def build_shared_layer():
    """Return the compiled model in which both inputs pass through the same layer."""
    # TODO: two inputs of shape (1,)
    # TODO: ONE Dense layer of 32 units (sigmoid, uniform), made once and kept in a variable
    # TODO: call that layer on the first input, and again on the second
    # TODO: keras.layers.concatenate of the two results: 64 values
    # TODO: a Dense layer of 32 units (sigmoid, uniform), then the output: one unit, no activation, uniform
    # TODO: keras.Model with the list of both inputs
    # TODO: model.compile: rmsprop, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_shared_layer()
    if model is None:
        print("build_shared_layer() returns no model yet.")
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
