"""Starter for `words_and_numbers`: Words and numbers.

Fill in what is marked TODO, then check your work: grader check starter.py --assignment words_and_numbers
"""

import keras
import numpy as np

keras.utils.set_random_seed(7)


data = np.load("words_and_numbers.npz")
x_train = [data[name] for name in ["text", "numbers"]]
x_val = [data[name] for name in ["text_val", "numbers_val"]]
y_train = [data[name] for name in ["kind", "topic"]]
y_val = [data[name] for name in ["kind_val", "topic_val"]]


def build_words_and_numbers():
    """Return the compiled network of the task."""
    # TODO: input 1: keras.Input of shape (6,)
    # TODO: input 2: keras.Input of shape (2,)
    # TODO: the layers between inputs and outputs
    # TODO: output 1, of shape (1,)
    # TODO: output 2, of shape (3,)
    # TODO: keras.Model from the inputs to the outputs
    # TODO: model.compile: adam, binary_crossentropy, sparse_categorical_crossentropy
    model = None  # TODO: this becomes your keras.Model
    return model


if __name__ == "__main__":
    model = build_words_and_numbers()
    if model is None:
        print("build_words_and_numbers() returns no model yet.")
    else:
        model.summary()
        model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=30, batch_size=32, verbose=2)
