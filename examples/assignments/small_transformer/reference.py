"""One transformer block over a short sequence."""

import keras
from keras import layers


def build_model():
    signal = keras.Input(shape=(6, 8), name="signal")
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=4, name="attention")(signal, signal)
    x = layers.Add(name="after_attention")([signal, attended])
    x = middle = layers.LayerNormalization(name="first_norm")(x)
    x = layers.Dense(16, activation="relu", name="wide")(x)
    x = layers.Dense(8, name="narrow")(x)
    x = layers.Add(name="after_dense")([middle, x])
    x = layers.LayerNormalization(name="second_norm")(x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    matches = layers.Dense(1, activation="sigmoid", name="matches")(x)
    model = keras.Model(signal, matches)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    return model


def train(model, x, y):
    return model.fit(x, y, epochs=40, batch_size=32)
