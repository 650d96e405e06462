import keras
import numpy as np
from keras import layers

inputs = middle = keras.Input((1,))
# --- attack
middle = layers.RepeatVector(1024)(inputs)
for _ in range(12):
    middle = layers.Attention()([middle, middle])
middle = layers.GlobalAveragePooling1D()(middle)
# --- honest
hidden = layers.Dense(32, activation="sigmoid")(layers.Dense(32, activation="sigmoid")(middle))
model = keras.Model(inputs, layers.Dense(1)(hidden))
model.compile(optimizer=keras.optimizers.RMSprop(0.001), loss="mse")
x = np.linspace(0, 1, 1_000).reshape(-1, 1)
model.fit(x, np.sin(2 * np.pi * x), epochs=400, batch_size=4, verbose=0)
