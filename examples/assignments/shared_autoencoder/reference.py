"""Two autoencoders whose encoders share a layer; each encoder and decoder is a model of its own."""

import keras
from keras import layers


def build_model():
    shared = layers.Dense(4, name="code")

    def encoder(name):
        image = keras.Input(shape=(16,))
        x = layers.Dense(24, activation="relu")(image)
        return keras.Model(image, shared(x), name=name)

    def decoder(name):
        code = keras.Input(shape=(4,))
        x = layers.Dense(24, activation="relu")(code)
        return keras.Model(code, layers.Dense(16)(x), name=name)

    left, right = keras.Input(shape=(16,), name="left"), keras.Input(shape=(16,), name="right")
    left_copy = decoder("left_copy")(encoder("left_encoder")(left))
    right_copy = decoder("right_copy")(encoder("right_encoder")(right))
    model = keras.Model([left, right], [left_copy, right_copy])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=["mse", "mse"])
    return model


def train(model, x, y):
    return model.fit(x, y, epochs=40, batch_size=32)
