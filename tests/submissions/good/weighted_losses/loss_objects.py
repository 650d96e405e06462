"""A loss class, a loss function, an optimizer object, and weights as numpy numbers."""

import keras
import numpy as np
from keras.layers import Dense


def build_model():
    x0 = keras.Input(shape=(1,))
    x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
    x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x)
    a = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x)
    a = Dense(20, kernel_initializer="uniform", activation="sigmoid")(a)
    b = Dense(30, kernel_initializer="uniform", activation="sigmoid")(x)
    b = Dense(30, kernel_initializer="uniform", activation="sigmoid")(b)
    outputs = [Dense(1, kernel_initializer="uniform")(a), Dense(1, kernel_initializer="uniform")(b)]
    model = keras.Model(x0, outputs)
    model.compile(
        optimizer=keras.optimizers.RMSprop(),
        loss=[keras.losses.MeanSquaredError(), keras.losses.mean_absolute_error],
        loss_weights=[float(w) for w in np.array([0.1, 0.9])],
    )
    return model
