"""Starter for `three_widths`: Three widths.

Fill in what is marked TODO, then check your work: grader check starter.py --assignment three_widths
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)


data = np.load("three_widths.npz")
x_train = [data[name] for name in ["soil", "weather", "slope"]]
x_val = [data[name] for name in ["soil_val", "weather_val", "slope_val"]]
y_train = [data[name] for name in ["growth", "water"]]
y_val = [data[name] for name in ["growth_val", "water_val"]]


def build_three_widths():
    """Return the compiled network of the task."""
    # TODO: input 1: keras.Input of shape (4,)
    # TODO: input 2: keras.Input of shape (2,)
    # TODO: input 3: keras.Input of shape (1,)
    # TODO: the layers between inputs and outputs
    # TODO: output 1, of shape (2,)
    # TODO: output 2, of shape (2,)
    # TODO: keras.Model from the inputs to the outputs
    # TODO: model.compile: adam, mse, mse
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_three_widths()
    if model is None:
        print("build_three_widths() returns no model yet.")
    else:
        model.summary()
        model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=40, batch_size=32, verbose=2)
