import keras
from keras import layers


def weighted_network():
    uniform = {"activation": "sigmoid", "kernel_initializer": "uniform"}
    x = keras.Input((1,))
    trunk = layers.Dense(20, **uniform)(layers.Dense(20, **uniform)(x))
    sine = layers.Dense(20, **uniform)(layers.Dense(20, **uniform)(trunk))
    exponential = layers.Dense(30, **uniform)(layers.Dense(30, **uniform)(trunk))
    sine = layers.Dense(1, kernel_initializer="uniform", name="sine")(sine)
    exponential = layers.Dense(1, kernel_initializer="uniform", name="exponential")(exponential)
    return keras.Model(x, [sine, exponential])


def build_weighted_losses():
    model = weighted_network()
    model.compile(
        optimizer="rmsprop",
        loss={"sine": "mse", "exponential": "mae"},
        loss_weights={"sine": 0.9, "exponential": 0.1},  # the sine is the harder one
    )
    return model


def build_better_two_outputs():
    x = keras.Input((1,))
    h = layers.Dense(32, activation="tanh")(x)
    h = layers.Dense(32, activation="tanh")(h)
    sine = layers.Dense(1, name="sine")(layers.Dense(16, activation="tanh")(h))
    exponential = layers.Dense(1, name="exponential")(layers.Dense(16, activation="tanh")(h))
    model = keras.Model(x, [sine, exponential])
    model.compile(optimizer="rmsprop", loss=["mse", "mse"])
    return model
