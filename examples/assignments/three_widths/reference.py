"""Three inputs of different width, joined before two outputs."""

import keras
from keras import layers


def build_model():
    soil = keras.Input(shape=(4,), name="soil")
    weather = keras.Input(shape=(2,), name="weather")
    slope = keras.Input(shape=(1,), name="slope")
    x = layers.concatenate([soil, weather, slope])
    x = layers.Dense(32, activation="tanh", name="first")(x)
    x = layers.Dense(24, activation="tanh", name="second")(x)
    growth = layers.Dense(2, name="growth")(x)
    water = layers.Dense(2, name="water")(x)
    model = keras.Model([soil, weather, slope], [growth, water])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=["mse", "mse"])
    return model


def train(model, x, y):
    return model.fit(x, y, epochs=40, batch_size=32)
