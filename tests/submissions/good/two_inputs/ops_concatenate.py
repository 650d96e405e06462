"""keras.ops instead of layers, the narrow branch first, inputs given by name."""

import keras
import numpy as np

x_train = np.linspace(0.0, 1.0, 1000)[:, None]

a = keras.Input((1,), name="a")
b = keras.Input((1,), name="b")
narrow = keras.layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(b)
wide = keras.layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(a)
both = keras.ops.concatenate([narrow, wide], axis=-1)
hidden = keras.layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(both)
out = keras.layers.Dense(1, kernel_initializer="uniform")(hidden)

net = keras.Model(inputs={"a": a, "b": b}, outputs=out)
net.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.001), loss="mean_squared_error")
net.fit({"a": x_train, "b": x_train}, np.sin(2 * np.pi * x_train), epochs=2, verbose=0)
