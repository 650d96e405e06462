"""Starter for `branching_network`: a network that branches and joins.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment branching_network
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)


def build_branching_network():
    """Return the compiled model with a long and a short branch."""
    # TODO: one input of shape (1,)
    # TODO: the layer that both branches start from: Dense, 16 units (all hidden layers: sigmoid, uniform)
    # TODO: the long branch: 32 units, then 16
    # TODO: the short branch: 20 units
    # TODO: keras.layers.concatenate of the two branch ends: 36 values
    # TODO: a Dense layer of 32 units, then the output: one unit, no activation, uniform
    # TODO: keras.Model, then model.compile: rmsprop, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_branching_network()
    if model is None:
        print("build_branching_network() returns no model yet.")
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
