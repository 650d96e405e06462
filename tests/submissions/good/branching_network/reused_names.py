"""One variable name for every tensor, the short branch first, concatenation through a layer object."""

from keras import layers
from keras.models import Model

x = entry = layers.Input(shape=(1,))
x = layers.Dense(16, activation="sigmoid", kernel_initializer="uniform")(x)
y = layers.Dense(20, activation="sigmoid", kernel_initializer="uniform")(x)
x = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(x)
x = layers.Dense(16, activation="sigmoid", kernel_initializer="uniform")(x)
join = layers.Concatenate(name="join")
x = join([y, x])
x = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(x)
x = layers.Dense(1, kernel_initializer="uniform")(x)

model = Model(entry, x)
model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
