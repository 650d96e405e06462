"""Two branches joined first, the third afterwards; a wide relu branch in third place."""

from keras.layers import Dense, Input, concatenate
from keras.models import Model

x1, x2, x3 = Input(shape=(1,)), Input(shape=(1,)), Input(shape=(1,))
a = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x1)
b = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x2)
c = Dense(64, kernel_initializer="uniform", activation="relu")(x3)
ab = concatenate([a, b])
abc = concatenate([ab, c])
d = Dense(32, kernel_initializer="uniform", activation="sigmoid")(abc)
y = Dense(1, kernel_initializer="uniform")(d)

model = Model(inputs=[x1, x2, x3], outputs=y)
model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
