"""Starter for `two_outputs`: one input, two outputs.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment two_outputs
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)
exponential_train, exponential_val = np.exp(x_train), np.exp(x_val)


def build_two_outputs():
    """Return the compiled model with a shared trunk and two outputs."""
    # TODO: one input of shape (1,)
    # TODO: the trunk: two Dense layers of 20 units (sigmoid, uniform)
    # TODO: the sine branch off the trunk: 20, 20, then one unit without activation
    # TODO: the exponential branch off the trunk: 30, 30, then one unit without activation
    # TODO: keras.Model with the outputs in the order [sine, exponential]
    # TODO: model.compile: rmsprop and one mse for each output
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_two_outputs()
    if model is None:
        print("build_two_outputs() returns no model yet.")
    else:
        model.summary()
        history = model.fit(
            x_train,
            [sine_train, exponential_train],
            validation_data=(x_val, [sine_val, exponential_val]),
            epochs=300,
            batch_size=32,
            verbose=2,
        )
