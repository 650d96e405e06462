"""A model that is saved, loaded with its compile settings, and trained on."""

import pathlib
import tempfile

import keras
import numpy as np

x = keras.Input((1,))
one_input = keras.Model(x, keras.layers.Dense(1)(keras.layers.Dense(3, activation="sigmoid")(x)))
one_input.compile(optimizer="rmsprop", loss="mse")
one_input.fit(np.zeros(8), np.zeros(8), epochs=2, verbose=0)
path = pathlib.Path(tempfile.mkdtemp()) / "model.keras"
one_input.save(path)
loaded = keras.models.load_model(path)
loaded.fit(np.zeros(8), np.zeros(8), epochs=2, verbose=0)
print(loaded.evaluate(np.zeros(8), np.zeros(8), verbose=0))
