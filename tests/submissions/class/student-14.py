import numpy as np
import keras
from keras.layers import Dense

X = np.linspace(0.0, 1.0, 1000)
y_sin = np.sin(2 * np.pi * X)
y_exp = np.exp(X)


def layer(units):
    return Dense(units, kernel_initializer="uniform", activation="sigmoid")


def build_two_outputs():
    x0 = keras.Input(shape=(1,))
    x = layer(20)(x0)
    x = layer(20)(x)
    sin = layer(20)(layer(20)(x))
    sin = Dense(1, kernel_initializer="uniform")(sin)
    exp = layer(30)(layer(30)(x))
    exp = Dense(1, kernel_initializer="uniform")(exp)
    model = keras.Model(inputs=x0, outputs=[exp, sin])
    model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1, 1], metrics=[["mse"], ["mse"]])
    return model


if __name__ == "__main__":
    model = build_two_outputs()
    model.fit(X, [y_exp, y_sin], epochs=300, batch_size=32, verbose=2)
