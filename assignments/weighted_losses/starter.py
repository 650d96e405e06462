"""Starter for `weighted_losses`: two losses with weights.

Fill in what is marked TODO, then check yourself: grader check starter.py --assignment weighted_losses
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)

# 1000 training points on [0, 1] and 100 sorted validation points
x_train = np.linspace(0.0, 1.0, 1000)
x_val = np.sort(np.random.rand(100))
sine_train, sine_val = np.sin(2 * np.pi * x_train), np.sin(2 * np.pi * x_val)
exponential_train, exponential_val = np.exp(x_train), np.exp(x_val)


def build_weighted_losses():
    """Return the network of two_outputs, compiled with two different, weighted losses."""
    # TODO: the network of two_outputs, with the outputs in the order [sine, exponential]
    # TODO: model.compile: rmsprop, mse for one output and mae for the other
    # TODO: loss_weights: 0.1 for the first output, 0.9 for the second
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_weighted_losses()
    if model is None:
        print("build_weighted_losses() returns no model yet.")
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
